/* saved_budget.c - see saved_budget.h. */
#include "berkd/host/saved_budget.h"

#include "berkd/host/saved_line.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_MAX    0.01
#define ORDERS_MOST 1000

void saved_budget_format(char *buf, size_t size, const char *boot, const struct saved_budget *b)
{
	(void)snprintf(buf, size,
		       "boot %s at %" PRId64 " wall %" PRId64 " held %u sure %" PRId64
		       " tripped %u rate %u %.12g range %" PRId64 " %" PRId64 " hour %" PRId64
		       " day %" PRId64 " orders %u open %" PRId64 " %" PRId64 " %.12g spent %u",
		       boot, b->at.ns, b->wall_less_raw_ns, b->held, b->sure.ns, b->tripped,
		       b->rate_known, b->rate, b->lo_ns, b->hi_ns, b->hour_ns, b->day_ns,
		       b->n_ordered, b->open.moved_ns, b->open.followed_ns, b->open.rate,
		       b->open.spent);
}

bool saved_budget_parse(const char *text, const char *boot, struct saved_budget *ret)
{
	char then[BOOT_HEX_LEN];
	struct saved_budget b = {.any = false};
	unsigned held, tripped, known, spent;
	int end = -1;

	*ret = b;
	int n = sscanf(text,
		       "boot %32[0-9a-f] at %" SCNd64 " wall %" SCNd64 " held %u sure %" SCNd64
		       " tripped %u rate %u %lf range %" SCNd64 " %" SCNd64 " hour %" SCNd64
		       " day %" SCNd64 " orders %u open %" SCNd64 " %" SCNd64 " %lf spent %u%n",
		       then, &b.at.ns, &b.wall_less_raw_ns, &held, &b.sure.ns, &tripped, &known,
		       &b.rate, &b.lo_ns, &b.hi_ns, &b.hour_ns, &b.day_ns, &b.n_ordered,
		       &b.open.moved_ns, &b.open.followed_ns, &b.open.rate, &spent, &end);

	if (n != 17 || end < 0 || text[end] != '\0' || b.at.ns < 0 || held > 1 || tripped > 1 ||
	    known > 1 || spent > 1 || !(fabs(b.rate) <= RATE_MAX) ||
	    !(fabs(b.open.rate) <= RATE_MAX) || b.open.followed_ns < 0 || b.hour_ns < 0 ||
	    b.lo_ns > 0 || b.hi_ns < 0 || b.n_ordered > ORDERS_MOST) {
		return false;
	}
	b.held = held;
	b.tripped = tripped;
	b.rate_known = known;
	b.open.spent = spent;
	b.any = boot[0] != '\0' && strcmp(then, boot) == 0;
	if (b.any) {
		*ret = b;
	}
	return true;
}
