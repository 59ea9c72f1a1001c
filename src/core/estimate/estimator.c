/* estimator.c - offset and rate of a member's RAW clock from two-way exchanges.
 * See ARCHITECTURE.md, "Estimation"; design section 3.
 *
 * The model.  At the middle of an exchange, with the offset o:
 *
 *	up = rec - org = o + floor + queueing out	so	o <= up - floor
 *	dn = xmt - dst = o - floor - queueing back	so	o >= dn + floor
 *
 * The two queueing delays are independent and never negative; the floor is that of the path, the
 * same both ways (what differs cannot be seen by any two-way exchange).  For exponential queueing
 * the likelihood of o is flat between the two edges and nothing outside: an exchange says much only
 * when its delays are small, and then its edges cut sharply.  That is why a mean or a regression
 * throws away so much.  The offset moves with a rate which walks at random.
 *
 * The posterior of (offset, rate, floor, wander) is carried by a cloud of weighted hypotheses
 * (cloud.c).  The shape of the queueing delay is learnt along the way (delay.c): where the floor is
 * soft the edges become soft too.  Jitter, wander and shape all come from the data, there is
 * nothing to tune.  In the model of tests/sim (exponential jitter) this comes within 1.3 of an
 * ideal filter that was told everything.  CPU time per exchange: 11 to 22 us, on two
 * machines, and a quarter more while the first are solved together (`berksim estimator`).
 *
 * Apart from that, and not depending on any of it, runs the hard interval: Cristian's inequality
 * for each exchange, widened by what two oscillators within max_drift can do, intersected.
 */
#include "core/estimate/estimator.h"

#include "core/estimate/cloud.h"
#include "core/estimate/delay.h"
#include "core/estimate/envelope.h"

#include <assert.h>

_Static_assert(sizeof(struct estimator) <= 32 * 1024, "the caller's storage is bounded");

#define STAMP_GRAIN_NS	 1000 /* user-space stamps are as coarse; a kernel stamp's RAW as wrong */
#define KERNEL_START	 0.3  /* share of the spread drawn anew at a resampling: at first, */
#define KERNEL		 0.2  /* and once the cloud moves slowly */
#define START_SAMPLES	 40
#define START_SHAPE	 20 /* exchanges that tell of the shape of the delays, if solved together */
#define SHAPE_SAMPLES	 512  /* the shape of the delays is known by then */
#define WANDER_MIN	 5e-7 /* scale / interval^1.5: longer memories than this buy nothing, */
#define WANDER_LEAST	 1.0  /* ppb per sqrt(s): and no oscillator of a host is steadier */
#define FLOOR_STEP	 2e-4 /* scales per sample: a floor is remembered over some thousand, */
#define FLOOR_STEP_START 1e-3 /* but at first it may be mistaken */
#define FLOOR_START	 1000
#define INSIDE_MIN	 1e-3
#define OUTLIER_UP	 6 /* a contradicted sample counts so much, any other takes 1 off: */
#define OUTLIERS_MAX	 8 /* more than one in seven and the cloud is wrong */
#define WORSE_MAX	 8 /* stamps of lower quality in a row before they are taken */
#define TRIP_EPOCH	 256
#define ROUTE_RUN_SHORT	 12
#define ROUTE_BETTER                                                                               \
	4 /* a round trip far below the smallest ever weighs as so many that are not               \
	   */
#define ROUTE_AFTER	  100 /* samples: until then the floors are still being found */
#define ROUTE_FALSE_ALARM 1e-7

void estimator_init(struct estimator *e, const struct estimator_config *config)
{
	memset(e, 0, sizeof(*e));
	estimator_configure(e, config);
}

void estimator_configure(struct estimator *e, const struct estimator_config *config)
{
	assert(config->max_drift_ppb > 0 && config->max_drift_ppb < NS_PER_S / 4);
	assert(config->delay_ns_max > 0);

	e->config = *config;
}

void estimator_prime(struct estimator *e, const struct estimate *prior)
{
	e->prior = *prior;
	e->has_prior = true;
}

unsigned estimator_count(const struct estimator *e)
{
	return e->n;
}

unsigned estimator_routes(const struct estimator *e)
{
	return e->n_routes;
}

bool estimator_doubts(const struct estimator *e)
{
	return e->n_coast > 0;
}

/* Largest relative rate of two oscillators within max_drift; see bound.c. */
static double drift_max(const struct estimator *e)
{
	double d = 1e-9 * (double)e->config.max_drift_ppb;

	return 2 * d / (1 - d);
}

/* Largest change of the offset within @age_ns, rounded up. */
static int64_t drift_ns(const struct estimator *e, int64_t age_ns)
{
	return ns_add(ns_from_double(drift_max(e) * (double)ns_abs(age_ns)), 1);
}

/* --- The hard interval --- */

static struct hard_interval hard_at(const struct estimator *e, int64_t at)
{
	int64_t grown = drift_ns(e, ns_sub(at, e->hard.at));

	return (struct hard_interval){at, ns_sub(e->hard.lo, grown), ns_add(e->hard.hi, grown)};
}

/* And what else may be true. */
static struct hard_interval hard_now(const struct estimator *e, int64_t at)
{
	struct hard_interval h = hard_at(e, at);

	for (unsigned i = 0; i < 2; i++) {
		int64_t grown = drift_ns(e, ns_sub(at, e->other[i].at));

		if (e->odd[i]) {
			h.lo = ns_min(h.lo, ns_sub(e->other[i].lo, grown));
			h.hi = ns_max(h.hi, ns_add(e->other[i].hi, grown));
		}
	}
	return h;
}

/* What one exchange says.  The inequality holds where the packet is stamped; carry it to the
 * middle.
 */
static struct hard_interval hard_of(const struct estimator *e, const struct exchange *x)
{
	int64_t whole = ns_sub(x->dst.ns, x->org.ns);
	int64_t slack = ns_add(drift_ns(e, whole), STAMP_GRAIN_NS);

	return (struct hard_interval){ns_add(x->org.ns, whole / 2),
				      ns_sub(ns_sub(x->xmt.ns, x->dst.ns), slack),
				      ns_add(ns_sub(x->rec.ns, x->org.ns), slack)};
}

/* Has it anything in common with all before it?  If not, it may have a stamp in error, and until
 * the next is here either may be true; when that has nothing either, a clock jumped.  @exact: with
 * all its stamps, which come one exchange later. */
static enum sample_verdict hard_agrees(struct estimator *e, bool exact,
				       const struct hard_interval *now)
{
	struct hard_interval h = hard_at(e, now->at);

	if (e->n == 0 || (now->lo <= h.hi && h.lo <= now->hi)) {
		e->odd[exact] = false;
		return SAMPLE_OK;
	}
	if (e->odd[exact]) {
		e->odd[0] = e->odd[1] = false;
		return SAMPLE_JUMP;
	}
	e->odd[exact] = true;
	e->other[exact] = *now;
	return SAMPLE_ODD;
}

enum sample_verdict estimator_check(struct estimator *e, const struct exchange *x)
{
	struct hard_interval now = hard_of(e, x);

	return hard_agrees(e, false, &now);
}

bool estimator_odd(const struct estimator *e)
{
	return e->odd[0];
}

static enum sample_verdict hard_push(struct estimator *e, const struct hard_interval *now)
{
	enum sample_verdict v = hard_agrees(e, true, now);
	struct hard_interval h = hard_at(e, now->at);

	if (v == SAMPLE_OK && e->n > 0) {
		e->hard = (struct hard_interval){now->at, ns_max(h.lo, now->lo),
						 ns_min(h.hi, now->hi)};
	} else if (v != SAMPLE_ODD) {
		e->hard = *now;
	}
	return v;
}

/* Mean queueing delay of one way. */
static double scale_of(const struct estimator *e)
{
	return (e->shape.scale[0] + e->shape.scale[1]) / 2;
}

/* --- Route changes ---
 *
 * A route that changed both ways moves the common floor.  One that changed one way only would, in
 * the eyes of a two-way exchange, move the offset by half of it; but clocks do not jump and routes
 * do, so the offset is held and the floors differ from then on.  Which of the two it was, and by
 * how much, shows in the smallest delays of a run of exchanges, each way.  It is a long run that
 * begins when the change was noticed: until it is over the line goes on as it was, which costs
 * next to nothing, while floors from a short run, or from one that begins before the change, stay
 * wrong by tens of microseconds.
 */

/* The smallest excesses over the floor in the last @n exchanges, each way and of the round trip. */
static void run_least(const struct estimator *e, unsigned n, double ret_least[2], double *ret_trip)
{
	ret_least[0] = ret_least[1] = *ret_trip = 1e18;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = (e->run_n - 1 - i) % ROUTE_RUN_LONG;
		double out = e->run[0][at], back = e->run[1][at];

		*ret_trip = out + back < *ret_trip ? out + back : *ret_trip;
		ret_least[0] = out < ret_least[0] ? out : ret_least[0];
		ret_least[1] = back < ret_least[1] ? back : ret_least[1];
	}
}

static double power12(double p)
{
	double p4 = p * p * p * p;

	return p4 * p4 * p4;
}

/* Were the last @n round trips all so slow that the floor must have risen? */
static bool route_slower(const struct estimator *e, unsigned n)
{
	double least[2], trip;

	if (e->run_n < n) {
		return false;
	}
	run_least(e, n, least, &trip);
	if (trip <= 0) {
		return false;
	}
	/* If the two ways exceed @trip together, one of them exceeds its half. */
	double p = 1 - (1 - delay_survival(&e->shape, trip / 2 / e->shape.scale[0])) *
			       (1 - delay_survival(&e->shape, trip / 2 / e->shape.scale[1]));
	double chance = power12(p);
	chance = n == ROUTE_RUN_LONG ? chance * chance * chance * chance : chance;
	return chance < ROUTE_FALSE_ALARM;
}

/* Move the floors by what the last @n exchanges say. */
static void route_moved(struct estimator *e, unsigned n)
{
	double scale = scale_of(e), least[2], trip;

	run_least(e, n, least, &trip);
	double apart = least[0] > least[1] ? least[0] - least[1] : least[1] - least[0];
	/* The smallest of n exponentials is about scale / n. */
	if (apart < 8 * scale / n + 6 * __builtin_sqrt(e->cloud.moments.cov[0][0])) {
		cloud_shift_floors(&e->cloud, trip / 2, 4 * scale / n);
	} else {
		e->skew_ns[0] += least[0] - e->shape.scale[0] / n;
		e->skew_ns[1] += least[1] - e->shape.scale[1] / n;
	}
	cloud_measure(&e->cloud);
	e->run_n = 0;
	e->n_routes++;
}

/* Watch for a floor that moved; false when the sample must not be weighed, because it is not known
 * yet where the floor is now. */
static bool route_watch(struct estimator *e, struct edges x)
{
	const struct cloud_moments *m = &e->cloud.moments;
	double scale = scale_of(e);
	double sd = __builtin_sqrt(m->cov[2][2]);
	double out = x.up - m->mean[0] - m->mean[2], back = m->mean[0] - x.dn - m->mean[2];
	bool sure = e->n > ROUTE_AFTER && sd < scale / 8 && m->cov[0][0] < scale * scale / 64;
	bool fast = out + back < -8 * sd - 2 * STAMP_GRAIN_NS - scale / 4;

	/* One way too early for what is known: of the route, or the cloud is wrong.  The round
	 * trips of the next ones tell which; once in a run, so that a wrong cloud is not kept from
	 * learning. */
	double early = -8 * (sd + __builtin_sqrt(m->cov[0][0])) - 2 * STAMP_GRAIN_NS - scale / 4;
	bool odd = e->run_n > ROUTE_RUN_LONG && (out < early || back < early);

	if (e->n_coast == 0 && sure && (fast || odd)) {
		e->n_coast = ROUTE_RUN_LONG;
		e->n_fast = 0;
		e->slower = false;
	}
	e->run[0][e->run_n % ROUTE_RUN_LONG] = out;
	e->run[1][e->run_n % ROUTE_RUN_LONG] = back;
	e->run_n++;
	if (e->n_coast > 0) {
		e->n_fast += fast;
		if (e->n_coast == ROUTE_RUN_LONG - ROUTE_RUN_SHORT && !e->slower && e->n_fast < 2) {
			e->n_coast = e->run_n = 0; /* one alone was a stamp in error */
		} else if (--e->n_coast == 0) {
			route_moved(e, ROUTE_RUN_LONG);
		}
		return false;
	}
	if (sure && (route_slower(e, ROUTE_RUN_SHORT) || route_slower(e, ROUTE_RUN_LONG))) {
		e->n_coast = ROUTE_RUN_LONG;
		e->slower = true;
		return false;
	}
	return true;
}

/* --- What others tell --- */

static void hint_clear(struct estimator *e)
{
	memset(&e->hint, 0, sizeof(e->hint));
}

/* Bring what was told to @at. */
static void hint_move(struct estimator *e, int64_t at)
{
	double dt_s = (double)ns_sub(at, e->hint.at) * 1e-9, *l = e->hint.lost;

	e->hint.at = at;
	e->hint.shift[0] += e->hint.shift[1] * dt_s;
	l[0] += 2 * dt_s * l[1] + dt_s * dt_s * l[2];
	l[1] += dt_s * l[2];
}

static bool hinted(const struct estimator *e)
{
	return e->hint.at != 0;
}

void estimator_hint(struct estimator *e, raw_t at, const double shift[2], const double lost[3])
{
	if (e->n == 0 || e->starting) {
		return;
	}
	int64_t when = ns_max(at.ns, ns_max(e->at, e->hint.at)); /* a little late does no harm */

	e->hint.at = hinted(e) ? e->hint.at : when;
	hint_move(e, when);
	e->hint.shift[0] += shift[0];
	e->hint.shift[1] += shift[1];
	for (unsigned i = 0; i < 3; i++) {
		e->hint.lost[i] += lost[i];
	}
}

const struct lesson *estimator_lesson(const struct estimator *e)
{
	return &e->lesson;
}

static void lesson_begin(struct lesson *l, int64_t at, const struct cloud_moments *m)
{
	*l = (struct lesson){.at = {at},
			     .shift = {-m->mean[0], -m->mean[1]},
			     .before = {m->cov[0][0], m->cov[0][1], m->cov[1][1]}};
}

static void lesson_end(struct lesson *l, const struct cloud_moments *m)
{
	l->valid = true;
	l->shift[0] += m->mean[0];
	l->shift[1] += m->mean[1];
	l->after[0] = m->cov[0][0];
	l->after[1] = m->cov[0][1];
	l->after[2] = m->cov[1][1];
}

/* --- The soft estimate --- */

static struct edges edges_of(const struct estimator *e, int64_t up, int64_t dn)
{
	return (struct edges){(double)ns_sub(up, e->base_ns) - e->skew_ns[0],
			      (double)ns_sub(dn, e->base_ns) + e->skew_ns[1]};
}

/* The first exchange: all that is known is that oscillators are within max_drift, and perhaps what
 * a predecessor told, if it does not contradict what is seen. */
static void start(struct estimator *e, int64_t at, int64_t up, int64_t dn)
{
	double half = (double)(up - dn) / 2;

	e->base_ns = dn + (up - dn) / 2;
	e->at = e->start_at = at;
	envelope_clear(&e->start);
	e->starting = true;
	e->n_routes++;
	e->skew_ns[0] = e->skew_ns[1] = 0;
	hint_clear(e);
	e->interval_s = 0;
	e->shape_from = 0;
	e->n_outliers = e->n_coast = e->run_n = e->trip_n = 0;
	e->trip_ns[0] = e->trip_ns[1] = INT64_MAX;
	if (e->has_prior) {
		double age_s = (double)ns_sub(at, e->prior.at.ns) * 1e-9;
		double offset = (double)ns_sub(e->prior.offset_ns, e->base_ns) +
				e->prior.rate * 1e9 * age_s;
		double sd = e->prior.sd_ns + e->prior.rate_sd * 1e9 * (age_s < 0 ? -age_s : age_s);

		e->has_prior = offset < half + 4 * sd && offset > -half - 4 * sd;
	}
}

/* It is the filter's turn.  It knows the delays from the first exchanges: were their shape to be
 * found anew, that would take as many again. */
static void start_end(struct estimator *e)
{
	struct envelope_posterior v;
	double excess[2 * ENVELOPE_MAX];

	if (e->start.n >= START_SHAPE) {
		envelope_solve(&e->start, drift_max(e) * 1e9, 0, 0, &v);
		delay_init(&e->shape, v.scale, excess, envelope_excesses(&e->start, &v, excess));
	}
	e->starting = e->has_prior = false;
}

/* The first exchanges are taken all together, each time; false: there are enough for the filter. */
static bool start_push(struct estimator *e, int64_t at, int64_t up, int64_t dn)
{
	const struct estimate *p = &e->prior;
	double age_s = (double)ns_sub(at, p->at.ns) * 1e-9;
	struct envelope_posterior v;

	if (!e->starting) {
		return false;
	}
	if (!envelope_push(&e->start, (double)ns_sub(at, e->start_at) * 1e-9,
			   (double)ns_sub(up, e->base_ns), (double)ns_sub(dn, e->base_ns))) {
		start_end(e);
		return false;
	}
	e->at = at;
	double offset = (double)ns_sub(p->offset_ns, e->base_ns) + p->rate * 1e9 * age_s;
	double sd = p->sd_ns + p->rate_sd * 1e9 * (age_s < 0 ? -age_s : age_s);

	envelope_solve(&e->start, drift_max(e) * 1e9, p->rate * 1e9,
		       e->has_prior ? p->rate_sd * 1e9 : 0, &v);
	delay_init(&e->shape, v.scale, NULL, 0);
	cloud_start(&e->cloud, &v, offset, e->has_prior ? sd : 0);
	return true;
}

/* Bring the cloud to @at; the base goes along with it. */
static void predict(struct estimator *e, int64_t at)
{
	const struct cloud_moments *m = &e->cloud.moments;
	double dt_s = (double)ns_sub(at, e->at) * 1e-9;
	double scale = scale_of(e);
	int64_t shift_ns = ns_from_double(m->mean[0] + m->mean[1] * dt_s);

	double least = WANDER_MIN * scale / (e->interval_s * __builtin_sqrt(e->interval_s));
	cloud_move(&e->cloud, dt_s, (double)shift_ns, least > WANDER_LEAST ? least : WANDER_LEAST,
		   (e->n < FLOOR_START ? FLOOR_STEP_START : FLOOR_STEP) * scale);
	e->base_ns = ns_add(e->base_ns, shift_ns);
	e->at = at;
	cloud_measure(&e->cloud);
	if (hinted(e)) {
		hint_move(e, at);
		cloud_regress(&e->cloud, e->hint.shift, e->hint.lost);
		hint_clear(e);
	}
}

static void update(struct estimator *e, int64_t up, int64_t dn)
{
	const struct cloud_moments *m = &e->cloud.moments;
	struct evidence seen;

	if (!route_watch(e, edges_of(e, up, dn))) {
		return;
	}
	struct edges x = edges_of(e, up, dn);
	double half = (x.up - x.dn) / 2;
	if (half > 0 && m->cov[0][0] > half * half) {
		cloud_redraw(&e->cloud, x);
	}
	/* No floor is above half a round trip: that is certain, whatever the offset. */
	cloud_cap_floors(&e->cloud, half, scale_of(e) / (e->n < 200 ? e->n + 1 : 200));
	if (e->n < SHAPE_SAMPLES) { /* earlier samples were weighed by a worse shape */
		cloud_widen(&e->cloud, 1.0 / e->n);
	}
	lesson_begin(&e->lesson, e->at, m);
	cloud_weigh(&e->cloud, &e->shape, x, e->n, &seen);
	cloud_measure(&e->cloud);
	if (seen.inside >= INSIDE_MIN) {
		lesson_end(&e->lesson, m);
		e->n_outliers -= e->n_outliers > 0;
		delay_learn(&e->shape, seen.hat, seen.mean, e->n - e->shape_from);
	} else if ((e->n_outliers += OUTLIER_UP) >= OUTLIERS_MAX) {
		e->n_outliers = OUTLIERS_MAX - 1;
		cloud_unsettle(&e->cloud);
	}
	if (seen.effective < CLOUD_SIZE / 2.0) {
		cloud_resample(&e->cloud, e->n < START_SAMPLES ? KERNEL_START : KERNEL);
	}
}

/* What is known of the offset and the rate stands, in a new start with stamps of another quality.
 */
static void start_again(struct estimator *e)
{
	const struct cloud_moments *m = &e->cloud.moments;

	if (e->start.n >= 2) { /* one says nothing of the rate */
		e->prior = (struct estimate){.at.ns = e->at,
					     .offset_ns =
						     ns_add(e->base_ns, ns_from_double(m->mean[0])),
					     .sd_ns = __builtin_sqrt(m->cov[0][0]),
					     .rate = m->mean[1] * 1e-9,
					     .rate_sd = __builtin_sqrt(m->cov[1][1]) * 1e-9};
		e->has_prior = true;
	}
	envelope_clear(&e->start);
}

/* Stamps of another quality have another floor and another shape; the clocks are the same.  A few
 * worse ones among better are not worth that.  False: leave this one out. */
static bool accept_quality(struct estimator *e, uint8_t quality, int64_t up, int64_t dn)
{
	e->n_worse = quality < e->quality ? e->n_worse + 1 : 0;
	if (quality == e->quality) {
		return true;
	}
	if (quality < e->quality && e->n_worse < WORSE_MAX) {
		return false;
	}
	double half = (double)(up - dn) / 2;
	half = half > 1 ? half : 1;
	e->quality = quality;
	e->n_worse = e->n_outliers = e->n_coast = e->run_n = 0;
	e->skew_ns[0] = e->skew_ns[1] = 0;
	e->trip_ns[0] = e->trip_ns[1] = INT64_MAX;
	e->trip_least = up - dn;
	e->n_better = 0;
	e->shape_from = e->n;
	delay_init(&e->shape, half / 3, NULL, 0);
	if (e->starting) {
		start_again(e);
	} else {
		cloud_forget_floors(&e->cloud, half);
	}
	return true;
}

/* A path far shorter than any before tells more of the offset than all that was learnt on the
 * longer one, whose asymmetry nobody could see: begin anew from it, with the rate that is known.  A
 * smaller change is route_watch()'s: there the offset is held. */
static bool better_path(struct estimator *e, int64_t trip)
{
	const struct cloud_moments *m = &e->cloud.moments;

	/* While floors are still being found, only a great leap counts. */
	double leap = scale_of(e) * (e->n > ROUTE_AFTER ? 1 : 4);

	if ((double)trip > (double)e->trip_least - leap || trip + trip / 16 > e->trip_least) {
		e->trip_least = e->n_better ? e->trip_least : ns_min(e->trip_least, trip);
		e->n_better -= e->n_better > 0;
		return false;
	}
	e->n_better += ROUTE_BETTER; /* one may be a stamp in error */
	if (e->n_better < 2 * ROUTE_BETTER + 1) {
		return false;
	}
	e->n_better = 0;
	e->trip_least = trip;
	e->prior = (struct estimate){.rate = m->mean[1] * 1e-9,
				     .rate_sd = 3e-9 * __builtin_sqrt(m->cov[1][1]) + 1e-8};
	e->has_prior = true;
	return true;
}

enum sample_verdict estimator_push(struct estimator *e, const struct exchange *x)
{
	int64_t out, back, whole, inside;

	/* A peer's stamps are any numbers at all. */
	if (__builtin_sub_overflow(x->dst.ns, x->org.ns, &whole) ||
	    __builtin_sub_overflow(x->xmt.ns, x->rec.ns, &inside) ||
	    __builtin_sub_overflow(x->rec.ns, x->org.ns, &out) ||
	    __builtin_sub_overflow(x->xmt.ns, x->dst.ns, &back) || whole < 0 || inside < 0 ||
	    inside > ns_add(whole, ns_add(drift_ns(e, whole), STAMP_GRAIN_NS))) {
		return SAMPLE_ORDER;
	}
	if (whole - inside > e->config.delay_ns_max) {
		return SAMPLE_DELAY;
	}
	int64_t at = x->org.ns + whole / 2;
	if (e->n > 0 && at <= e->at) {
		return SAMPLE_OLD;
	}
	e->lesson.valid = false;
	struct hard_interval now = hard_of(e, x);
	enum sample_verdict verdict = hard_push(e, &now);
	if (verdict == SAMPLE_ODD) {
		return verdict;
	}
	if (verdict == SAMPLE_JUMP) {
		e->n = 0;
		e->has_prior = false;
	}
	if (e->n > 0 && better_path(e, whole - inside)) {
		e->prior.at.ns = at;
		e->prior.offset_ns = back + (out - back) / 2;
		e->prior.sd_ns = (double)(out - back) / 4;
		e->n = 0;
	}
	if (e->n == 0) {
		e->trip_least = whole - inside;
		e->n_better = 0;
		start(e, at, out, back);
		(void)start_push(e, at, out, back);
		e->quality = x->quality;
		e->n_worse = 0;
	} else if (accept_quality(e, x->quality, out, back)) {
		double dt_s = (double)ns_sub(at, e->at) * 1e-9;

		e->interval_s += (dt_s - e->interval_s) / (e->n < 30 ? e->n : 30);
		if (!start_push(e, at, out, back)) {
			predict(e, at);
			update(e, out, back);
		}
	} else {
		return verdict;
	}
	e->n++;
	if (e->trip_n++ % TRIP_EPOCH == 0) {
		e->trip_ns[1] = e->trip_ns[0];
		e->trip_ns[0] = INT64_MAX;
	}
	e->trip_ns[0] = ns_min(e->trip_ns[0], whole - inside);
	return verdict;
}

bool estimator_at(const struct estimator *e, raw_t at, struct estimate *ret)
{
	const struct cloud_moments *m = &e->cloud.moments;

	if (e->n == 0) {
		return false;
	}
	double age_s = (double)ns_sub(at.ns, e->at) * 1e-9, abs_s = age_s < 0 ? -age_s : age_s;
	double rate_var = m->cov[1][1] + m->wander_var * abs_s;
	double var = m->cov[0][0] + 2 * m->cov[0][1] * age_s + rate_var * age_s * age_s;
	struct hard_interval h = hard_now(e, at.ns);
	double told_s = (double)ns_sub(at.ns, hinted(e) ? e->hint.at : at.ns) * 1e-9;
	double rate = m->mean[1] + e->hint.shift[1];
	int64_t soft =
		ns_add(e->base_ns, ns_from_double(m->mean[0] + m->mean[1] * age_s +
						  e->hint.shift[0] + e->hint.shift[1] * told_s));

	*ret = (struct estimate){
		.at = at,
		.offset_ns = ns_clamp(soft, h.lo, h.hi),
		.rate = rate * 1e-9,
		.sd_ns = __builtin_sqrt(var > 0 ? var : 0),
		.rate_sd = __builtin_sqrt(rate_var) * 1e-9,
		.lo_ns = h.lo,
		.hi_ns = h.hi,
		.delay_ns = ns_min(e->trip_ns[0], e->trip_ns[1]),
		.jitter_ns = ns_from_double(scale_of(e)),
		.wander = __builtin_sqrt(m->wander_var) * 1e-9,
		.n = e->n < ESTIMATOR_SAMPLES_MAX ? e->n : ESTIMATOR_SAMPLES_MAX,
	};
	return true;
}
