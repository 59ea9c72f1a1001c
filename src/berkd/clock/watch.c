/* watch.c - a timer that the kernel cancels when its clock is set, BOOTTIME against
 * MONOTONIC, and WALL against RAW.
 *
 * The cancelled timer says that CLOCK_REALTIME was set but not by whom nor how far; WALL against
 * RAW since the last event says that.  Our own steps move the reference (clock_watch_rebase), so
 * they measure as nothing.  A suspend cancels the timer too; BOOTTIME counts it, MONOTONIC does
 * not.  What no clock of a virtual machine shows, its hypervisor may tell.
 */
#include "berkd/clock/watch.h"

#include "berkd/clock/vmclock.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Two clocks are read within so long, if need be at the last of so many tries. */
#define READ_NS_MAX  (CLOCK_TOLD_NS / 4)
#define READ_TRIES   16
/* So what would pass for a step of CLOCK_TOLD_NS is a sleep of this: between the two is no gap. */
#define SLEEP_NS_MIN (CLOCK_TOLD_NS - 2 * READ_NS_MAX)

/* All time spent in suspend since boot: BOOTTIME less MONOTONIC, which differ by nothing else.
 * It is at least @least_ns, and less than @width_ns more: so long took the reading. */
struct asleep {
	int64_t least_ns, width_ns;
};

struct clock_watch {
	struct clock *clock;
	bool host_wall;
	bool cancelled; /* the kernel's clock was set since the last check */
	int fd;
	sd_event_source *io;
	clock_watch_wake wake;
	void *userdata;
	struct asleep asleep; /* as of the last check */
	struct clock_pair base;
	double rate;		 /* WALL against RAW since @base */
	struct vmclock *machine; /* NULL: nobody tells */
};

static struct asleep asleep_read(void)
{
	struct asleep best = {.width_ns = INT64_MAX};

	for (unsigned i = 0; i < READ_TRIES && best.width_ns > READ_NS_MAX; i++) {
		int64_t before = host_clock_ns(CLOCK_MONOTONIC);
		int64_t boot = host_clock_ns(CLOCK_BOOTTIME);
		int64_t after = host_clock_ns(CLOCK_MONOTONIC);

		if (after - before < best.width_ns) {
			best = (struct asleep){.least_ns = boot - after,
					       .width_ns = after - before};
		}
	}
	return best;
}

/* So long at least did the host sleep between two readings. */
static int64_t slept_ns(const struct asleep *before, const struct asleep *now)
{
	return now->least_ns - (before->least_ns + before->width_ns);
}

static int arm_timer(struct clock_watch *w)
{
	const struct itimerspec never = {.it_value.tv_sec = INT64_MAX / NS_PER_S};

	return timerfd_settime(w->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

static int on_set(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct clock_watch *w = userdata;
	uint64_t expirations;

	(void)revents;
	/* ECANCELED: the clock was set.  Any other outcome leaves the timer armed. */
	if (read(fd, &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED) {
		return 0;
	}
	int r = arm_timer(w);

	if (r < 0) {
		log_warning(CAUSE_WITHOUT,
			    "Steps of the clock can no longer be watched: %s, ignoring",
			    strerror(-r));
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	}
	w->cancelled = true;
	w->wake(w->userdata);
	return 0;
}

bool clock_watch_check(struct clock_watch *w, const struct clock_pair *pair, struct node_event *ret)
{
	struct asleep asleep = asleep_read();
	int64_t slept = slept_ns(&w->asleep, &asleep);
	int64_t elapsed = raw_sub(pair->raw, w->base.raw);
	int64_t step = wall_sub(pair->wall, w->base.wall) - elapsed -
		       ns_from_double((double)elapsed * w->rate);
	/* The host's WALL may be bent at any time by another daemon, so there a step counts only
	 * when the kernel told of one; nobody but us can bend a virtual one. */
	bool stepped = (w->cancelled || !w->host_wall) && ns_abs(step) >= CLOCK_TOLD_NS;
	bool suspended = slept >= SLEEP_NS_MIN;
	enum interruption machine = w->machine ? vmclock_check(w->machine) : INTERRUPTION_NONE;

	w->cancelled = false;
	w->asleep = asleep;
	w->base = *pair;
	w->rate = (double)w->clock->ops->freq_ppb(w->clock) * 1e-9;
	if (!stepped && !suspended && machine == INTERRUPTION_NONE) {
		return false;
	}
	*ret = (struct node_event){.type = EV_CLOCK_STEPPED};
	ret->stepped.suspend_ns = suspended ? slept : 0;
	ret->stepped.step_ns = suspended ? step - slept : step;
	ret->stepped.machine = machine;
	return true;
}

void clock_watch_rebase(struct clock_watch *w)
{
	int64_t width;
	int r = w->clock->ops->read(w->clock, &w->base, &width);

	if (r < 0) {
		log_err(CAUSE_CALL, "The clock cannot be read: %s", strerror(-r));
	}
	w->rate = (double)w->clock->ops->freq_ppb(w->clock) * 1e-9;
}

static int watch_host_clock(struct clock_watch *w, sd_event *event)
{
	w->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (w->fd < 0) {
		return -errno;
	}
	int r = arm_timer(w);

	if (r == 0) {
		r = sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_set, w);
	}
	/* Before the sockets: a packet's stamp means nothing until the step is known. */
	return r < 0 ? r : sd_event_source_set_priority(w->io, SD_EVENT_PRIORITY_IMPORTANT);
}

int clock_watch_new(sd_event *event, struct clock *clock, bool host_wall, clock_watch_wake wake,
		    void *userdata, struct clock_watch **ret)
{
	struct clock_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return -ENOMEM;
	}
	*w = (struct clock_watch){.clock = clock,
				  .host_wall = host_wall,
				  .fd = -1,
				  .wake = wake,
				  .userdata = userdata,
				  .asleep = asleep_read()};
	clock_watch_rebase(w);
	int r = host_wall ? watch_host_clock(w, event) : 0;

	if (r < 0) {
		log_warning(CAUSE_WITHOUT, "Steps of the clock cannot be watched: %s, ignoring",
			    strerror(-r));
	}
	*ret = w;
	return 0;
}

int clock_watch_machine(struct clock_watch *w, sd_event *event, const char *path)
{
	int r = vmclock_open(path, &w->machine);

	if (w->machine) {
		vmclock_watch(w->machine, event, w->wake, w->userdata);
	}
	return r;
}

struct clock_watch *clock_watch_free(struct clock_watch *w)
{
	if (!w) {
		return NULL;
	}
	vmclock_close(w->machine);
	sd_event_source_disable_unref(w->io);
	if (w->fd >= 0) {
		close(w->fd);
	}
	free(w);
	return NULL;
}
