/* cloud.c - a particle filter of offset, rate, delay floor and oscillator wander.
 * See ARCHITECTURE.md, "Estimation", and estimator.c for the model.
 *
 * Bootstrap filter (Gordon, Salmond and Smith 1993) with systematic resampling and the shrinking
 * kernel of Liu and West 2001, which renews the particles without widening the cloud: the floor is
 * constant and the wander tiny, so that without it a few ancestors would soon be all that is left.
 * How much the oscillator wanders is itself part of each hypothesis (a ladder of LEVELS, a factor
 * of two apart, with rare steps), so that the data choose the filter's memory.  A few scouts are
 * always sent to any rung of the ladder but the highest: a cloud that has learnt how steady an
 * oscillator is would otherwise not believe it when the oscillator warms up, lag behind, and take
 * what it sees for delays.
 *
 * Deterministic: the generator's state lives in the cloud and starts from a constant.
 */
#include "core/estimate/cloud.h"

#include "berk/rng.h"
#include "core/estimate/delay.h"
#include "core/estimate/envelope.h"

#include <assert.h>

#define LEVELS	     16
#define START_LEVELS 8 /* up to 13 ppb, to begin with: a poorer oscillator climbs */
#define START_KERNEL 0.1
#define PRIOR_WRONG  1e-3
#define LEVEL_STEP   0.004 /* chance per sample of a step on the ladder */
#define SCOUTS	     0.01  /* share sent to any of the SCOUT_LEVELS at each resampling */
#define SCOUT_LEVELS 13

/* Wander of each level: ns/s per sqrt(s), that is ppb. */
static const double level[LEVELS] = {0.1,  0.2,	 0.4,	0.8,   1.6,   3.2,   6.4,    12.8,
				     25.6, 51.2, 102.4, 204.8, 409.6, 819.2, 1638.4, 3276.8};

/* Uniform in (0, 1). */
static inline double draw_uniform(struct cloud *c)
{
	return ((double)(rng_splitmix(&c->random) >> 11) + 0.5) / 9007199254740992.0;
}

/* Mean 0, variance 1: the sum of four uniforms, which is normal enough and ends at 3.46. */
static inline double draw_normal(struct cloud *c)
{
	uint64_t z = rng_splitmix(&c->random);
	uint64_t sum = (z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48);

	return ((double)sum - 131070) / 37837.2;
}

/* Exponential of mean 1, cut at 16: minus the logarithm of a uniform, which is the leading zeros
 * of random bits plus, within an octave, a straight line (error below 0.06). */
static inline double draw_exponential(struct cloud *c)
{
	uint64_t z = rng_splitmix(&c->random) | 1 << 9;
	int zeros = __builtin_clzll(z);
	double mantissa = (double)(z << zeros >> 11) / 9007199254740992.0 * 2; /* 1..2 */

	return (zeros + 2 - mantissa) * 0.6931471805599453;
}

static void reset_particles(struct cloud *c)
{
	c->random = 0x6265726b6c6f636b; /* any constant */
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->weight[k] = 1.0 / CLOUD_SIZE;
		c->wander[k] = (uint8_t)(k % START_LEVELS);
	}
}

void cloud_start(struct cloud *c, const struct envelope_posterior *v, double offset,
		 double offset_sd)
{
	double sum = 0, squares = 0, total = v->sum[ENVELOPE_GRID - 1];
	unsigned i = 0;

	reset_particles(c);
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		/* One draw from each 1 / CLOUD_SIZE of the probability. */
		double want = (k + draw_uniform(c)) / CLOUD_SIZE * total, part;

		while (i < ENVELOPE_GRID - 1 && v->sum[i] < want) {
			i++;
		}
		part = draw_uniform(c) - 0.5;
		unsigned j = part < 0 ? i - (i > 0) : i + (i < ENVELOPE_GRID - 1);
		double by = part < 0 ? -part : part;
		double up = v->up[i] + (v->up[j] - v->up[i]) * by;
		double dn = v->dn[i] + (v->dn[j] - v->dn[i]) * by;
		double give = v->give * (draw_exponential(c) + draw_exponential(c));
		double top = (up - dn) / 2;

		give = give < top ? give : top;
		c->floor[k] = top - give;
		c->offset[k] = (up + dn) / 2 + give * (2 * draw_uniform(c) - 1);
		c->rate[k] = v->from + (i + part) * v->step;
		if (offset_sd > 0) {
			double z = (c->offset[k] - offset) / offset_sd;

			c->weight[k] = envelope_decay(z * z / 2) + PRIOR_WRONG;
		}
		sum += c->weight[k];
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->weight[k] /= sum;
		squares += c->weight[k] * c->weight[k];
	}
	cloud_measure(c);
	if (squares * CLOUD_SIZE > 2) {
		cloud_resample(c, START_KERNEL);
		cloud_measure(c);
	}
}

void cloud_move(struct cloud *c, double dt_s, double shift_ns, double wander_min,
		double floor_step_ns)
{
	assert(dt_s > 0);

	double root = __builtin_sqrt(dt_s), step[LEVELS];
	uint64_t bits = 0;

	for (unsigned i = 0; i < LEVELS; i++) {
		step[i] = (level[i] < wander_min ? wander_min : level[i]) * root;
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		bits = k % 4 == 0 ? rng_splitmix(&c->random) : bits >> 16;
		if ((bits & 0xffff) < (unsigned)(LEVEL_STEP * 65536)) {
			if (bits & 1) {
				c->wander[k] =
					(uint8_t)(c->wander[k] + (c->wander[k] < LEVELS - 1));
			} else {
				c->wander[k] = (uint8_t)(c->wander[k] - (c->wander[k] > 0));
			}
		}
		double change = step[c->wander[k]] * draw_normal(c);
		c->offset[k] += (c->rate[k] + 0.5 * change) * dt_s - shift_ns;
		c->rate[k] += change;
		if (k % 8 ==
		    rng_splitmix(&c->random) % 8) { /* dearer than the rest: now and then, larger */
			c->floor[k] += floor_step_ns * 2.83 * draw_normal(c);
		}
	}
}

void cloud_redraw(struct cloud *c, struct edges e)
{
	const struct cloud_moments *m = &c->moments;
	double half = (e.up - e.dn) / 2, middle = (e.up + e.dn) / 2;
	double per_offset = m->cov[0][0] > 0 ? m->cov[0][1] / m->cov[0][0] : 0;

	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		double room = half - c->floor[k];
		double to = middle + (2 * draw_uniform(c) - 1) * (room > 0 ? room : 0);

		c->rate[k] += per_offset * (to - c->offset[k]);
		c->offset[k] = to;
	}
}

void cloud_weigh(struct cloud *c, const struct delay_shape *d, struct edges e, unsigned phase,
		 struct evidence *ret)
{
	double per_out = 1 / d->scale[0], per_back = 1 / d->scale[1];
	double sum = 0, squares = 0, seen = 0;

	*ret = (struct evidence){0};
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		double out = (e.up - c->offset[k] - c->floor[k]) * per_out;
		double back = (c->offset[k] - e.dn - c->floor[k]) * per_back;

		if (out >= 0 && back >= 0) {
			ret->inside += c->weight[k];
		}
		c->weight[k] *= delay_density(d, out) * delay_density(d, back);
		sum += c->weight[k];
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->weight[k] /= sum;
		squares += c->weight[k] * c->weight[k];
	}
	ret->effective = 1 / squares;
	/* The shape is learnt from every fourth particle: it changes slowly, and this is dear.
	 * Those that the sample contradicts say nothing of it: as delays of 0 they would make the
	 * floor look sharp, and so themselves likely. */
	for (unsigned k = phase % 4; k < CLOUD_SIZE; k += 4) {
		double u[2] = {(e.up - c->offset[k] - c->floor[k]) * per_out,
			       (c->offset[k] - e.dn - c->floor[k]) * per_back};

		if (u[0] < 0 || u[1] < 0) {
			continue;
		}
		seen += c->weight[k];
		for (unsigned way = 0; way < 2; way++) {
			double x = u[way];

			delay_count(ret->hat, x, c->weight[k]);
			ret->mean[way] += c->weight[k] * (x < 3 ? x : 3); /* a tail is no scale */
		}
	}
	for (unsigned i = 0; i < DELAY_NODES; i++) {
		ret->hat[i] = seen > 0 ? ret->hat[i] / seen : 0;
	}
	ret->mean[0] = seen > 0 ? ret->mean[0] / seen : 1;
	ret->mean[1] = seen > 0 ? ret->mean[1] / seen : 1;
}

void cloud_measure(struct cloud *c)
{
	struct cloud_moments m = {0};

	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		m.mean[0] += c->weight[k] * c->offset[k];
		m.mean[1] += c->weight[k] * c->rate[k];
		m.mean[2] += c->weight[k] * c->floor[k];
		m.wander_var += c->weight[k] * level[c->wander[k]] * level[c->wander[k]];
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		double w = c->weight[k], o = c->offset[k] - m.mean[0], r = c->rate[k] - m.mean[1];
		double f = c->floor[k] - m.mean[2];

		m.cov[0][0] += w * o * o;
		m.cov[0][1] += w * o * r;
		m.cov[0][2] += w * o * f;
		m.cov[1][1] += w * r * r;
		m.cov[1][2] += w * r * f;
		m.cov[2][2] += w * f * f;
	}
	c->moments = m;
}

/* Lower triangle of the Cholesky factor of the covariance; what is not positive counts as 0. */
static void factor_covariance(const struct cloud_moments *m, double l[3][3])
{
	for (unsigned j = 0; j < 3; j++) {
		double rest = m->cov[j][j];

		for (unsigned i = 0; i < j; i++) {
			rest -= l[j][i] * l[j][i];
		}
		l[j][j] = rest > 0 ? __builtin_sqrt(rest) : 0;
		for (unsigned k = j + 1; k < 3; k++) {
			double v = m->cov[j][k];

			for (unsigned i = 0; i < j; i++) {
				v -= l[j][i] * l[k][i];
			}
			l[k][j] = l[j][j] > 0 ? v / l[j][j] : 0;
		}
	}
}

/* Systematic resampling in place: particles that get no copy are overwritten by second copies. */
static void select_particles(struct cloud *c)
{
	uint16_t copies[CLOUD_SIZE];
	double sum = 0, start = draw_uniform(c);
	unsigned given = 0, hole = 0;

	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		sum += c->weight[k] * CLOUD_SIZE;
		unsigned upto = sum > start ? (unsigned)(sum - start) + 1 : 0;

		upto = upto > CLOUD_SIZE || k == CLOUD_SIZE - 1 ? CLOUD_SIZE : upto;
		copies[k] = (uint16_t)(upto - given);
		given = upto;
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		for (; copies[k] > 1; copies[k]--) {
			while (copies[hole] != 0) {
				hole++;
			}
			c->offset[hole] = c->offset[k];
			c->rate[hole] = c->rate[k];
			c->floor[hole] = c->floor[k];
			c->wander[hole] = c->wander[k];
			copies[hole] = 1;
		}
	}
}

void cloud_resample(struct cloud *c, double kernel)
{
	assert(kernel > 0 && kernel < 1);

	const struct cloud_moments *m = &c->moments;
	double keep = __builtin_sqrt(1 - kernel * kernel), l[3][3] = {{0}};

	select_particles(c);
	factor_covariance(m, l);
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		double a = kernel * draw_normal(c), b = kernel * draw_normal(c),
		       d = kernel * draw_normal(c);

		c->offset[k] = m->mean[0] + keep * (c->offset[k] - m->mean[0]) + l[0][0] * a;
		c->rate[k] =
			m->mean[1] + keep * (c->rate[k] - m->mean[1]) + l[1][0] * a + l[1][1] * b;
		c->floor[k] = m->mean[2] + keep * (c->floor[k] - m->mean[2]) + l[2][0] * a +
			      l[2][1] * b + l[2][2] * d;
		c->weight[k] = 1.0 / CLOUD_SIZE;
		if (draw_uniform(c) < SCOUTS) {
			c->wander[k] = (uint8_t)((rng_splitmix(&c->random) >> 32) % SCOUT_LEVELS);
		}
	}
}

void cloud_regress(struct cloud *c, const double shift[2], const double lost[3])
{
	struct cloud_moments *m = &c->moments;
	double p0 = m->cov[0][0], p1 = m->cov[0][1], p2 = m->cov[1][1];
	/* Lower triangles of P and of what is left of it; their quotient maps one on the other. */
	double a0 = __builtin_sqrt(p0), a1 = a0 > 0 ? p1 / a0 : 0;
	double a2 = p2 - a1 * a1 > 0 ? __builtin_sqrt(p2 - a1 * a1) : 0;
	double s0 = 1, s1 = 0, s2 = 1;
	double left0 = p0 - lost[0], left1 = p1 - lost[1], left2 = p2 - lost[2];

	if (a0 > 0 && a2 > 0 && left0 > p0 / 4 && left0 < p0 * 4) {
		double b0 = __builtin_sqrt(left0), b1 = left1 / b0, rest = left2 - b1 * b1;

		if (rest > a2 * a2 / 4 && rest < a2 * a2 * 4) {
			s0 = b0 / a0;
			s2 = __builtin_sqrt(rest) / a2;
			s1 = (b1 - s2 * a1) / a0;
		}
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		double o = c->offset[k] - m->mean[0], r = c->rate[k] - m->mean[1];

		c->offset[k] = m->mean[0] + shift[0] + s0 * o;
		c->rate[k] = m->mean[1] + shift[1] + s1 * o + s2 * r;
	}
	m->mean[0] += shift[0];
	m->mean[1] += shift[1];
	m->cov[0][0] = s0 * s0 * p0;
	m->cov[0][1] = s0 * (s1 * p0 + s2 * p1);
	m->cov[1][1] = s1 * s1 * p0 + 2 * s1 * s2 * p1 + s2 * s2 * p2;
	m->cov[1][2] = s1 * m->cov[0][2] + s2 * m->cov[1][2];
	m->cov[0][2] *= s0;
}

void cloud_widen(struct cloud *c, double by)
{
	assert(by > 0);

	struct cloud_moments *m = &c->moments;

	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->offset[k] += by * (c->offset[k] - m->mean[0]);
		c->rate[k] += by * (c->rate[k] - m->mean[1]);
		c->floor[k] += by * (c->floor[k] - m->mean[2]);
	}
	for (unsigned i = 0; i < 9; i++) {
		m->cov[i / 3][i % 3] *= (1 + by) * (1 + by);
	}
}

void cloud_unsettle(struct cloud *c)
{
	cloud_widen(c, 1);
	for (unsigned k = 0; k < CLOUD_SIZE; k += 4) {
		c->wander[k] = (uint8_t)(c->wander[k] + (c->wander[k] < LEVELS - 1));
	}
	cloud_measure(c);
}

void cloud_shift_floors(struct cloud *c, double by_ns, double spread_ns)
{
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->floor[k] += by_ns - spread_ns * draw_exponential(c);
	}
}

void cloud_cap_floors(struct cloud *c, double top_ns, double spread_ns)
{
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		if (c->floor[k] > top_ns) {
			c->floor[k] = top_ns - spread_ns * draw_exponential(c);
		}
	}
}

void cloud_forget_floors(struct cloud *c, double top_ns)
{
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		c->floor[k] = top_ns * draw_uniform(c);
	}
}
