/* hosts.h - which host a person means. */
#pragma once

#include "berkd/control/control_private.h"
#include "berkd/control/varlink_call.h"

/* The member that the parameter "host" means (common/whom.h), as it is known without the time.
 * False: there is none, or there are several, and the call was answered with that. */
bool control_find_host(const struct control *, struct varlink_call *, json_t *parameters,
		       struct member_view *ret);
/* Does a member have that name or id?  Call when what has none may be meant, too. */
bool control_knows_host(const struct control *, const char *host);

#define HOST_CANDIDATES_MAX 8 /* that are listed */

/* The same among others than the members. */
struct host_search {
	const char *host;
	node_id wanted; /* if it is a whole id or key */
	bool is_id;
	unsigned n;
	node_id found;				/* the last of those @n */
	node_id candidate[HOST_CANDIDATES_MAX]; /* the first of them */
	json_t *candidates;
};

/* False: no host is given, and the call was answered. */
bool control_search(struct host_search *, struct varlink_call *, json_t *parameters);
/* There is a host of that id and name.  Is it one that is meant?  Of one id only once. */
bool control_offer(struct host_search *, node_id id, const char *name);
/* All members; @ret is the last that is meant. */
void control_offer_members(struct host_search *, const struct control *, struct member_view *ret);
/* Is exactly one meant?  False: the call was answered with that.  Call once for each search. */
bool control_search_end(struct host_search *, struct varlink_call *);
/* A whole id, or a whole public key: of whoever was never here, too. */
bool control_read_id(const char *host, node_id *ret);
