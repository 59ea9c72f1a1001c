/* observe.c - the host's clock, read and never set: for hosts without CAP_SYS_TIME, or whose
 * clock is steered elsewhere.  Some containers forbid even to read adjtimex: then no leap second
 * is known. */
#include "berkd/clock/clock.h"
#include "berkd/clock/timescale.h"
#include "berkd/host/host_clock.h"

#include <errno.h>
#include <stdlib.h>

struct clock_observe {
	struct clock clock;
	struct rate_tracker tracker;
};

static struct clock_observe *observe_of(struct clock *c)
{
	return (struct clock_observe *)c;
}

static int observe_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	host_clock_pair(ret, ret_width_ns);
	rate_tracker_update(&observe_of(c)->tracker, *ret);
	return 0;
}

static int observe_stamp_to_raw(struct clock *c, int64_t stamp_ns, raw_t *ret)
{
	struct clock_pair now;
	int64_t width;

	host_clock_pair(&now, &width);
	rate_tracker_update(&observe_of(c)->tracker, now);
	return rate_history_to_raw(&observe_of(c)->tracker.history, now, (wall_t){stamp_ns}, ret);
}

static enum leap observe_leap(struct clock *c)
{
	(void)c;
	return kernel_leap();
}

static int64_t observe_freq_ppb(const struct clock *c)
{
	const struct clock_observe *o = (const struct clock_observe *)c;

	return ns_from_double(o->tracker.history.rate[0] * 1e9);
}

static void observe_free(struct clock *c)
{
	free(observe_of(c));
}

static const struct clock_ops observe_ops = {
	.name = "observe",
	.read = observe_read,
	.stamp_to_raw = observe_stamp_to_raw,
	.leap = observe_leap,
	.freq_ppb = observe_freq_ppb,
	.freq_ppb_max = CLOCK_FREQ_PPB_MAX,
	.free = observe_free,
};

int clock_observe_new(const struct config *config, struct clock **ret)
{
	struct clock_observe *o = calloc(1, sizeof(*o));
	struct clock_pair now;
	int64_t width;

	(void)config;
	if (!o) {
		return -ENOMEM;
	}
	o->clock.ops = &observe_ops;
	host_clock_pair(&now, &width);
	rate_tracker_init(&o->tracker, now);
	*ret = &o->clock;
	return 0;
}
