/* steer.c - the core's wishes go to the clock; what it lacks of them is tried again. */
#include "berkd/steer.h"

#include "berkd/clock/watch.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/words.h"

#include <assert.h>
#include <string.h>

static mono_t now(void)
{
	return (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
}

void steer_apply(struct daemon *d, const struct effect *e)
{
	bool changed = false;

	if (e->type == FX_ADJ_FREQ) {
		changed = owed_freq(&d->owed, e->freq_ppb, now());
	} else if (e->type == FX_STEP) {
		changed = owed_step(&d->owed, e->step_ns, now());
	} else {
		assert(e->type == FX_STATUS);
		owed_status(&d->owed, &e->status, now());
	}
	if (changed) {
		clock_watch_rebase(d->clock_watch);
	}
}

void steer_look(struct daemon *d)
{
	enum clock_touched touched = CLOCK_UNTOUCHED;

	owed_look(&d->owed, &touched, &d->touched_value, now());
	if (touched != CLOCK_UNTOUCHED) {
		d->touched = touched;
	}
}

bool steer_retry(struct daemon *d)
{
	if (now().ns < owed_due(&d->owed).ns) {
		return false;
	}
	steer_look(d);
	if (!owed_retry(&d->owed, now())) {
		return false;
	}
	clock_watch_rebase(d->clock_watch);
	return true;
}

void steer_put_back(struct daemon *d)
{
	(void)owed_freq(&d->owed, d->owed.freq_ppb, now());
	clock_watch_rebase(d->clock_watch);
}

void steer_arm(struct daemon *d)
{
	mono_t due = owed_due(&d->owed);
	int r = 0, enabled = SD_EVENT_OFF;

	if (!mono_is_never(due)) {
		r = sd_event_source_set_time(d->owed_timer, (uint64_t)(due.ns / NS_PER_US) + 1);
		r = r < 0 ? r : sd_event_source_set_enabled(d->owed_timer, SD_EVENT_ONESHOT);
	} else if (sd_event_source_get_enabled(d->owed_timer, &enabled) > 0) {
		r = sd_event_source_set_enabled(d->owed_timer, SD_EVENT_OFF);
	}
	if (r < 0) {
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

void steer_tell_held(struct daemon *d)
{
	struct node_status s;
	struct clock_pair pair;
	int64_t width;

	if (d->clock->ops->read(d->clock, &pair, &width) < 0) {
		return;
	}
	node_status(d->node, now(), pair, &s);
	if (s.tripped) {
		log_warning(CAUSE_CLOCK, "As before this start, %s", text_tripped);
	}
	if (s.open_spent) {
		log_warning(CAUSE_CLOCK, "As before this start, %s", text_open_spent);
	}
}

const char *steer_error(void *daemon)
{
	const struct daemon *d = daemon;

	return owed_error(&d->owed);
}
