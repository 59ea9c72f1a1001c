/* history_entry.h - what the node says of itself and of a host, as an entry of the history. */
#pragma once

#include "berk/status.h"
#include "berkd/host/history_block.h"

/* The instant by which the history goes, ns since 1970: group time, and where this host has none,
 * its own clock. */
int64_t history_now_ns(const struct node_status *, struct clock_pair);
/* An entry of that instant, with what this host knows of its own place in the group. */
struct history_entry history_entry_at(const struct node_status *, mono_t now,
				      struct clock_pair pair);
/* Make @e, which is such a one, a sample of that host.  False, and @e is as it was: it is out of
 * sight for good, and has nothing to tell. */
bool history_entry_sample(struct history_entry *e, const struct member_view *);
