/* group.h - hosts on one bridge, their clocks apart, and a record of how far apart they are. */
#pragma once

#include "berk/time.h"
#include "netns/lib/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROUP_MAX	  8
#define GROUP_SAMPLE_S	  0.1
#define GROUP_SAMPLES_MAX 8192 /* 13 minutes */

/* Where each clock truly stood at one instant. */
struct group_sample {
	double at_s;		      /* since group_init() */
	int64_t offset_ns[GROUP_MAX]; /* WALL - the machine's raw time, same origin for all */
	bool known[GROUP_MAX];
	uint64_t n_steps[GROUP_MAX]; /* that it has ever made */
	unsigned steered;	     /* bit mask: known, and its daemon runs */
};

struct group {
	struct netns hub; /* the test's own namespace: holds the bridge */
	struct host host[GROUP_MAX];
	unsigned n;
	int64_t origin_ns; /* raw */
	int64_t real_ns;   /* CLOCK_REALTIME then */
	struct group_sample *sample;
	size_t n_samples;
	unsigned n_jumps; /* times a clock was stepped, or moved faster or slower than any slew */
};

/* @n hosts, connected, not started: clocks within +-0.5 s, oscillators within +-50 ppm with a
 * wander of 1e-9 per second; host 1 first, no two alike. Hosts from GROUP_MAX on cannot be. */
void group_init(struct group *, unsigned n);
void group_fini(struct group *);
void group_start(struct group *); /* all hosts */

/* Let time pass, with a sample each GROUP_SAMPLE_S. */
void group_run(struct group *, double seconds);
/* ...until @done, asked every half second; false: not within @seconds. */
bool group_until(struct group *, double seconds, bool (*done)(struct group *, void *), void *arg);
/* One more sample now; it stays valid until the next one. */
const struct group_sample *group_sample_now(struct group *);

/* Hosts are chosen by a bit mask: bit i is host[i]. */
#define GROUP_ALL 0xffU
unsigned group_mask(const struct group *, unsigned without);
/* How far apart the clocks in @mask were before any daemon ran. */
int64_t group_initial_spread(const struct group *, unsigned mask);
/* max - min over the hosts in @mask; INT64_MAX when one of them is not known. */
int64_t group_pair_error(const struct group *, const struct group_sample *, unsigned mask);
/* The @p quantile (0..1) of that over samples [from, n_samples). */
int64_t group_quantile(const struct group *, size_t from, double p, unsigned mask);
/* Seconds from @from until the pair error stays below @limit_ns to the end of the record; negative:
 * it does not. */
double group_below(const struct group *, size_t from, int64_t limit_ns, unsigned mask);

/* For figures that are printed. */
static inline double us_of(int64_t ns)
{
	return (double)ns / (double)NS_PER_US;
}
