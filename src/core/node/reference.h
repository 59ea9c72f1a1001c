/* reference.h - how group time follows reference clocks. */
#pragma once

#include "core/node/state.h"

/* As master with a line: how far (ns) our own wall is from group time. */
int64_t reference_own_offset(const struct node *);
/* Why a reference whose wall is @off_ns from group time is not followed; REASON_NONE: it is. */
enum reason reference_judge(const struct node *, int64_t off_ns);
/* As master with a line: is there a reference that group time follows?  One is followed once it
 * was measured, as long as it is alive and nothing speaks against it. */
bool reference_is_here(const struct node *);
/* As master with a line: the leap second that more than half of those references announce, each
 * for the end of its UTC day. */
enum leap reference_leap(const struct node *);
/* As master, new in office: nobody is followed yet. */
void reference_begin(struct node *);
/* As master, once a round, before the average is taken: begin to follow references, or leave the
 * last one at the rate that was learnt of it. */
void reference_watch(struct node *);
/* As master, once a round while references are followed, @dt_s after the last one: steer group
 * time to the average of their walls, within bound_line_rate_max(). */
void reference_steer(struct node *, double dt_s);
