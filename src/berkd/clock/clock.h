/* clock.h - the clock that a daemon steers, behind one table: kernel, virtual, observe. */
#pragma once

#include "berk/reason.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct config;
struct clock;

/* Each function returns 0 or negative errno, if nothing else is said. */
struct clock_ops {
	const char *name;
	int64_t freq_ppb_max; /* of adj_freq */
	/* Both clocks at one instant: the tightest of a few bracketed readings.  @ret_width_ns:
	 * half the width of its bracket. */
	int (*read)(struct clock *, struct clock_pair *ret, int64_t *ret_width_ns);
	/* A kernel time stamp (host CLOCK_REALTIME, ns) that was taken shortly before now, as an
	 * instant of this clock's RAW. */
	int (*stamp_to_raw)(struct clock *, int64_t stamp_ns, raw_t *ret);
	/* Let WALL run faster than RAW by so much, from now on.  NULL: it is never set, as step. */
	int (*adj_freq)(struct clock *, int64_t freq_ppb);
	/* Set WALL forward by so much; the frequency stays. */
	int (*step)(struct clock *, int64_t step_ns);
	/* Tell the kernel how good WALL is.  NULL: that is not ours to say. */
	int (*set_status)(struct clock *, const struct wall_status *);
	/* Compare what is in force with what we set; @ret_value: what was read.  Both results are
	 * left alone when there is nothing to tell.  Call before anything is set: that hides it.
	 * NULL: no other hand can reach it. */
	int (*check)(struct clock *, enum clock_touched *ret, int64_t *ret_value);
	/* The leap second that the kernel will make at the end of the UTC day.  NULL: none, for we
	 * let it make none. */
	enum leap (*leap)(struct clock *);
	/* The frequency in force now. */
	int64_t (*freq_ppb)(const struct clock *);
	void (*free)(struct clock *);
};

struct clock {
	const struct clock_ops *ops;
};

/* What a driver leaves out is refused, or there is nothing to do.  Call these rather than the
 * table. */
static inline int clock_adj_freq(struct clock *c, int64_t freq_ppb)
{
	return c->ops->adj_freq ? c->ops->adj_freq(c, freq_ppb) : -EPERM;
}

static inline int clock_step_wall(struct clock *c, int64_t step_ns)
{
	return c->ops->step ? c->ops->step(c, step_ns) : -EPERM;
}

static inline int clock_set_status(struct clock *c, const struct wall_status *s)
{
	return c->ops->set_status ? c->ops->set_status(c, s) : 0;
}

static inline int clock_check(struct clock *c, enum clock_touched *ret, int64_t *ret_value)
{
	return c->ops->check ? c->ops->check(c, ret, ret_value) : 0;
}

static inline enum leap clock_leap(struct clock *c)
{
	return c->ops->leap ? c->ops->leap(c) : LEAP_NONE;
}

/* What the kernel of the host says, without setting anything; LEAP_NONE where it may not be
 * asked.  Call for a clock that somebody else steers. */
enum leap kernel_leap(void);

/* One clock of each kind.  0 or negative errno.  Call one of them, once, at start.
 * The host's own, steered.  -EPERM without CAP_SYS_TIME. */
int clock_kernel_new(const struct config *, struct clock **ret);
/* One beside the host's, steered, for demonstrations and tests. */
int clock_virtual_new(const struct config *, struct clock **ret);
/* The host's own, never set. */
int clock_observe_new(const struct config *, struct clock **ret);

/* What the virtual clock publishes in the file that [virtual] truth names (mmap, MAP_SHARED), for
 * the test harness.  At the instant h of the host's CLOCK_MONOTONIC_RAW its WALL is
 *
 *	wall_ns + (h - host_raw_ns) * wall_rate
 *
 * from host_raw_ns until the next update.  seq is odd while it is being written (a seqlock). */
#define VIRTUAL_TRUTH_MAGIC UINT64_C(0x6265726b74727574)
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
