/* holder.h - the process that holds an invitation: one on a host, with the rights of berkd's user,
 * until its time is over or somebody withdraws it. */
#pragma once

#include "berkctl/join/invitation.h"

#include <stdint.h>

enum holder {
	HOLDER_NONE,  /* there was none */
	HOLDER_GONE,  /* it is over */
	HOLDER_STAYS, /* it could not be ended, or nobody could look */
};

/* End it, if there is one.  Call as root. */
enum holder holder_withdraw(void);
/* Begin one in the background, which answers for @for_ns.  0 when it does, or negative errno:
 * -ESRCH when there is no such @user. */
int holder_begin(const struct invitation *, const char *user, int64_t for_ns);
