/* clock.c - see clock.h. */
#include "tests/world/clock.h"

#include <math.h>

#define SCALED_PPM (1e-6 / 65536)     /* grain of timex's frequency */
#define STEER_MAX  (0.1 + 500 * 1e-6) /* ADJ_TICK 10 %, ADJ_FREQUENCY 500 ppm */

double rng_exp(struct rng *r)
{
	return -log(1 - rng_unit(r));
}

double rng_gauss(struct rng *r)
{
	double radius = sqrt(2 * rng_exp(r));

	return radius * cos(6.283185307179586 * rng_unit(r));
}

void host_clock_init(struct host_clock *c, int64_t now, int64_t raw_ns, int64_t wall_ns,
		     double freq)
{
	*c = (struct host_clock){
		.since = now, .freq = freq, .limit = 1, .raw = raw_ns, .wall = wall_ns};
}

/* What a clock gains on true time per second. */
static double raw_gain(const struct host_clock *c)
{
	return c->asleep ? -1 : c->freq;
}

/* Asleep, WALL and BOOTTIME go on by the hardware clock. */
static double steered_gain(const struct host_clock *c)
{
	return c->asleep ? c->freq : c->freq + c->steer + c->freq * c->steer;
}

/* A node whose configuration knows no latest time may step to the last there is. */
static int64_t clock_reading(int64_t origin, double frac, double gain, int64_t gone)
{
	return ns_add(ns_add(origin, gone), (int64_t)floor((double)gone * gain + frac));
}

raw_t host_clock_raw(const struct host_clock *c, int64_t now)
{
	return (raw_t){clock_reading(c->raw, c->raw_frac, raw_gain(c), now - c->since)};
}

wall_t host_clock_wall(const struct host_clock *c, int64_t now)
{
	return (wall_t){clock_reading(c->wall, c->wall_frac, steered_gain(c), now - c->since)};
}

mono_t host_clock_boot(const struct host_clock *c, int64_t now)
{
	return (mono_t){clock_reading(c->boot, c->boot_frac, steered_gain(c), now - c->since)};
}

int64_t host_clock_when(const struct host_clock *c, int64_t now, mono_t at)
{
	int64_t left = at.ns - host_clock_boot(c, now).ns;

	if (left <= 0) {
		return now;
	}
	int64_t when = now + (int64_t)((double)left / (1 + steered_gain(c)));

	while (host_clock_boot(c, when).ns < at.ns) {
		when++;
	}
	return when;
}

static void move_origin(int64_t *origin, double *frac, double gain, int64_t gone)
{
	double gained = (double)gone * gain + *frac;

	*origin = ns_add(*origin, ns_add(gone, (int64_t)floor(gained)));
	*frac = gained - floor(gained);
}

/* Move the origin of all lines to @now. */
static void rebase_all(struct host_clock *c, int64_t now)
{
	int64_t gone = now - c->since;

	move_origin(&c->raw, &c->raw_frac, raw_gain(c), gone);
	move_origin(&c->wall, &c->wall_frac, steered_gain(c), gone);
	move_origin(&c->boot, &c->boot_frac, steered_gain(c), gone);
	c->since = now;
}

void host_clock_second(struct host_clock *c, int64_t now, struct rng *rng)
{
	rebase_all(c, now);
	c->freq += c->wander * rng_gauss(rng);
	if (c->freq > c->limit) {
		c->freq = 2 * c->limit - c->freq;
	} else if (c->freq < -c->limit) {
		c->freq = -2 * c->limit - c->freq;
	}
}

void host_clock_freq(struct host_clock *c, int64_t now, int64_t freq_ppb)
{
	if (c->deaf) {
		return;
	}
	rebase_all(c, now);
	c->steer = rint((double)freq_ppb * 1e-9 / SCALED_PPM) * SCALED_PPM;
	c->steer = fmin(fmax(c->steer, -STEER_MAX), STEER_MAX);
}

void host_clock_step(struct host_clock *c, int64_t now, int64_t step_ns)
{
	if (c->deaf) {
		return;
	}
	rebase_all(c, now);
	c->wall = ns_add(c->wall, step_ns);
}

void host_clock_move(struct host_clock *c, int64_t now, int64_t jump_ns, double freq)
{
	rebase_all(c, now);
	c->freq = freq;
	c->raw = ns_add(c->raw, jump_ns);
	c->wall = ns_add(c->wall, jump_ns);
	c->boot = ns_add(c->boot, jump_ns);
}

void host_clock_sleep(struct host_clock *c, int64_t now)
{
	rebase_all(c, now);
	c->asleep = true;
}

void host_clock_wake(struct host_clock *c, int64_t now)
{
	rebase_all(c, now);
	c->asleep = false;
}
