/* estimator.c - offset and rate of a peer's RAW clock from two-way exchanges.
 * See ARCHITECTURE.md, "Estimation".
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
 * (cloud.c), which begins with what the first exchanges say together (start.c).  The shape of the
 * queueing delay is learnt along the way (delay.c): where the floor is soft the edges become soft
 * too.  Jitter, wander and shape all come from the data, there is nothing to tune.  In the model of
 * tests/sim (exponential jitter) this comes within 1.3 of an ideal filter that was told everything.
 * CPU time per exchange: 11 to 22 us, on two machines, and a quarter more while the first are
 * solved together (`berksim estimator`).
 *
 * Apart from that, and not depending on any of it, runs the hard interval (hard.c).
 */
#include "core/estimate/estimator.h"

#include "berk/node.h"
#include "core/estimate/cloud.h"
#include "core/estimate/delay.h"
#include "core/estimate/estimator_view.h"
#include "core/estimate/hard.h"
#include "core/estimate/lesson.h"
#include "core/estimate/phase.h"
#include "core/estimate/route.h"
#include "core/estimate/start.h"
#include "core/estimate/trip.h"

#include <assert.h>
#include <string.h>

#define KERNEL_START	 0.3 /* share of the spread drawn anew at a resampling: at first, */
#define KERNEL		 0.2 /* and once the cloud moves slowly */
#define START_SAMPLES	 40
#define SHAPE_SAMPLES	 512  /* the shape of the delays is known by then */
#define WANDER_MIN	 5e-7 /* scale / interval^1.5: longer memories than this buy nothing, */
#define WANDER_LEAST	 1.0  /* ppb per sqrt(s): and no oscillator of a host is steadier */
#define FLOOR_STEP	 2e-4 /* scales per sample: a floor is remembered over some thousand, */
#define FLOOR_STEP_START 1e-3 /* but at first it may be mistaken */
#define FLOOR_START	 1000
#define FLOORS_FOUND	 100 /* exchanges: until then only a great leap is a shorter path */
#define INSIDE_MIN	 1e-3
#define REFUTED_SD	 8
#define REFUTED_MIN	 3 /* exchanges */
#define OUTLIER_UP	 6 /* a contradicted sample counts so much, any other takes 1 off: */
#define OUTLIERS_MAX	 8 /* more than one in seven and the cloud is wrong */
#define WORSE_MAX	 8 /* stamps of lower quality in a row before they are taken */

struct estimator {
	struct estimator_config config;
	enum estimator_phase phase;
	unsigned n;	   /* exchanges since the start or the last jump; 0 in phase none only */
	int64_t at_ns;	   /* our RAW of the newest one */
	int64_t base_ns;   /* the cloud's offsets count from here: no precision is lost on years */
	double interval_s; /* mean time between exchanges */
	uint8_t quality;   /* of the stamps, enum stamp_quality */
	unsigned n_worse;  /* exchanges of lower quality in a row */
	unsigned shape_from; /* the stamps have been of this quality since so many exchanges */
	unsigned n_refuting; /* exchanges in a row that leave no room for the cloud */
	unsigned n_outliers; /* weight of those that contradict the cloud; it leaks */
	struct cloud cloud;
	struct delay_shape shape;
	struct start start;
	struct route route;
	struct trip trip;
	struct hard hard;
	struct lesson lesson;
	struct hint hint; /* since the newest exchange */
};

_Static_assert(sizeof(struct estimator) <= 32 * 1024, "the caller's storage is bounded");

/* One exchange, its stamps subtracted: all in ns. */
struct trial {
	int64_t at;   /* its middle, our RAW */
	int64_t up;   /* rec - org */
	int64_t dn;   /* xmt - dst */
	int64_t trip; /* dst - org less xmt - rec */
	uint8_t quality;
};

size_t estimator_size(void)
{
	return sizeof(struct estimator);
}

struct estimator *estimator_slot(struct estimator *array, size_t i)
{
	return &array[i];
}

void estimator_init(struct estimator *e, const struct estimator_config *config)
{
	memset(e, 0, sizeof(*e)); /* PHASE_NONE */
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
	assert(e->phase == PHASE_NONE);

	start_prime(&e->start, prior);
}

/* Largest relative rate of two oscillators within max_drift; see bound.c. */
static double drift_max(const struct estimator *e)
{
	double d = 1e-9 * (double)e->config.max_drift_ppb;

	return 2 * d / (1 - d);
}

enum sample_verdict estimator_check(struct estimator *e, const struct exchange *x)
{
	struct hard_interval now = hard_of(x, drift_max(e));

	return hard_check(&e->hard, &now, drift_max(e));
}

void estimator_hint(struct estimator *e, raw_t at, const double shift[2], const double lost[3])
{
	if (e->phase != PHASE_NONE && e->phase != PHASE_STARTING) {
		hint_add(&e->hint, ns_max(at.ns, e->at_ns), shift, lost);
	}
}

static struct edges edges_of(const struct estimator *e, const struct trial *t)
{
	return (struct edges){(double)ns_sub(t->up, e->base_ns) - e->route.skew_ns[0],
			      (double)ns_sub(t->dn, e->base_ns) + e->route.skew_ns[1]};
}

/* Bring the cloud to @at; the base goes along with it. */
static void predict_cloud(struct estimator *e, int64_t at)
{
	const struct cloud_moments *m = &e->cloud.moments;
	double dt_s = (double)ns_sub(at, e->at_ns) * 1e-9;
	double scale = delay_scale(&e->shape);
	int64_t shift_ns = ns_from_double(m->mean[0] + m->mean[1] * dt_s);

	double least = WANDER_MIN * scale / (e->interval_s * __builtin_sqrt(e->interval_s));
	cloud_move(&e->cloud, dt_s, (double)shift_ns, least > WANDER_LEAST ? least : WANDER_LEAST,
		   (e->n < FLOOR_START ? FLOOR_STEP_START : FLOOR_STEP) * scale);
	e->base_ns = ns_add(e->base_ns, shift_ns);
	e->at_ns = at;
	cloud_measure(&e->cloud);
	if (e->hint.told) {
		hint_carry(&e->hint, at);
		cloud_regress(&e->cloud, e->hint.shift, e->hint.lost);
		hint_clear(&e->hint);
	}
}

/* May this exchange be weighed?  Not while it is unknown where the floors are: then it only
 * tells of them. */
static bool follow_route(struct estimator *e, const struct trial *t)
{
	enum estimator_phase was = e->phase;

	phase_enter(&e->phase, route_watch(&e->route, was, edges_of(e, t), &e->cloud.moments,
					   &e->shape, e->n));
	if (was == PHASE_COASTING && e->phase == PHASE_RUNNING) {
		route_settle(&e->route, &e->cloud, &e->shape);
	}
	return was == PHASE_RUNNING && e->phase == PHASE_RUNNING;
}

/* Weigh the hypotheses by what the exchange says of each. */
static void weigh_exchange(struct estimator *e, const struct trial *t)
{
	const struct cloud_moments *m = &e->cloud.moments;
	struct edges x = edges_of(e, t);
	struct evidence seen;
	double half = (x.up - x.dn) / 2;

	if (half > 0 && m->cov[0][0] > half * half) {
		cloud_redraw(&e->cloud, x);
	}
	/* No floor is above half a round trip: that is certain, whatever the offset. */
	cloud_cap_floors(&e->cloud, half, delay_scale(&e->shape) / (e->n < 200 ? e->n + 1 : 200));
	if (e->n < SHAPE_SAMPLES) { /* earlier samples were weighed by a worse shape */
		cloud_widen(&e->cloud, 1.0 / e->n);
	}
	lesson_begin(&e->lesson, e->at_ns, m);
	cloud_weigh(&e->cloud, &e->shape, x, e->n, &seen);
	cloud_measure(&e->cloud);
	if (seen.inside >= INSIDE_MIN) {
		lesson_end(&e->lesson, m);
		e->n_outliers -= e->n_outliers > 0;
		delay_learn(&e->shape, seen.hat, seen.mean, e->n - e->shape_from);
	} else {
		e->n_outliers += OUTLIER_UP;
		if (e->n_outliers >= OUTLIERS_MAX) {
			e->n_outliers = OUTLIERS_MAX - 1;
			cloud_unsettle(&e->cloud);
		}
	}
	if (seen.effective < CLOUD_SIZE / 2.0) {
		cloud_resample(&e->cloud, e->n < START_SAMPLES ? KERNEL_START : KERNEL);
	}
}

/* Stamps of another quality have another floor and another shape; the clocks are the same. */
static void change_quality(struct estimator *e, const struct trial *t)
{
	double half = (double)t->trip / 2;

	half = half > 1 ? half : 1;
	e->quality = t->quality;
	e->n_worse = e->n_outliers = 0;
	route_forget(&e->route);
	trip_forget(&e->trip, t->trip);
	e->shape_from = e->n;
	delay_init(&e->shape, half / 3, NULL, 0);
	if (e->phase == PHASE_STARTING) {
		start_again(&e->start, e->at_ns, &e->cloud.moments);
	} else {
		phase_enter(&e->phase, PHASE_RUNNING);
		cloud_forget_floors(&e->cloud, half);
	}
}

/* False: leave this one out.  A few stamps of lower quality among better ones are not worth a
 * change. */
static bool accept_quality(struct estimator *e, const struct trial *t)
{
	e->n_worse = t->quality < e->quality ? e->n_worse + 1 : 0;
	if (t->quality < e->quality && e->n_worse < WORSE_MAX) {
		return false;
	}
	if (t->quality != e->quality) {
		change_quality(e, t);
	}
	return true;
}

/* An exchange tells more of the offset than all that was learnt before, but the rate is known: that
 * is the prior of a new start from it. */
static void prime_from(struct estimator *e, const struct trial *t)
{
	const struct cloud_moments *m = &e->cloud.moments;
	const struct estimate known = {.at.ns = t->at,
				       .offset_ns = t->dn + (t->up - t->dn) / 2,
				       .sd_ns = (double)(t->up - t->dn) / 4,
				       .rate = m->mean[1] * 1e-9,
				       .rate_sd = 3e-9 * __builtin_sqrt(m->cov[1][1]) + 1e-8};

	start_prime(&e->start, &known);
}

/* A path far shorter than any before tells more of the offset than all that was learnt on the
 * longer one, whose asymmetry nobody could see: begin anew from it.  A smaller change is
 * route_watch()'s: there the offset is held. */
static void take_better_path(struct estimator *e, const struct trial *t)
{
	/* While floors are still being found, only a great leap counts. */
	double leap = delay_scale(&e->shape) * (e->n > FLOORS_FOUND ? 1 : 4);

	if (trip_watch(&e->trip, t->trip, leap)) {
		prime_from(e, t);
		phase_enter(&e->phase, PHASE_NONE);
	}
}

/* Some exchanges in a row leave no room for what is believed, each alone: the rate has jumped, and
 * what follows would be taken for a path that changes.  One alone may have a stamp in error. */
static bool is_refuted(struct estimator *e, const struct trial *t)
{
	const struct cloud_moments *m = &e->cloud.moments;
	int64_t soft = ns_add(e->base_ns, ns_from_double(m->mean[0]));
	int64_t unsure = STAMP_GRAIN_NS + ns_from_double(REFUTED_SD * __builtin_sqrt(m->cov[0][0]));
	bool now = ns_add(soft, unsure) < t->dn || ns_sub(soft, unsure) > t->up;

	e->n_refuting = now ? e->n_refuting + 1 : 0;
	return e->n_refuting >= REFUTED_MIN;
}

/* The first exchange.  @keeps_early: few packets are known to be fast, and this is one of them. */
static void begin_anew(struct estimator *e, const struct trial *t, bool keeps_early)
{
	phase_enter(&e->phase, PHASE_STARTING);
	e->n = 0;
	e->base_ns = t->dn + (t->up - t->dn) / 2;
	e->at_ns = t->at;
	e->interval_s = 0;
	e->shape_from = 0;
	e->n_outliers = e->n_worse = e->n_refuting = 0;
	e->quality = t->quality;
	route_begin(&e->route);
	trip_begin(&e->trip, t->trip);
	hint_clear(&e->hint);
	start_begin(&e->start, t->at, e->base_ns, (double)(t->up - t->dn) / 2, keeps_early);
	(void)start_push(&e->start, t->at, edges_of(e, t), drift_max(e), &e->shape, &e->cloud);
}

/* Any other one. */
static void take_next(struct estimator *e, const struct trial *t)
{
	double dt_s = (double)ns_sub(t->at, e->at_ns) * 1e-9;

	e->interval_s += (dt_s - e->interval_s) / (e->n < 30 ? e->n : 30);
	if (e->phase == PHASE_STARTING) {
		if (start_push(&e->start, t->at, edges_of(e, t), drift_max(e), &e->shape,
			       &e->cloud)) {
			e->at_ns = t->at;
			return;
		}
		start_end(&e->start, drift_max(e), &e->shape);
		phase_enter(&e->phase, PHASE_RUNNING);
	}
	predict_cloud(e, t->at);
	if (is_refuted(e, t)) {
		phase_enter(&e->phase, PHASE_NONE);
		start_forget(&e->start);
		begin_anew(e, t, false);
	} else if (follow_route(e, t)) {
		weigh_exchange(e, t);
	} else if (e->phase == PHASE_NONE) {
		prime_from(e, t);
		begin_anew(e, t, true);
	}
}

/* Subtract the stamps.  A peer's are any numbers at all. */
static enum sample_verdict subtract_stamps(const struct estimator *e, const struct exchange *x,
					   struct trial *ret)
{
	int64_t out, back, whole, inside;

	if (__builtin_sub_overflow(x->dst.ns, x->org.ns, &whole) ||
	    __builtin_sub_overflow(x->xmt.ns, x->rec.ns, &inside) ||
	    __builtin_sub_overflow(x->rec.ns, x->org.ns, &out) ||
	    __builtin_sub_overflow(x->xmt.ns, x->dst.ns, &back) || whole < 0 || inside < 0 ||
	    inside > ns_add(whole, ns_add(hard_drift_ns(drift_max(e), whole), STAMP_GRAIN_NS))) {
		return SAMPLE_ORDER;
	}
	if (whole - inside > e->config.delay_ns_max) {
		return SAMPLE_DELAY;
	}
	*ret = (struct trial){.at = x->org.ns + whole / 2,
			      .up = out,
			      .dn = back,
			      .trip = whole - inside,
			      .quality = x->quality};
	return e->phase != PHASE_NONE && ret->at <= e->at_ns ? SAMPLE_OLD : SAMPLE_OK;
}

enum sample_verdict estimator_push(struct estimator *e, const struct exchange *x)
{
	struct trial t;
	enum sample_verdict v = subtract_stamps(e, x, &t);

	assert((e->phase == PHASE_NONE) == (e->n == 0));
	if (v != SAMPLE_OK) {
		return v;
	}
	struct hard_interval now = hard_of(x, drift_max(e));

	e->lesson.valid = false;
	v = hard_push(&e->hard, &now, drift_max(e));
	if (v == SAMPLE_ODD) {
		return v;
	}
	if (v == SAMPLE_JUMP) {
		phase_enter(&e->phase, PHASE_NONE);
		start_forget(&e->start);
	} else if (e->phase != PHASE_NONE) {
		take_better_path(e, &t);
	}
	if (e->phase == PHASE_NONE) {
		begin_anew(e, &t, false);
	} else if (accept_quality(e, &t)) {
		take_next(e, &t);
	} else {
		return v;
	}
	e->n++;
	trip_add(&e->trip, t.trip);
	return v;
}

bool estimator_at(const struct estimator *e, raw_t at, struct estimate *ret)
{
	const struct cloud_moments *m = &e->cloud.moments;

	if (e->phase == PHASE_NONE) {
		return false;
	}
	double age_s = (double)ns_sub(at.ns, e->at_ns) * 1e-9, abs_s = age_s < 0 ? -age_s : age_s;
	double rate_var = m->cov[1][1] + m->wander_var * abs_s;
	double var = m->cov[0][0] + 2 * m->cov[0][1] * age_s + rate_var * age_s * age_s;
	struct hard_interval h = hard_at(&e->hard, at.ns, drift_max(e));
	double told_s = (double)ns_sub(at.ns, e->hint.told ? e->hint.at_ns : at.ns) * 1e-9;
	double rate = m->mean[1] + e->hint.shift[1];
	int64_t soft =
		ns_add(e->base_ns, ns_from_double(m->mean[0] + m->mean[1] * age_s +
						  e->hint.shift[0] + e->hint.shift[1] * told_s));

	*ret = (struct estimate){
		.at = at,
		.offset_ns = ns_clamp(soft, h.lo_ns, h.hi_ns),
		.rate = rate * 1e-9,
		.sd_ns = __builtin_sqrt(var > 0 ? var : 0),
		.rate_sd = __builtin_sqrt(rate_var) * 1e-9,
		.lo_ns = h.lo_ns,
		.hi_ns = h.hi_ns,
		.delay_ns = trip_least_ns(&e->trip),
		.jitter_ns = ns_from_double(delay_scale(&e->shape)),
		.wander = __builtin_sqrt(m->wander_var) * 1e-9,
		.n = e->n < ESTIMATOR_SAMPLES_MAX ? e->n : ESTIMATOR_SAMPLES_MAX,
	};
	return true;
}

unsigned estimator_count(const struct estimator *e)
{
	return e->n;
}

unsigned estimator_routes(const struct estimator *e)
{
	return e->route.n_changes;
}

bool estimator_doubts(const struct estimator *e)
{
	return e->phase == PHASE_DOUBTING || e->phase == PHASE_COASTING;
}

bool estimator_odd(const struct estimator *e)
{
	return e->hard.in_doubt[HARD_EARLY];
}

const struct lesson *estimator_lesson(const struct estimator *e)
{
	return &e->lesson;
}
