/* route.c - a path that changes.  See ARCHITECTURE.md, "Estimation".
 *
 * A route that changed both ways moves the common floor.  One that changed one way only would, in
 * the eyes of a two-way exchange, move the offset by half of it; but clocks do not jump and routes
 * do, so the offset is held and the floors differ from then on.  Which of the two it was, and by
 * how much, shows in the smallest delays of a run of exchanges, each way.  It is a long run that
 * begins when the change was noticed: until it is over the line goes on as it was, which costs
 * next to nothing, while floors from a short run, or from one that begins before the change, stay
 * wrong by tens of microseconds.
 *
 * Now and then an exchange is far too early and the path has not changed: those after it are as
 * before.  Such an alarm is a stamp in error, or one of few packets that are fast: others of that
 * way wait, nearly always, and the floor that was found is not the path's.  Errors scatter, the few
 * fast ones come to the same place; so after some alarms in one place the floor is there.
 */
#include "core/estimate/route.h"

#include "core/estimate/sample.h"

#include <assert.h>
#include <stdbool.h>

#define ROUTE_RUN_SHORT	  12
#define ROUTE_AFTER	  100 /* exchanges: until then a late run may be one that found no floor, */
#define ROUTE_EARLY_AFTER 24  /* and the floors from fewer are no measure of an early one */
#define ROUTE_FALSE_ALARM 1e-7
#define ROUTE_FAST_MIN	  2    /* early ones in a short run; one alone is no change */
#define ROUTE_FAST_SHARE  0.75 /* of those in a long run that a lower floor would have made early */
#define SAME_PLACE	  8    /* excesses are at one place within the least of them by this */
#define ALARMS_MIN	  5    /* so many alarms show that few packets are fast, */
#define ALARMS_ONE_WAY	  16   /* if they are so many times those of the other way */

_Static_assert(ALARMS_MIN >= ROUTE_PLACE_N, "the ring is full by then");

void route_forget(struct route *r)
{
	r->skew_ns[0] = r->skew_ns[1] = 0;
	r->n_left = r->n_run = r->n_alarms[0] = r->n_alarms[1] = 0;
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

static void remember_alarm(struct route *r)
{
	unsigned way = r->trigger.way;

	r->alarm_ns[way][r->n_alarms[way] % ROUTE_PLACE_N] = r->trigger.excess_ns;
	r->n_alarms[way]++;
	r->n_run = 0;
}

/* Do the alarms until now and @now say that few packets of one way are fast?  The last ones of that
 * way come to the same place, and there are hardly any of the other way: where few packets are fast
 * both ways, the many tell the same offset, and tell it better. */
static bool are_at_one_place(const struct route *r, const struct route_alarm *now)
{
	unsigned same = r->n_alarms[now->way], other = r->n_alarms[!now->way];
	double least = now->excess_ns, most = now->excess_ns;

	if (same < ALARMS_MIN || same < ALARMS_ONE_WAY * other) {
		return false;
	}
	for (unsigned i = 0; i < ROUTE_PLACE_N; i++) {
		double excess = r->alarm_ns[now->way][i];

		least = excess < least ? excess : least;
		most = excess > most ? excess : most;
	}
	return most - least < -most / SAME_PLACE;
}

/* In a run of the last @n exchanges, were fewer early than a floor that fell to where the
 * earliest is would have made?  At least, a round trip is early when each way takes less than
 * half of what the floor fell by. */
static bool are_few_early(const struct route *r, const struct delay_shape *d, unsigned n)
{
	double each = (-find_least(r, n).trip - delay_scale(d) / 4) / 2;
	double expected = 0;

	if (each > 0) {
		expected = n * (1 - delay_survival(d, each / d->scale[0])) *
			   (1 - delay_survival(d, each / d->scale[1]));
	}
	return r->n_fast < ROUTE_FAST_MIN || r->n_fast < ROUTE_FAST_SHARE * expected;
}

void route_settle(struct route *r, struct cloud *c, const struct delay_shape *d)
{
	const unsigned n = ROUTE_RUN_LONG;
	const struct least l = find_least(r, n);
	double scale = delay_scale(d);

	if (r->began_early && are_few_early(r, d, n)) {
		remember_alarm(r);
		return;
	}
	double apart = l.way[0] > l.way[1] ? l.way[0] - l.way[1] : l.way[1] - l.way[0];

	/* The smallest of n exponentials is about scale / n. */
	if (apart < 8 * scale / n + 6 * __builtin_sqrt(c->moments.cov[0][0])) {
		cloud_shift_floors(c, l.trip / 2, 4 * scale / n);
	} else {
		r->skew_ns[0] += l.way[0] - d->scale[0] / n;
		r->skew_ns[1] += l.way[1] - d->scale[1] / n;
	}
	cloud_measure(c);
	r->n_run = r->n_alarms[0] = r->n_alarms[1] = 0;
	r->n_changes++;
}

/* The next phase, in doubt or coasting, when one more exchange of the run is here; @fast: it was
 * too early. */
static enum estimator_phase continue_run(struct route *r, enum estimator_phase phase, bool fast,
					 const struct delay_shape *d)
{
	r->n_fast += fast;
	if (phase == PHASE_DOUBTING && r->n_left == ROUTE_RUN_LONG - ROUTE_RUN_SHORT) {
		if (are_few_early(r, d, ROUTE_RUN_SHORT + 1)) {
			r->n_left = 0;
			remember_alarm(r);
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
	bool found = n > ROUTE_EARLY_AFTER && sd < scale / 8;
	bool sure = found && m->cov[0][0] < scale * scale / 64;
	bool fast = out + back < -8 * sd - 2 * STAMP_GRAIN_NS - scale / 4;

	/* One way too early for what is known: the route changed, or the cloud is wrong.  The round
	 * trips of the next ones tell which; once in a run, so that a wrong cloud is not kept from
	 * learning. */
	double early = -8 * (sd + __builtin_sqrt(m->cov[0][0])) - 2 * STAMP_GRAIN_NS - scale / 4;
	bool one_way = r->n_run > ROUTE_RUN_LONG && (out < early || back < early);

	if (phase == PHASE_RUNNING && ((found && fast) || (sure && one_way))) {
		r->trigger =
			out < back ? (struct route_alarm){0, out} : (struct route_alarm){1, back};
		if (are_at_one_place(r, &r->trigger)) {
			return PHASE_NONE;
		}
		phase = PHASE_DOUBTING;
		r->began_early = true;
		r->n_left = ROUTE_RUN_LONG;
		r->n_fast = 0;
	}
	r->run[0][r->n_run % ROUTE_RUN_LONG] = out;
	r->run[1][r->n_run % ROUTE_RUN_LONG] = back;
	r->n_run++;
	if (phase != PHASE_RUNNING) {
		return continue_run(r, phase, fast, d);
	}
	if (sure && n > ROUTE_AFTER &&
	    (is_slower(r, d, ROUTE_RUN_SHORT) || is_slower(r, d, ROUTE_RUN_LONG))) {
		r->n_left = ROUTE_RUN_LONG;
		r->began_early = false;
		return PHASE_COASTING;
	}
	return PHASE_RUNNING;
}
