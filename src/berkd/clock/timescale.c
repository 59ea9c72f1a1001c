/* timescale.c - timex's units, and stamps of the recent past.  ARCHITECTURE.md, "Two
 * timescales". */
#include "berkd/clock/timescale.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#define STAMP_AGE_NS_MAX  (10 * NS_PER_S)
#define STAMP_AHEAD_NS	  (100 * NS_PER_US) /* a bracket's width may put a stamp after now */
#define STEP_SETTLE_NS	  (100 * NS_PER_MS) /* a stamp from before a step is read by then */
#define TRACK_NS	  NS_PER_S
#define TRACK_RATE_MAX	  0.11 /* beyond what tick and freq reach together: a step, not a rate */
#define TRACK_SLACK_NS	  (double)NS_PER_MS /* of two readings */
#define TICK_NOMINAL	  10000L
#define PPB_PER_TICK	  INT64_C(100000)
#define FREQ_UNIT_PER_PPB 65.536

struct timex_freq timex_freq_from_ppb(int64_t freq_ppb)
{
	assert(ns_abs(freq_ppb) <= CLOCK_FREQ_PPB_MAX);

	int64_t half = freq_ppb < 0 ? -PPB_PER_TICK / 2 : PPB_PER_TICK / 2;
	int64_t ticks = (freq_ppb + half) / PPB_PER_TICK;
	int64_t rest_ppb = freq_ppb - ticks * PPB_PER_TICK;

	return (struct timex_freq){.tick = TICK_NOMINAL + (long)ticks,
				   .freq = lround((double)rest_ppb * FREQ_UNIT_PER_PPB)};
}

double timex_freq_rate(struct timex_freq f)
{
	return (double)(f.tick - TICK_NOMINAL) * 1e-4 + (double)f.freq / 65536e6;
}

int64_t timex_freq_to_ppb(struct timex_freq f)
{
	return ns_from_double(timex_freq_rate(f) * 1e9);
}

struct timespec timex_offset(int64_t ns)
{
	int64_t sec = ns / NS_PER_S, rest = ns % NS_PER_S;

	if (rest < 0) {
		sec--;
		rest += NS_PER_S;
	}
	return (struct timespec){.tv_sec = sec, .tv_nsec = rest};
}

void rate_history_init(struct rate_history *h, double rate, raw_t now)
{
	*h = (struct rate_history){.rate = {rate, rate},
				   .since = now,
				   .before = {INT64_MIN},
				   .stepped = {INT64_MIN}};
}

void rate_history_set(struct rate_history *h, double rate, raw_t now)
{
	h->rate[1] = h->rate[0];
	h->rate[0] = rate;
	h->before = h->since;
	h->since = now;
}

void rate_history_stepped(struct rate_history *h, raw_t now)
{
	h->stepped = now;
}

int rate_history_to_raw(const struct rate_history *h, struct clock_pair now, wall_t stamp,
			raw_t *ret)
{
	int64_t age = wall_sub(now.wall, stamp);

	if (age < -STAMP_AHEAD_NS || age > STAMP_AGE_NS_MAX) {
		return -ESTALE;
	}
	/* Back to the last change at the present rate, the rest at the one before. */
	double since_change = (double)raw_sub(now.raw, h->since) * (1 + h->rate[0]);
	double back;

	if ((double)age <= since_change) {
		back = (double)age / (1 + h->rate[0]);
	} else {
		back = since_change / (1 + h->rate[0]) +
		       ((double)age - since_change) / (1 + h->rate[1]);
	}
	raw_t raw = raw_add(now.raw, -ns_from_double(back));

	if (raw.ns < h->before.ns) {
		return -ESTALE;
	}
	if (h->stepped.ns != INT64_MIN &&
	    (raw.ns <= h->stepped.ns || raw_sub(now.raw, h->stepped) < STEP_SETTLE_NS)) {
		return -ESTALE;
	}
	*ret = raw;
	return 0;
}

void rate_tracker_init(struct rate_tracker *t, struct clock_pair now)
{
	t->base = now;
	rate_history_init(&t->history, 0, now.raw);
}

void rate_tracker_update(struct rate_tracker *t, struct clock_pair now)
{
	int64_t elapsed = raw_sub(now.raw, t->base.raw);

	int64_t gained = wall_sub(now.wall, t->base.wall) - elapsed;

	/* Of a long time too: a leap second within a minute is no rate of 2 %. */
	if ((double)ns_abs(gained) >
	    TRACK_RATE_MAX * (double)ns_min(elapsed, TRACK_NS) + TRACK_SLACK_NS) {
		rate_history_stepped(&t->history, now.raw);
		t->base = now;
	} else if (elapsed >= TRACK_NS) {
		rate_history_set(&t->history, (double)gained / (double)elapsed, t->base.raw);
		t->base = now;
	}
}
