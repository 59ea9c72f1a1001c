/* clock.h - the clock a daemon steers, behind one table: kernel, virtual, observe. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

struct config;
struct clock;

/* What another hand has set. */
enum clock_touched {
	CLOCK_UNTOUCHED,
	CLOCK_TOUCHED_FREQ,   /* ppb */
	CLOCK_TOUCHED_STATUS, /* the bits */
	CLOCK_TOUCHED_OFFSET, /* ns that the PLL was to work off */
};

struct clock_ops {
	const char *name;
	/* Both clocks at one instant: the tightest of a few bracketed readings; @ret_width_ns: half
	 * its width. */
	int (*read)(struct clock *, struct clock_pair *ret, int64_t *ret_width_ns);
	/* A kernel time stamp (host CLOCK_REALTIME, ns) taken shortly before now, as an instant of
	 * this clock's RAW. */
	int (*stamp_to_raw)(struct clock *, int64_t stamp_ns, raw_t *ret);
	int (*adj_freq)(struct clock *, int64_t freq_ppb); /* ADJ_TICK + ADJ_FREQUENCY, PLL off */
	int (*step)(struct clock *, int64_t step_ns);	   /* ADJ_SETOFFSET */
	int (*set_status)(struct clock *, bool synced, int64_t est_error_ns, int64_t max_error_ns);
	/* Compare timex with what we set; @ret_value: what was read.  0 or negative errno; both
	 * results are left alone when there is nothing to tell. */
	int (*check)(struct clock *, enum clock_touched *ret, int64_t *ret_value);
	int64_t (*freq_ppb)(const struct clock *); /* in force now */
	int64_t freq_ppb_max;
	void (*free)(struct clock *);
};
struct clock {
	const struct clock_ops *ops;
};
int clock_kernel_new(const struct config *, struct clock **ret);
int clock_virtual_new(const struct config *, struct clock **ret);
int clock_observe_new(const struct config *, struct clock **ret);

/* What clock_virtual publishes in [virtual] truth = FILE (mmap, MAP_SHARED), for the test harness:
 * the WALL of this virtual clock at host CLOCK_MONOTONIC_RAW instant h is wall_ns + (h -
 * host_raw_ns) * wall_rate     (valid from host_raw_ns until the next update) seq is odd while it
 * is being written (seqlock). */
struct virtual_truth {
	uint64_t magic; /* VIRTUAL_TRUTH_MAGIC */
	uint64_t seq;
	int64_t host_raw_ns;
	int64_t wall_ns;
	double wall_rate; /* WALL ns per host RAW ns */
	int64_t raw_ns;	  /* the virtual RAW at host_raw_ns */
	double raw_rate;
	uint64_t n_steps;
	int64_t freq_ppb;
};
#define VIRTUAL_TRUTH_MAGIC UINT64_C(0x6265726b74727574)
