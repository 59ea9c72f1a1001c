/* permit.c - see permit.h. */
#include "berkd/clock/permit.h"

#include "berk/time.h"
#include "berkd/host/floor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#define MODES                                                                                      \
	(ADJ_TICK | ADJ_FREQUENCY | ADJ_SETOFFSET | ADJ_NANO | ADJ_STATUS | ADJ_OFFSET |           \
	 ADJ_MAXERROR | ADJ_ESTERROR)
#define STATUS	 (STA_PLL | STA_UNSYNC)
/* Those of the manual of adjtimex, where USER_HZ is 100. */
#define TICK_MIN 9000
#define TICK_MAX 11000
#define FREQ_MAX (500L * 65536)

__attribute__((format(printf, 3, 4))) static int
refuse(int error, char ret_why[static PERMIT_TEXT_MAX], const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(ret_why, PERMIT_TEXT_MAX, format, ap);
	va_end(ap);
	return error;
}

static int judge_step(const struct timex *tx, long long wall_s,
		      char ret_why[static PERMIT_TEXT_MAX])
{
	const long long last_s = ceiling_of_time().ns / NS_PER_S;
	long long step_s = tx->time.tv_sec;
	bool fits = (tx->modes & ADJ_NANO) && tx->time.tv_usec >= 0 && tx->time.tv_usec < NS_PER_S;

	if (!fits) {
		return refuse(-EPERM, ret_why,
			      "a step that is not in ns: its part is %lld, of 0 "
			      "to 999999999",
			      (long long)tx->time.tv_usec);
	}
	/* Of two numbers from elsewhere no sum is made that could overflow. */
	if (step_s < -wall_s || step_s > last_s - wall_s) {
		return refuse(-ERANGE, ret_why,
			      "a step by %lld s, at %lld s after 1970: it may end at 0 to %lld s "
			      "after 1970",
			      step_s, wall_s, last_s);
	}
	return 0;
}

int permit_judge(const struct timex *tx, long long wall_s, char ret_why[static PERMIT_TEXT_MAX])
{
	unsigned modes = tx->modes;

	if (modes == ADJ_OFFSET_SINGLESHOT) {
		return tx->offset == 0 ? 0
				       : refuse(-EPERM, ret_why,
						"a slew of the kernel's own, by %ld us: it may be "
						"0 to 0",
						tx->offset);
	}
	if ((modes & ~(unsigned)MODES) != 0) {
		return refuse(-EPERM, ret_why, "the modes 0x%x: those of 0x%x are of use", modes,
			      (unsigned)MODES);
	}
	if ((modes & ADJ_OFFSET) && tx->offset != 0) {
		return refuse(-EPERM, ret_why, "a phase of the PLL of %ld: it may be 0 to 0",
			      tx->offset);
	}
	if ((modes & ADJ_STATUS) && (tx->status & ~STATUS) != 0) {
		return refuse(-EPERM, ret_why, "the status 0x%x: bits of 0x%x are of use",
			      (unsigned)tx->status, (unsigned)STATUS);
	}
	if ((modes & ADJ_TICK) && (tx->tick < TICK_MIN || tx->tick > TICK_MAX)) {
		return refuse(-ERANGE, ret_why, "a tick of %ld us: %d to %d", tx->tick, TICK_MIN,
			      TICK_MAX);
	}
	if ((modes & ADJ_FREQUENCY) && (tx->freq < -FREQ_MAX || tx->freq > FREQ_MAX)) {
		return refuse(-ERANGE, ret_why, "a frequency of %ld (2^-16 ppm): -%ld to %ld",
			      tx->freq, FREQ_MAX, FREQ_MAX);
	}
	return modes & ADJ_SETOFFSET ? judge_step(tx, wall_s, ret_why) : 0;
}
