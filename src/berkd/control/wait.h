/* wait.h - what a caller of WaitSync waits for, and what of it does not hold. */
#pragma once

#include "berkd/config/config.h"
#include "berkd/control/varlink_call.h"

struct wait {
	int64_t bound_ns_max; /* INT64_MAX - 1: any; an unknown bound is never good enough */
	int64_t hosts;	      /* that are here, this one among them */
	mono_t deadline;
};

/* Read what the parameters ask for; what they leave out, with `configured`, as [wait] of berkd.conf
 * has it.  False: the call was answered with an error. */
bool wait_read(struct varlink_call *, json_t *parameters, const struct config *, mono_t now,
	       struct wait *ret);
/* The first condition that does not hold; LACK_NOTHING: the wait is over. */
enum lack wait_lack(const struct wait *, const struct node_status *);
/* What is waited for, and what of it is missing: the type Wait of net.berkd.varlink. */
json_t *wait_json(const struct wait *, const struct node_status *);
