/* doubts.c - see doubts.h. */
#include "berkd/config/doubts.h"

#include "common/format.h"

#include <stdio.h>

/* Two oscillators may part by so much, and the bound grows with it from one poll to the next. */
void config_doubts(const struct config *c, config_report report, void *userdata)
{
	int64_t grows_ns = ns_from_double(2e-9 * (double)c->max_drift_ppb * (double)c->poll_ns);
	char message[512], skew[FORMAT_MAX], poll[FORMAT_MAX], grows[FORMAT_MAX], half[FORMAT_MAX];

	if (c->max_skew_ns == 0 || grows_ns <= c->max_skew_ns / 2) {
		return;
	}
	(void)snprintf(message, sizeof(message),
		       "warning: [clock] max_skew: with %s the alarm is on above a bound of %s, "
		       "but with poll = %s "
		       "and max_drift each bound grows by %s from one poll to the next: make poll "
		       "shorter, or "
		       "max_skew larger",
		       format_interval(c->max_skew_ns, skew),
		       format_interval(c->max_skew_ns / 2, half), format_interval(c->poll_ns, poll),
		       format_interval(grows_ns, grows));
	report(userdata, message);
}
