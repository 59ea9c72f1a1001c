/* event_missing.h - what sd-event has from systemd 247 on, for a libelogind of before. */
#pragma once

#include <config.h>

#include <systemd/sd-event.h>

#ifndef HAVE_SD_EVENT_ADD_TIME_RELATIVE

static inline int event_from_now(sd_event *event, clockid_t clock, uint64_t *us)
{
	uint64_t now;
	int r = sd_event_now(event, clock, &now);

	*us = *us > UINT64_MAX - now ? UINT64_MAX : now + *us;
	return r;
}

static inline int sd_event_add_time_relative(sd_event *event, sd_event_source **ret,
					     clockid_t clock, uint64_t us, uint64_t accuracy,
					     sd_event_time_handler_t on_time, void *userdata)
{
	int r = event_from_now(event, clock, &us);

	return r < 0 ? r : sd_event_add_time(event, ret, clock, us, accuracy, on_time, userdata);
}

static inline int sd_event_source_set_time_relative(sd_event_source *s, uint64_t us)
{
	clockid_t clock;
	int r = sd_event_source_get_time_clock(s, &clock);

	r = r < 0 ? r : event_from_now(sd_event_source_get_event(s), clock, &us);
	return r < 0 ? r : sd_event_source_set_time(s, us);
}

#endif
