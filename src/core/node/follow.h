/* follow.h - corrections: what a member takes from its master, and what it refuses. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void follow_init(struct node *);
/* We go on from a line that was on disk: we are no newcomer.  Call after timeline_restore(). */
void follow_restore(struct node *);
/* Call when a CORRECT came, of whomever: it is taken, or refused and told. */
void follow_on_correct(struct node *, struct peer *, const struct wire_msg *);
/* As member: another master, or the same under another @term; its corrections are numbered anew. */
void follow_begin(struct node *, uint64_t term);
/* As master: our own line is the one of this term.  Call when our term is another one. */
void follow_own_term(struct node *);
/* We are a newcomer again.  Call when another hand stepped WALL, or when we slept. */
void follow_newcomer(struct node *);
/* The line that was refused last, for a limit, where none was taken since; NULL: none. */
const struct line *follow_refused(const struct node *);
/* Take it after all.  Call when there is one, and an operator orders it. */
void follow_take_refused(struct node *);
