/* disk.c - a state directory that cannot be written: told, tried again each minute, and no votes
 * meanwhile. */
#include "berkd/disk.h"

#include "berkd/held.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/saver.h"

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
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

bool disk_look(struct daemon *d, struct node_event *ret)
{
	const char *error = saver_error(d->saver);
	bool mute = !saver_may_promise(d->saver), told = d->disk_failed;
	bool forgets = error && !saver_revoked_is_saved(d->saver);

	assert(d->feeding);
	d->disk_failed = error != NULL;
	if (error) {
		arm_retry(d);
	}
	if (error && (!told || mute != d->disk_mute)) {
		log_err(CAUSE_STATE, "The state is not kept in %s: %s (%s); working from memory%s",
			d->config.state_dir, error, saver_remedy(d->saver),
			mute ? ", as a member that neither votes nor leads" : "");
	} else if (!error && told) {
		log_info("%s can be written again", d->config.state_dir);
	}
	if (forgets && !d->disk_forgets) {
		log_warning(CAUSE_STATE,
			    "The latest revocations are not in %s yet: a restart of berkd would "
			    "forget them; berkd tries again each minute",
			    d->config.state_dir);
	} else if (!forgets && d->disk_forgets) {
		log_info("The latest revocations are in %s now", d->config.state_dir);
	}
	d->disk_forgets = forgets;
	if (mute == d->disk_mute) {
		return false;
	}
	d->disk_mute = mute;
	*ret = (struct node_event){.type = EV_DISK,
				   .disk = {.failed = mute, .term = saver_term(d->saver)}};
	return true;
}

bool disk_release(struct daemon *d)
{
	bool mute = !saver_may_promise(d->saver);

	if (!saver_term_waits(d->saver)) {
		held_release(d->held, mute ? NULL : d->udp);
	}
	bool failed = saver_error(d->saver) != NULL;

	return mute != d->disk_mute || d->disk_failed != failed ||
	       d->disk_forgets != (failed && !saver_revoked_is_saved(d->saver));
}
