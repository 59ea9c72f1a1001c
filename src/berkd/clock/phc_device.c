/* phc_device.c - the PTP_SYS_OFFSET ioctls.
 *
 * RAW is what is wanted.  Where the kernel brackets with WALL only, the clock driver turns that
 * into RAW, as it does for a software stamp.
 */
#include "berkd/clock/phc_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#define SAMPLES		 5
#define PRECISE_ERROR_NS 50 /* PCIe PTM and ART: some tens of ns */

/* Times that the kernel bracketed a PHC reading with. */
struct bracket {
	int64_t before, phc, after;
};

int phc_device_open(int index)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/ptp%d", index);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int64_t time_ns(const struct ptp_clock_time *t)
{
	return t->sec * NS_PER_S + t->nsec;
}

static int read_precise(int fd, struct phc_reading *ret)
{
	struct ptp_sys_offset_precise p = {0};

	if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &p) < 0) {
		return -errno;
	}
	*ret = (struct phc_reading){.phc_ns = time_ns(&p.device),
				    .raw = {time_ns(&p.sys_monoraw)},
				    .error_ns = PRECISE_ERROR_NS};
	return 0;
}

static int read_extended(int fd, clockid_t clock, struct bracket ret[static SAMPLES])
{
	struct ptp_sys_offset_extended e = {.n_samples = SAMPLES};

	/* rsv[0] has become clockid; a kernel that does not know it says EINVAL. */
	e.rsv[0] = (unsigned)clock;
	if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &e) < 0) {
		return -errno;
	}
	for (unsigned i = 0; i < SAMPLES; i++) {
		ret[i] = (struct bracket){time_ns(&e.ts[i][0]), time_ns(&e.ts[i][1]),
					  time_ns(&e.ts[i][2])};
	}
	return 0;
}

static int read_basic(int fd, struct bracket ret[static SAMPLES])
{
	struct ptp_sys_offset o = {.n_samples = SAMPLES};

	if (ioctl(fd, PTP_SYS_OFFSET, &o) < 0) {
		return -errno;
	}
	for (unsigned i = 0; i < SAMPLES; i++) {
		ret[i] = (struct bracket){time_ns(&o.ts[2 * i]), time_ns(&o.ts[2 * i + 1]),
					  time_ns(&o.ts[2 * i + 2])};
	}
	return 0;
}

/* The tightest, its middle in @clock's RAW when it is of WALL. */
static int choose_tightest(const struct bracket b[static SAMPLES], struct clock *clock, bool wall,
			   struct phc_reading *ret)
{
	const struct bracket *best = &b[0];

	for (unsigned i = 1; i < SAMPLES; i++) {
		if (b[i].after - b[i].before < best->after - best->before) {
			best = &b[i];
		}
	}
	int64_t width = best->after - best->before;

	if (width < 0) {
		return -ERANGE; /* WALL was set back */
	}
	*ret = (struct phc_reading){.phc_ns = best->phc,
				    .raw = {best->before + width / 2},
				    .error_ns = (width + 1) / 2};
	return wall ? clock->ops->stamp_to_raw(clock, ret->raw.ns, &ret->raw) : 0;
}

static int read_by(enum phc_method method, int fd, struct clock *clock, struct phc_reading *ret)
{
	struct bracket b[SAMPLES] = {0};
	int r;

	switch (method) {
	case PHC_PRECISE:
		return read_precise(fd, ret);
	case PHC_EXTENDED_RAW:
		r = read_extended(fd, CLOCK_MONOTONIC_RAW, b);
		return r < 0 ? r : choose_tightest(b, clock, false, ret);
	case PHC_EXTENDED:
		r = read_extended(fd, CLOCK_REALTIME, b);
		return r < 0 ? r : choose_tightest(b, clock, true, ret);
	case PHC_BASIC:
		r = read_basic(fd, b);
		return r < 0 ? r : choose_tightest(b, clock, true, ret);
	case PHC_METHODS:
		break;
	}
	return -EOPNOTSUPP;
}

int phc_device_read(int fd, enum phc_method *method, struct clock *clock, struct phc_reading *ret)
{
	for (; *method < PHC_METHODS; (*method)++) {
		int r = read_by(*method, fd, clock, ret);

		if (r != -EOPNOTSUPP && r != -EINVAL && r != -ENOTTY) {
			return r;
		}
	}
	return -EOPNOTSUPP;
}
