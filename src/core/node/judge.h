/* judge.h - why a member does not count in the average, and what it is. */
#pragma once

#include "core/node/state.h"

/* As master, once a round: the reason why the member does not count; REASON_NONE: it does.
 * @measured: there is an estimate, @est; else @est is not read. */
enum reason judge_member(struct node *, struct peer *, const struct estimate *est, bool measured);
/* What was counted against it counts no more.  Call when we became its master, or its clock was
 * stepped: it was not the member who disobeyed. */
void judge_pardon(struct peer *);
/* Does any clock that is here, ours among them, follow GPS, PTP or NTP?  Call as master. */
bool judge_any_reference(const struct node *);
/* As master: what the member is, for the roster, the views and the average alike. */
enum member_state judge_state(const struct node *, const struct peer *);
