/* saved_line.c - see saved_line.h. */
#include "berkd/host/saved_line.h"

#include "berkd/host/host_clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <time.h>

#define SLEPT_SLACK_NS NS_PER_MS /* the two clocks are not read at one instant */
#define RATE_MAX       0.01

int raw_life_now(struct raw_life *ret)
{
	sd_id128_t id;
	int r = sd_id128_get_boot(&id);

	memset(ret, 0, sizeof(*ret));
	if (r < 0) {
		return r;
	}
	(void)sd_id128_to_string(id, ret->boot);
	ret->slept_ns = host_clock_ns(CLOCK_BOOTTIME) - host_clock_ns(CLOCK_MONOTONIC);
	return 0;
}

void saved_line_format(char *buf, size_t size, const struct raw_life *life,
		       const struct saved_line *saved)
{
	const struct line *line = &saved->line;
	const struct time_order *order = &saved->order;

	(void)snprintf(buf, size,
		       "boot %s slept %" PRId64 " era %" PRIu64 " raw %" PRId64 " group %" PRId64
		       " rate %.12g error %" PRId64 " growth %" PRId64 " date %u %u order %" PRId64
		       " %" PRId64 " %" PRIu64 " %" PRIu32 " %u %u %" PRId64,
		       life->boot, life->slept_ns, saved->era, line->r0.ns, line->g0.ns, line->rate,
		       line->error_ns, line->growth_ppb, (unsigned)saved->date, saved->confirmed,
		       order->at.ns, order->shift_ns, order->host, order->uid, order->way,
		       order->dated, order->left_ns);
}

static bool is_line(const struct line *l)
{
	return fabs(l->rate) <= RATE_MAX && l->error_ns >= 0 && l->error_ns != BOUND_UNKNOWN &&
	       l->growth_ppb >= 0 && l->growth_ppb <= NS_PER_S;
}

bool saved_line_parse(const char *text, const struct raw_life *now, struct saved_line *ret)
{
	struct raw_life then = {.slept_ns = 0};
	struct saved_line saved = {.any = false};
	struct line *l = &saved.line;
	struct time_order *o = &saved.order;
	unsigned date, confirmed, way, dated;
	int end = -1;

	*ret = (struct saved_line){.any = false};
	int n = sscanf(text,
		       "boot %32[0-9a-f] slept %" SCNd64 " era %" SCNu64 " raw %" SCNd64
		       " group %" SCNd64 " rate %lf error %" SCNd64 " growth %" SCNd64
		       " date %u %u order %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNu32
		       " %u %u %" SCNd64 "%n",
		       then.boot, &then.slept_ns, &saved.era, &l->r0.ns, &l->g0.ns, &l->rate,
		       &l->error_ns, &l->growth_ppb, &date, &confirmed, &o->at.ns, &o->shift_ns,
		       &o->host, &o->uid, &way, &dated, &o->left_ns, &end);

	if (n != 17 || end < 0 || text[end] != '\0' || !is_line(l) || date > DATE_AGREES ||
	    confirmed > 1 || way > TIME_SLEW_ENDED || dated > 1) {
		return false;
	}
	saved.date = (enum date_evidence)date;
	saved.confirmed = confirmed;
	o->way = (uint8_t)way;
	o->dated = dated;
	if (!time_order_valid(o)) {
		return false;
	}
	saved.any = strcmp(then.boot, now->boot) == 0 && now->boot[0] != '\0' &&
		    ns_abs(ns_sub(then.slept_ns, now->slept_ns)) <= SLEPT_SLACK_NS;
	*ret = saved;
	return saved.any;
}
