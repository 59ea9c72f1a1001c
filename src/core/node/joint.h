/* joint.h - what the members' exchanges tell of our own oscillator. */
#pragma once

#include "core/node/state.h"

/* As master: an exchange with this member is done; what does it say of the others? */
void joint_tell(struct node *, const struct peer *);
/* As master, once a round: how much does our oscillator wander? */
void joint_round(struct node *);
/* As master, new in office. */
void joint_begin(struct node *);
/* Call when the peer is measured anew: its rate is not what it was. */
void joint_forget(struct peer *);
