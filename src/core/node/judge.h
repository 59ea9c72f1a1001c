/* judge.h - why a member does not count in the average. */
#pragma once

#include "core/node/state.h"

/* As master, once a round: the reason why @p does not count; REASON_NONE: it does.  @have: it was
 * measured, as @est says. */
enum reason judge_member(struct node *, struct peer *p, const struct estimate *est, bool have);
/* Its reason in this round; tells people when one has stood for a while. */
void judge_set_reason(struct node *, struct peer *p, enum reason);
/* Its RAW clock jumped; every exchange with it is too slow; its WALL is where no other is. */
void judge_jumped(struct node *, struct peer *);
void judge_delayed(struct peer *);
void judge_falseticker(struct node *, struct peer *, int64_t offset_ns);
/* Its rate is known: it may count.  Or not any more. */
void judge_set_averaged(struct peer *, bool averaged);
/* By order of the operator. */
void judge_exclude(struct peer *, bool excluded);
/* We became its master; its clock was stepped. */
void judge_begin(struct peer *);
void judge_stepped(struct peer *);
/* Does any clock that is here follow GPS, PTP or NTP? */
bool judge_any_reference(const struct node *);
/* As master: what @p is, for the roster, the views and the average alike. */
enum member_state judge_state(const struct node *, const struct peer *);
/* Is @r one that people need not hear of? */
bool reason_is_quiet(enum reason r);
