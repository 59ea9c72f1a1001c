/* clock.h - the clocks of one simulated host: a free oscillator and what is steered on top of it.
 *
 * True time is int64_t ns.  The oscillator's frequency changes at whole seconds only and steering
 * at the host's events, so each clock is a straight line in between: exact, to a fraction of a ns.
 */
#pragma once

#include "berk/rng.h"
#include "berk/time.h"

#include <stdbool.h>

struct host_clock {
	int64_t since; /* true ns: origin of the lines */
	double freq;   /* of the oscillator against true time, now */
	double wander; /* its step per second, s/s */
	double limit;  /* the walk is reflected here */
	double steer;  /* of WALL and BOOTTIME against RAW, on the grain of timex */
	int64_t raw, wall, boot;
	double raw_frac, wall_frac, boot_frac; /* 0 <= frac < 1 */
	bool deaf;			       /* takes no command (a liar, or a broken driver) */
	bool asleep;			       /* suspended: RAW stands still */
};

void host_clock_init(struct host_clock *, int64_t now, int64_t raw_ns, int64_t wall_ns,
		     double freq);
/* A whole second of true time: the oscillator takes a step of its walk. */
void host_clock_second(struct host_clock *, int64_t now, struct rng *);
raw_t host_clock_raw(const struct host_clock *, int64_t now);
wall_t host_clock_wall(const struct host_clock *, int64_t now);
mono_t host_clock_boot(const struct host_clock *, int64_t now);
/* The first true instant, not before @now, at which BOOTTIME reads @at if nothing changes. */
int64_t host_clock_when(const struct host_clock *, int64_t now, mono_t at);
/* adjtimex: quantised to 2^-16 ppm, held at the kernel's limit (tick 10 %, frequency 500 ppm). */
void host_clock_freq(struct host_clock *, int64_t now, int64_t freq_ppb);
void host_clock_step(struct host_clock *, int64_t now, int64_t step_ns);
/* To another machine: all its clocks jump, and have another oscillator. */
void host_clock_move(struct host_clock *, int64_t now, int64_t jump_ns, double freq);
void host_clock_sleep(struct host_clock *, int64_t now);
void host_clock_wake(struct host_clock *, int64_t now);

/* Exponential of mean 1; normal of sigma 1. */
double rng_exp(struct rng *);
double rng_gauss(struct rng *);
