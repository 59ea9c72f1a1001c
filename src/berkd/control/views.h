/* views.h - what the node shows of itself, as JSON.  NULL when memory is out. */
#pragma once

#include "berkd/control/control_private.h"

#include <jansson.h>

/* What a status, a member or a round says is as of this instant. */
struct control_now {
	mono_t mono;
	struct clock_pair pair;
};
/* Call first in each method that shows something.  0 or negative errno. */
int control_read_clocks(const struct control *, struct control_now *ret);

/* Role, group, clock and counters of this host. */
json_t *control_status_json(const struct control *, const struct control_now *);
/* One row of the table of members. */
json_t *control_member_json(const struct member_view *);
/* All hosts, this one first, then by id: how many.  @ret is the caller's to free; NULL: no
 * memory. */
size_t control_list_members(const struct control *, const struct control_now *,
			    struct member_view **ret);
/* The same as JSON.  NULL: no memory. */
json_t *control_members_json(const struct control *, const struct control_now *);
/* One round that this host led. */
json_t *control_round_json(const struct round_view *, mono_t now);
/* The configured peers, present or not, and who is not let in: the answer to Knocks. */
json_t *control_knocks_json(const struct control *, const struct control_now *);
