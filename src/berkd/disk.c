/* disk.c - a state directory that cannot be written: told, tried again each minute, and no votes
 * meanwhile. */
#include "berkd/disk.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/state.h"

#include <assert.h>
#include <string.h>

#define RETRY_NS (60 * NS_PER_S)

static void arm_retry(struct daemon *d)
{
	uint64_t us = (uint64_t)((host_clock_ns(CLOCK_BOOTTIME) + RETRY_NS) / NS_PER_US);
	int enabled = SD_EVENT_OFF;
	int r = sd_event_source_get_enabled(d->disk_timer, &enabled);

	if (r < 0 || enabled != SD_EVENT_OFF) {
		return;
	}
	r = sd_event_source_set_time(d->disk_timer, us);
	r = r < 0 ? r : sd_event_source_set_enabled(d->disk_timer, SD_EVENT_ONESHOT);
	if (r < 0) {
		log_err("The timer cannot be set: %s", strerror(-r));
	}
}

bool disk_look(struct daemon *d, struct node_event *ret)
{
	state_look(d->state);
	const char *error = state_error(d->state);
	bool mute = !state_may_promise(d->state), told = d->disk_failed;

	assert(d->feeding);
	d->disk_failed = error != NULL;
	if (error) {
		arm_retry(d);
	}
	if (error && (!told || mute != d->disk_mute)) {
		log_err("The state is not kept in %s: %s (%s); working from memory%s",
			d->config.state_dir, error, state_remedy(d->state),
			mute ? ", as a member that neither votes nor leads" : "");
	} else if (!error && told) {
		log_info("%s can be written again", d->config.state_dir);
	}
	if (mute == d->disk_mute) {
		return false;
	}
	d->disk_mute = mute;
	*ret = (struct node_event){.type = EV_DISK,
				   .disk = {.failed = mute, .term = state_saved(d->state)->term}};
	return true;
}
