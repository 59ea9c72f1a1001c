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

void saved_line_format(char *buf, size_t size, const struct raw_life *life, uint64_t era,
		       const struct line *line, const struct time_order *order)
{
	(void)snprintf(buf, size,
		       "boot %s slept %" PRId64 " era %" PRIu64 " raw %" PRId64 " group %" PRId64
		       " rate %.12g error %" PRId64 " growth %" PRId64 " order %" PRId64 " %" PRId64
		       " %" PRIu64 " %" PRIu32 " %u %d %" PRId64,
		       life->boot, life->slept_ns, era, line->r0.ns, line->g0.ns, line->rate,
		       line->error_ns, line->growth_ppb, order->at.ns, order->shift_ns, order->host,
		       order->uid, (unsigned)order->way, (int)order->dated, order->left_ns);
}

/* What stands behind the line; nothing, as an older daemon wrote it, is no order. */
static bool parse_order(const char *text, struct time_order *ret)
{
	struct time_order o = {.shift_ns = 0};
	unsigned way, dated;
	int end = -1;

	*ret = o;
	if (text[0] == '\0') {
		return true;
	}
	int n = sscanf(text,
		       " order %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNu32 " %u %u %" SCNd64 "%n",
		       &o.at.ns, &o.shift_ns, &o.host, &o.uid, &way, &dated, &o.left_ns, &end);

	if (n != 7 || end < 0 || text[end] != '\0' || way > TIME_SLEW_ENDED) {
		return false;
	}
	o.way = (uint8_t)way;
	o.dated = dated != 0;
	if (!time_order_valid(&o)) {
		return false;
	}
	*ret = o;
	return true;
}

bool saved_line_parse(const char *text, const struct raw_life *now, uint64_t *ret_era,
		      struct line *ret, struct time_order *ret_order)
{
	struct raw_life then = {.slept_ns = 0};
	struct line line = {.rate = 0};
	int end = -1;

	*ret_order = (struct time_order){.shift_ns = 0};
	int n = sscanf(text,
		       "boot %32[0-9a-f] slept %" SCNd64 " era %" SCNu64 " raw %" SCNd64
		       " group %" SCNd64 " rate %lf error %" SCNd64 " growth %" SCNd64 "%n",
		       then.boot, &then.slept_ns, ret_era, &line.r0.ns, &line.g0.ns, &line.rate,
		       &line.error_ns, &line.growth_ppb, &end);

	if (n != 8 || end < 0 || !(fabs(line.rate) <= RATE_MAX) || line.error_ns < 0 ||
	    line.error_ns == BOUND_UNKNOWN || line.growth_ppb < 0 || line.growth_ppb > NS_PER_S ||
	    !parse_order(text + end, ret_order)) {
		return false;
	}
	*ret = line;
	return strcmp(then.boot, now->boot) == 0 && now->boot[0] != '\0' &&
	       ns_abs(ns_sub(then.slept_ns, now->slept_ns)) <= SLEPT_SLACK_NS;
}
