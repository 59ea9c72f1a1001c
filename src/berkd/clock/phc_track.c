/* phc_track.c - the line from PHC to RAW.
 *
 * Others may steer the PHC (ptp4l) or set it (phc_ctl), and nobody tells us.  So the line is short,
 * a reading off it starts a new one, and a stamp counts only when it lies after the first reading
 * of the line.
 */
#include "berkd/clock/phc_track.h"

#include <errno.h>
#include <string.h>

#define INTERVAL_NS	  NS_PER_S
#define INTERVAL_FIRST_NS (20 * NS_PER_MS)
#define FIRST_READINGS	  4
#define WINDOW_NS	  (20 * NS_PER_S) /* a steered PHC's rate is not the same for longer */
#define AGE_NS_MAX	  (10 * NS_PER_S)
#define RATE_MAX	  5e-4	 /* oscillator and steering of a PHC whose rate is not known yet */
#define STEERING	  2e-6	 /* change of rate that is not taken for a jump */
#define JUMP_NS		  1000.0 /* beside the brackets, so that grain is no jump */

static const struct phc_reading *find_newest(const struct phc_track *t)
{
	return &t->reading[t->n - 1];
}

/* What the line may be wrong by, that far (ns) from the newest reading. */
static double line_error(const struct phc_track *t, double distance)
{
	double rate_error = RATE_MAX;

	if (t->n > 1) {
		const struct phc_reading *a = &t->reading[0], *b = find_newest(t);
		double ends = (double)(a->error_ns + b->error_ns);

		rate_error = ends / (double)raw_sub(b->raw, a->raw) + STEERING;
		rate_error = rate_error < RATE_MAX ? rate_error : RATE_MAX;
	}
	return (double)find_newest(t)->error_ns +
	       (distance < 0 ? -distance : distance) * rate_error;
}

static raw_t line_raw(const struct phc_track *t, int64_t phc_ns)
{
	int64_t since = ns_sub(phc_ns, t->phc_ns);

	return raw_add(t->raw, ns_add(since, ns_from_double((double)since * t->rate)));
}

/* Weighted least squares; a wide bracket counts for little. */
static void fit_line(struct phc_track *t)
{
	const struct phc_reading *base = find_newest(t);
	double sum = 0, x_mean = 0, y_mean = 0, xx = 0, xy = 0;

	/* x: PHC since the newest reading; y: by how much RAW has gone further. */
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < t->n; i++) {
			const struct phc_reading *r = &t->reading[i];
			double e = (double)r->error_ns + 1, w = 1 / (e * e);
			int64_t since = ns_sub(r->phc_ns, base->phc_ns);
			double x = (double)since;
			double y = (double)ns_sub(raw_sub(r->raw, base->raw), since);

			if (pass == 0) {
				sum += w;
				x_mean += w * x;
				y_mean += w * y;
			} else {
				xx += w * (x - x_mean) * (x - x_mean);
				xy += w * (x - x_mean) * (y - y_mean);
			}
		}
		if (pass == 0) {
			x_mean /= sum;
			y_mean /= sum;
		}
	}
	t->rate = xx > 0 ? xy / xx : 0;
	t->phc_ns = base->phc_ns;
	t->raw = raw_add(base->raw, ns_from_double(y_mean - t->rate * x_mean));
}

static bool is_on_line(const struct phc_track *t, const struct phc_reading *r)
{
	int64_t off = raw_sub(line_raw(t, r->phc_ns), r->raw);
	double elapsed = (double)raw_sub(r->raw, find_newest(t)->raw);

	return (double)ns_abs(off) <= line_error(t, elapsed) + (double)r->error_ns + JUMP_NS;
}

bool phc_track_due(const struct phc_track *t, raw_t now)
{
	int64_t every = t->n < FIRST_READINGS ? INTERVAL_FIRST_NS : INTERVAL_NS;

	return t->n == 0 || raw_sub(now, find_newest(t)->raw) >= every;
}

int phc_track_add(struct phc_track *t, const struct phc_reading *r)
{
	bool jumped = false;
	unsigned old = 0;

	if (r->error_ns < 0 || r->error_ns > PHC_ERROR_NS_MAX) {
		return -ERANGE;
	}
	if (t->n > 0 && raw_sub(r->raw, find_newest(t)->raw) <= 0) {
		return -EINVAL;
	}
	if (t->n > 0 && !is_on_line(t, r)) {
		jumped = true;
		t->n = 0;
	}
	while (old < t->n &&
	       (raw_sub(r->raw, t->reading[old].raw) > WINDOW_NS || t->n - old == PHC_READINGS)) {
		old++;
	}
	t->n -= old;
	memmove(t->reading, t->reading + old, t->n * sizeof(t->reading[0]));
	t->reading[t->n++] = *r;
	fit_line(t);
	return jumped;
}

int phc_track_to_raw(const struct phc_track *t, int64_t phc_ns, raw_t *ret, int64_t *ret_error_ns)
{
	if (t->n == 0) {
		return -EAGAIN;
	}
	int64_t after = ns_sub(phc_ns, find_newest(t)->phc_ns);

	if (phc_ns < t->reading[0].phc_ns || after > AGE_NS_MAX) {
		return -ESTALE;
	}
	int64_t error = ns_from_double(line_error(t, (double)after));

	if (error > PHC_ERROR_NS_MAX) {
		return -ERANGE;
	}
	*ret = line_raw(t, phc_ns);
	*ret_error_ns = error;
	return 0;
}
