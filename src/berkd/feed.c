/* feed.c - events to the core, and its effects carried out. */
#include "berkd/feed.h"

#include "berkd/clock/watch.h"
#include "berkd/control/control.h"
#include "berkd/disk.h"
#include "berkd/effects.h"
#include "berkd/history.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/steer.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

int feed_stamp(struct daemon *d, struct node_event *ev)
{
	ev->now = (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
	ev->leap = clock_leap(d->clock);
	ev->chat_is_read = d->control && control_chat_is_read(d->control);
	randombytes_buf(ev->rnd, sizeof(ev->rnd));
	return d->clock->ops->read(d->clock, &ev->pair, &ev->read_error_ns);
}

static void arm_timer(struct daemon *d, mono_t deadline)
{
	int r;

	if (deadline.ns == MONO_NEVER.ns) {
		r = sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
	} else {
		/* Rounded up: an event must not come before its deadline. */
		uint64_t us = (uint64_t)ns_max(deadline.ns, 0) / NS_PER_US + 1;

		r = sd_event_source_set_time(d->timer, us);
		r = r < 0 ? r : sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
	}
	if (r < 0) {
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

static void step_node(struct daemon *d, struct node_event *ev)
{
	assert(d->feeding);
	node_step(d->node, ev, &d->fx);
	effects_apply(d);
	arm_timer(d, d->fx.deadline);
}

/* Another hand changed the clock's settings: put ours back, then let the core look. */
static void tell_touched(struct daemon *d)
{
	struct node_event ev = {.type = EV_CLOCK_TOUCHED};

	ev.touched.what = d->touched;
	ev.touched.value = d->touched_value;
	d->touched = CLOCK_UNTOUCHED;
	steer_put_back(d);
	if (feed_stamp(d, &ev) == 0) {
		step_node(d, &ev);
	}
	d->touched = CLOCK_UNTOUCHED; /* what this step found is told in the next round */
}

enum order_verdict feed_event(struct daemon *d, struct node_event *ev)
{
	struct node_event stepped;

	assert(!d->feeding);
	d->feeding = true;
	if (clock_watch_check(d->clock_watch, &ev->pair, &stepped) &&
	    feed_stamp(d, &stepped) == 0) {
		owed_drop_step(&d->owed);
		step_node(d, &stepped);
		/* It may have moved the clock; if it cannot be read now, the old pair must do. */
		(void)feed_stamp(d, ev);
	}
	if (steer_retry(d)) {
		(void)feed_stamp(d, ev);
	}
	d->stopping = d->stopping || ev->type == EV_STOP;
	step_node(d, ev);
	sodium_memzero(ev->rnd, sizeof(ev->rnd)); /* ephemeral keys were drawn from it */
	const struct order_outcome ordered = d->fx.ordered;
	struct node_event disk;

	if (!d->stopping && disk_look(d, &disk) && feed_stamp(d, &disk) == 0) {
		step_node(d, &disk);
	}
	if (d->touched != CLOCK_UNTOUCHED && !d->stopping) {
		tell_touched(d);
	}
	steer_arm(d);
	history_look(d, ev->now, ev->pair);
	d->feeding = false;
	d->fx.ordered = ordered; /* not what became of the steps after it */
	return ordered.verdict;
}

void feed_now(struct daemon *d, struct node_event *ev)
{
	int r = feed_stamp(d, ev);

	if (r < 0) {
		log_err(CAUSE_CALL, "The clock cannot be read: %s", strerror(-r));
		return;
	}
	(void)feed_event(d, ev);
}

void feed_type(struct daemon *d, enum event_type type)
{
	feed_now(d, &(struct node_event){.type = type});
}
