/* kernel.c - the host's own clock, steered by frequency alone.
 *
 * The kernel's PLL is put out of action once: it would go on bending the frequency by what is left
 * of another daemon's offset.  From then on WALL runs at (1 + freq) against RAW and nothing else.
 */
#include "berkd/clock/clock.h"
#include "berkd/clock/setter.h"
#include "berkd/clock/timescale.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

/* Status bits that must be off: each lets something other than our frequency move the clock. */
#define STATUS_HANDS_OFF                                                                           \
	(STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME | STA_INS | STA_DEL | STA_FREQHOLD)
#define US_CEIL(ns)  ((ns) / NS_PER_US + ((ns) % NS_PER_US != 0))
/* timex holds errors in us as long; the kernel gives up on a clock (STA_UNSYNC) at 16 s. */
#define ERROR_US_MAX 16000000
#define MAXERROR_PPB 500000 /* what the kernel lets maxerror grow by */

struct clock_kernel {
	struct clock clock;
	struct rate_history history;
	struct timex_freq set; /* as the kernel read it back */
	bool in_doubt;	       /* whether @asked was set: there was no answer */
	struct timex_freq asked;
	bool synced;
};

static struct clock_kernel *kernel_of(struct clock *c)
{
	return (struct clock_kernel *)c;
}

static int timex_call(struct timex *tx)
{
	int state = setter_adjtime(tx);

	return state < 0 ? state : 0;
}

/* Nobody vouches for the clock from here on: first of all the kernel does not.  No slew left
 * over, no PLL, no pending leap second, nanosecond units.  The kernel forgets STA_NANO when the
 * PLL goes off, hence ADJ_NANO each time; ADJ_OFFSET is heard only while the PLL is on. */
static int kernel_quiesce(void)
{
	struct timex steps[] = {
		{.modes = ADJ_STATUS | ADJ_OFFSET | ADJ_NANO | ADJ_MAXERROR | ADJ_ESTERROR,
		 .status = STA_PLL | STA_UNSYNC,
		 .offset = 0,
		 .maxerror = ERROR_US_MAX,
		 .esterror = ERROR_US_MAX},
		{.modes = ADJ_OFFSET_SINGLESHOT, .offset = 0},
		{.modes = ADJ_STATUS | ADJ_NANO, .status = STA_UNSYNC},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int r = timex_call(&steps[i]);

		if (r < 0) {
			return r;
		}
	}
	return 0;
}

static int kernel_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	(void)c;
	host_clock_pair(ret, ret_width_ns);
	return 0;
}

static int kernel_stamp_to_raw(struct clock *c, int64_t stamp_ns, raw_t *ret)
{
	struct clock_pair now;
	int64_t width;

	host_clock_pair(&now, &width);
	return rate_history_to_raw(&kernel_of(c)->history, now, (wall_t){stamp_ns}, ret);
}

static void put_in_force(struct clock_kernel *k, struct timex_freq f)
{
	k->set = f;
	rate_history_set(&k->history, timex_freq_rate(f),
			 (raw_t){host_clock_ns(CLOCK_MONOTONIC_RAW)});
}

static bool is_same_freq(struct timex_freq a, struct timex_freq b)
{
	return a.tick == b.tick && a.freq == b.freq;
}

static int kernel_adj_freq(struct clock *c, int64_t freq_ppb)
{
	struct clock_kernel *k = kernel_of(c);

	if (ns_abs(freq_ppb) > CLOCK_FREQ_PPB_MAX) {
		return -ERANGE;
	}
	struct timex_freq want = timex_freq_from_ppb(freq_ppb);
	struct timex tx = {.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = want.tick, .freq = want.freq};
	int r = timex_call(&tx);

	k->in_doubt = r < 0;
	k->asked = want;
	if (r < 0) {
		return r;
	}
	put_in_force(k, (struct timex_freq){.tick = tx.tick, .freq = tx.freq});
	return 0;
}

static int kernel_step(struct clock *c, int64_t step_ns)
{
	struct timespec offset = timex_offset(step_ns);
	struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO,
			   .time = {.tv_sec = offset.tv_sec, .tv_usec = offset.tv_nsec}};
	int r = timex_call(&tx);

	if (r < 0) {
		return r;
	}
	rate_history_stepped(&kernel_of(c)->history, (raw_t){host_clock_ns(CLOCK_MONOTONIC_RAW)});
	return 0;
}

/* What maxerror must begin with, to be true until a newer one comes: the kernel adds 500 us at
 * the end of each second of WALL, so it is up to a second late, and too slow for an E that grows
 * faster. */
static int64_t maxerror_ns(const struct wall_status *s)
{
	int64_t excess_ppb = ns_max(0, s->growth_ppb - MAXERROR_PPB);
	int64_t late_ns = s->growth_ppb; /* of one second */
	double short_ns = (double)excess_ppb * 1e-9 * (double)s->holds_ns;

	return ns_add(ns_add(s->max_error_ns, late_ns), ns_from_double(short_ns));
}

static int kernel_set_status(struct clock *c, const struct wall_status *s)
{
	int64_t max_ns = maxerror_ns(s);
	int64_t max_us = ns_min(US_CEIL(max_ns), ERROR_US_MAX);
	int64_t est_us = ns_min(US_CEIL(s->est_error_ns), max_us);
	/* systemd, for one, takes a maxerror of 16 s for "not synchronised". */
	bool synced = s->synced && max_us < ERROR_US_MAX;
	struct timex tx = {.modes = ADJ_STATUS | ADJ_NANO | ADJ_MAXERROR | ADJ_ESTERROR,
			   .status = synced ? 0 : STA_UNSYNC,
			   .maxerror = (long)max_us,
			   .esterror = (long)est_us};

	kernel_of(c)->synced = synced;
	return timex_call(&tx);
}

/* Has another hand been here since we last set something? */
static int kernel_check(struct clock *c, enum clock_touched *ret, int64_t *ret_value)
{
	struct clock_kernel *k = kernel_of(c);
	struct timex tx = {.modes = 0};
	int r = timex_call(&tx);

	if (r < 0) {
		return r;
	}
	struct timex_freq read = {.tick = tx.tick, .freq = tx.freq};

	if (!is_same_freq(read, k->set)) {
		bool ours = k->in_doubt && is_same_freq(read, k->asked);

		k->in_doubt = false;
		put_in_force(k, read);
		if (!ours) {
			*ret_value = timex_freq_to_ppb(read);
			*ret = CLOCK_TOUCHED_FREQ;
			return 0;
		}
	}
	if ((tx.status & STA_PLL) != 0 || tx.offset != 0) {
		*ret_value = (tx.status & STA_NANO) != 0 ? tx.offset : tx.offset * NS_PER_US;
		r = kernel_quiesce();
		*ret = r < 0 ? CLOCK_UNTOUCHED : CLOCK_TOUCHED_OFFSET;
		return r;
	}
	/* The kernel sets STA_UNSYNC by itself when maxerror grows old, but never clears it. */
	bool cleared = !k->synced && (tx.status & STA_UNSYNC) == 0;

	if ((tx.status & STATUS_HANDS_OFF) != 0 || cleared) {
		*ret_value = tx.status;
		*ret = CLOCK_TOUCHED_STATUS;
	}
	return 0;
}

/* The state, not STA_INS and STA_DEL: they stand until somebody takes them away. */
enum leap kernel_leap(void)
{
	struct timex tx = {.modes = 0};

	switch (setter_adjtime(&tx)) {
	case TIME_INS:
		return LEAP_INSERT;
	case TIME_DEL:
		return LEAP_DELETE;
	default:
		return LEAP_NONE;
	}
}

static int64_t kernel_freq_ppb(const struct clock *c)
{
	return timex_freq_to_ppb(((const struct clock_kernel *)c)->set);
}

static void kernel_free(struct clock *c)
{
	free(kernel_of(c));
}

static const struct clock_ops kernel_ops = {
	.name = "kernel",
	.read = kernel_read,
	.stamp_to_raw = kernel_stamp_to_raw,
	.adj_freq = kernel_adj_freq,
	.step = kernel_step,
	.set_status = kernel_set_status,
	.check = kernel_check,
	.freq_ppb = kernel_freq_ppb,
	.freq_ppb_max = CLOCK_FREQ_PPB_MAX,
	.free = kernel_free,
};

int clock_kernel_new(const struct config *config, struct clock **ret)
{
	struct timex tx = {.modes = 0};

	(void)config;
	int r = kernel_quiesce();

	if (r < 0) {
		log_err(CAUSE_CLOCK, "The kernel's clock may not be set: %s; %s", strerror(-r),
			setter_is_other() ? "look at: systemctl status berkd-clock"
					  : "without CAP_SYS_TIME use [clock] driver = observe");
		return r;
	}
	r = timex_call(&tx);
	if (r < 0) {
		return r;
	}
	struct clock_kernel *k = calloc(1, sizeof(*k));

	if (!k) {
		return -ENOMEM;
	}
	k->clock.ops = &kernel_ops;
	k->set = (struct timex_freq){.tick = tx.tick, .freq = tx.freq};
	rate_history_init(&k->history, timex_freq_rate(k->set),
			  (raw_t){host_clock_ns(CLOCK_MONOTONIC_RAW)});
	*ret = &k->clock;
	return 0;
}
