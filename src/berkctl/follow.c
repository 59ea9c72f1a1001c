/* follow.c - see follow.h. */
#include "berkctl/follow.h"

#include "berkctl/client.h"

#include "berk/time.h"

#include <errno.h>
#include <stdio.h>

/* The next answer of a stream.  A daemon that says nothing may have nothing to say: then it
 * answers other questions. */
static int next_of_stream(const struct ctl *ctl, struct client *c, int silent_ms,
			  struct answer *ret)
{
	int r = client_next(c, silent_ms, ret);

	while (r == -ETIMEDOUT && silent_ms == CTL_SILENT_MS && ctl_is_alive(ctl)) {
		r = client_next(c, silent_ms, ret);
	}
	return r;
}

/* When the time is up the daemon says so; how long to wait if it says nothing at all. */
static int silent_ms(const struct ctl *ctl)
{
	bool soon = ctl->timeout_ns >= 0 && ctl->timeout_ns < CTL_SILENT_MS * NS_PER_MS - NS_PER_S;

	return soon ? (int)(ctl->timeout_ns / NS_PER_MS) + 1000 : CTL_SILENT_MS;
}

int ctl_follow(const struct ctl *ctl, const char *method, json_t *parameters,
	       void (*each)(const struct ctl *, const json_t *, void *), void *userdata)
{
	struct client *c = ctl_connect(ctl, false);
	bool going = true;
	int status = CTL_OK;

	if (!c) {
		json_decref(parameters);
		return CTL_UNREACHABLE;
	}
	int r = client_send(c, method, parameters, true);

	while (r == 0 && going) {
		struct answer a;

		r = next_of_stream(ctl, c, silent_ms(ctl), &a);
		if (r < 0) {
			break;
		}
		if (a.error) {
			status = ctl_complain(a.error, a.parameters);
		} else {
			each(ctl, a.parameters, userdata);
			(void)fflush(stdout);
		}
		going = a.continues && !a.error && !ferror(stdout);
		answer_fini(&a);
	}
	client_free(c);
	return r < 0 ? ctl_lost(r) : status;
}
