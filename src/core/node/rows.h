/* rows.h - which of the peers people are shown, and how what was told of them has aged.  No side
 * effects. */
#pragma once

#include "berk/status.h"
#include "core/node/state.h"

/* The state of @p at @now, as this host knows it: measured by a master; to others what the
 * master told last, as long as it may be expected to tell anew. */
enum member_state row_state(const struct node *, const struct peer *p, mono_t now);
/* Is @p here at @now: was it heard lately, or does the master say so?  Members hear each other
 * rarely. */
bool row_is_here(const struct node *, const struct peer *p, mono_t now);
/* Has @p been corrected under our term, as master, so that its offset is known here? */
bool row_is_corrected(const struct node *, const struct peer *p);
/* The bound of @p at @now, ns: what it said, or the master told, and what its clock may have
 * drifted since; BOUND_UNKNOWN. */
int64_t row_bound_ns(const struct node *, const struct peer *p, mono_t now);
/* Has @p no row any more?  It is forgotten, or gone for longer than `forget`, or another
 * identity is there under its name and address. */
bool row_is_hidden(const struct node *, const struct peer *p, mono_t now);
/* Has another identity, heard of since, taken the name and the address of @p, which is not here? */
bool row_is_replaced(const struct node *, const struct peer *p, mono_t now);
