/* route.c - a path that changes.  See ARCHITECTURE.md, "Estimation".
 *
 * A route that changed both ways moves the common floor.  One that changed one way only would, in
 * the eyes of a two-way exchange, move the offset by half of it; but clocks do not jump and routes
 * do, so the offset is held and the floors differ from then on.  Which of the two it was, and by
 * how much, shows in the smallest delays of a run of exchanges, each way.  It is a long run that
 * begins when the change was noticed: until it is over the line goes on as it was, which costs
 * next to nothing, while floors from a short run, or from one that begins before the change, stay
 * wrong by tens of microseconds.
 */
#include "core/estimate/route.h"

#include "core/estimate/sample.h"

#include <assert.h>
#include <stdbool.h>

#define ROUTE_RUN_SHORT	  12
#define ROUTE_AFTER	  100 /* exchanges: until then the floors are still being found */
#define ROUTE_FALSE_ALARM 1e-7
#define ROUTE_FAST_MIN	  2 /* too early ones in a short run; one alone was a stamp in error */

void route_forget(struct route *r)
{
	r->skew_ns[0] = r->skew_ns[1] = 0;
	r->n_left = r->n_run = 0;
}

void route_begin(struct route *r)
{
	route_forget(r);
	r->n_changes++;
}

/* The smallest excesses of the last @n exchanges: each way's and the round trip's. */
struct least {
	double way[2], trip;
};

static struct least find_least(const struct route *r, unsigned n)
{
	struct least l = {{1e18, 1e18}, 1e18};

	assert(n <= ROUTE_RUN_LONG && n <= r->n_run);
	for (unsigned i = 0; i < n; i++) {
		unsigned at = (r->n_run - 1 - i) % ROUTE_RUN_LONG;
		double out = r->run[0][at], back = r->run[1][at];

		l.trip = out + back < l.trip ? out + back : l.trip;
		l.way[0] = out < l.way[0] ? out : l.way[0];
		l.way[1] = back < l.way[1] ? back : l.way[1];
	}
	return l;
}

static double power12(double p)
{
	double p4 = p * p * p * p;

	return p4 * p4 * p4;
}

/* Were the last @n round trips, a short or a long run, all so slow that the floor must have risen?
 */
static bool is_slower(const struct route *r, const struct delay_shape *d, unsigned n)
{
	if (r->n_run < n) {
		return false;
	}
	double trip = find_least(r, n).trip;
	if (trip <= 0) {
		return false;
	}
	/* If the two ways exceed @trip together, one of them exceeds its half. */
	double p = 1 - (1 - delay_survival(d, trip / 2 / d->scale[0])) *
			       (1 - delay_survival(d, trip / 2 / d->scale[1]));
	double chance = power12(p);

	chance = n == ROUTE_RUN_LONG ? chance * chance * chance * chance : chance;
	return chance < ROUTE_FALSE_ALARM;
}

void route_settle(struct route *r, struct cloud *c, const struct delay_shape *d)
{
	const unsigned n = ROUTE_RUN_LONG;
	const struct least l = find_least(r, n);
	double scale = delay_scale(d);
	double apart = l.way[0] > l.way[1] ? l.way[0] - l.way[1] : l.way[1] - l.way[0];

	/* The smallest of n exponentials is about scale / n. */
	if (apart < 8 * scale / n + 6 * __builtin_sqrt(c->moments.cov[0][0])) {
		cloud_shift_floors(c, l.trip / 2, 4 * scale / n);
	} else {
		r->skew_ns[0] += l.way[0] - d->scale[0] / n;
		r->skew_ns[1] += l.way[1] - d->scale[1] / n;
	}
	cloud_measure(c);
	r->n_run = 0;
	r->n_changes++;
}

/* The next phase, in doubt or coasting, when one more exchange of the run is here; @fast: it was too
 * early. */
static enum estimator_phase continue_run(struct route *r, enum estimator_phase phase, bool fast)
{
	r->n_fast += fast;
	if (phase == PHASE_DOUBTING && r->n_left == ROUTE_RUN_LONG - ROUTE_RUN_SHORT) {
		if (r->n_fast < ROUTE_FAST_MIN) {
			r->n_left = r->n_run = 0;
			return PHASE_RUNNING;
		}
		phase = PHASE_COASTING;
	}
	r->n_left--;
	return r->n_left == 0 ? PHASE_RUNNING : phase;
}

enum estimator_phase route_watch(struct route *r, enum estimator_phase phase, struct edges x,
				 const struct cloud_moments *m, const struct delay_shape *d,
				 unsigned n)
{
	assert(phase != PHASE_NONE && phase != PHASE_STARTING);
	assert((phase == PHASE_RUNNING) == (r->n_left == 0));

	double scale = delay_scale(d);
	double sd = __builtin_sqrt(m->cov[2][2]);
	double out = x.up - m->mean[0] - m->mean[2], back = m->mean[0] - x.dn - m->mean[2];
	bool sure = n > ROUTE_AFTER && sd < scale / 8 && m->cov[0][0] < scale * scale / 64;
	bool fast = out + back < -8 * sd - 2 * STAMP_GRAIN_NS - scale / 4;

	/* One way too early for what is known: the route changed, or the cloud is wrong.  The round
	 * trips of the next ones tell which; once in a run, so that a wrong cloud is not kept from
	 * learning. */
	double early = -8 * (sd + __builtin_sqrt(m->cov[0][0])) - 2 * STAMP_GRAIN_NS - scale / 4;
	bool one_way = r->n_run > ROUTE_RUN_LONG && (out < early || back < early);

	if (phase == PHASE_RUNNING && sure && (fast || one_way)) {
		phase = PHASE_DOUBTING;
		r->n_left = ROUTE_RUN_LONG;
		r->n_fast = 0;
	}
	r->run[0][r->n_run % ROUTE_RUN_LONG] = out;
	r->run[1][r->n_run % ROUTE_RUN_LONG] = back;
	r->n_run++;
	if (phase != PHASE_RUNNING) {
		return continue_run(r, phase, fast);
	}
	if (sure && (is_slower(r, d, ROUTE_RUN_SHORT) || is_slower(r, d, ROUTE_RUN_LONG))) {
		r->n_left = ROUTE_RUN_LONG;
		return PHASE_COASTING;
	}
	return PHASE_RUNNING;
}
