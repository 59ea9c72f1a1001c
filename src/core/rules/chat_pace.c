/* chat_pace.c - a virtual schedule (the GCRA of ITU-T I.371): each line moves the time at which the
 * next would be due, and that may be ahead of now by the burst. */
#include "core/rules/chat_pace.h"

unsigned chat_pace_allows(const struct chat_pace *p, const struct chat_pace_limit *limit,
			  mono_t now, unsigned n)
{
	int64_t ahead_ns = ns_max(mono_sub(p->next, now), 0);
	int64_t room = (int64_t)limit->burst - (ahead_ns + limit->every_ns - 1) / limit->every_ns;

	return (unsigned)ns_clamp(room, 0, n);
}

void chat_pace_take(struct chat_pace *p, const struct chat_pace_limit *limit, mono_t now,
		    unsigned n)
{
	p->next = mono_add(p->next.ns > now.ns ? p->next : now, (int64_t)n * limit->every_ns);
}
