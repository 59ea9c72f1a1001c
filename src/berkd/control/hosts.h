/* hosts.h - which host a person means. */
#pragma once

#include "berkd/control/control_private.h"
#include "berkd/control/varlink_call.h"

/* The member whose name, or else whose id's first digits, the parameter "host" gives, as it is
 * known without the time.  False: the call was answered with an error. */
bool control_find_host(const struct control *, struct varlink_call *, json_t *parameters,
		       struct member_view *ret);
/* Does a member have that name or id?  Call when what has none may be meant, too. */
bool control_knows_host(const struct control *, const char *host);
