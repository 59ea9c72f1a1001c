/* rtc.c - see rtc.h.
 *
 * The kernel sets the RTC each 11 minutes while STA_UNSYNC is off, if it is built so; this is
 * the last time, by the same rule.  The device is opened when it is needed and no earlier,
 * because only one process can have it open. */
#include "berkd/host/rtc.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define LATE_NS (20 * NS_PER_MS) /* who wakes up later waits for the next second */
#define TRIES	5

static int set_device(int fd, const struct rtc_time *t)
{
	return ioctl(fd, RTC_SET_TIME, t) < 0 ? -errno : 0;
}

const struct rtc_place rtc_host = {.device = "/dev/rtc0",
				   .adjtime = "/etc/adjtime",
				   .name = "/sys/class/rtc/rtc0/name",
				   .set = set_device};

wall_t rtc_due(wall_t now, bool pc)
{
	int64_t part_ns = pc ? NS_PER_S / 2 : 0;
	int64_t over_ns = (now.ns - part_ns) % NS_PER_S;

	return wall_add(now, over_ns > 0 ? NS_PER_S - over_ns : -over_ns);
}

static bool is_synced(void)
{
	struct ntptimeval t;

	int state = ntp_gettimex(&t);

	return state >= 0 && state != TIME_ERROR;
}

/* The instant as the RTC has it. */
static int rtc_time_of(wall_t at, bool local, struct rtc_time *ret)
{
	const time_t s = (time_t)(at.ns / NS_PER_S);
	struct tm tm;

	if (!(local ? localtime_r(&s, &tm) : gmtime_r(&s, &tm))) {
		return -ERANGE;
	}
	*ret = (struct rtc_time){.tm_sec = tm.tm_sec,
				 .tm_min = tm.tm_min,
				 .tm_hour = tm.tm_hour,
				 .tm_mday = tm.tm_mday,
				 .tm_mon = tm.tm_mon,
				 .tm_year = tm.tm_year};
	return 0;
}

static int save_in_time(const struct rtc_place *place, int fd)
{
	bool pc = file_has_word(place->name, 1, "rtc_cmos") > 0;
	bool local = file_has_word(place->adjtime, 3, "LOCAL") > 0;

	for (unsigned i = 0; i < TRIES; i++) {
		wall_t at = rtc_due((wall_t){host_clock_ns(CLOCK_REALTIME)}, pc);
		struct timespec until = {.tv_sec = at.ns / NS_PER_S, .tv_nsec = at.ns % NS_PER_S};
		struct rtc_time t;
		int r = rtc_time_of(at, local, &t);

		if (r < 0) {
			return r;
		}
		(void)clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
		int64_t late_ns = host_clock_ns(CLOCK_REALTIME) - at.ns;

		if (late_ns >= 0 && late_ns <= LATE_NS) {
			return place->set(fd, &t);
		}
	}
	return -EAGAIN;
}

int rtc_save(const struct rtc_place *place)
{
	if (!is_synced()) {
		return -EAGAIN;
	}
	struct stat st;
	int fd = open(place->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		return -errno;
	}
	/* A device, and in tests a file. */
	bool good = fstat(fd, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISREG(st.st_mode));
	int r = good ? save_in_time(place, fd) : -ENODEV;

	(void)close(fd);
	return r;
}

void rtc_keep(const struct config *config)
{
	if (config->driver != CONFIG_CLOCK_KERNEL || config->mode != MODE_STEER) {
		return;
	}
	int r = rtc_save(&rtc_host);

	if (r == 0) {
		log_info("The hardware clock was set from the system's");
	} else if (r == -EAGAIN || r == -EACCES || r == -EPERM || r == -ENOENT || r == -ENXIO ||
		   r == -ENODEV) {
		/* Not synchronised; no such clock; or the unit does it as root, when we have
		 * ended. */
		log_debug("The hardware clock is not set: %s", strerror(-r));
	} else {
		log_warning(CAUSE_WITHOUT, "The hardware clock cannot be set: %s, ignoring",
			    strerror(-r));
	}
}
