/* leap.c - the leap second that references announce: told to people, and no stranger's step. */
#include "core/node/leap.h"

#include "core/node/effects.h"

#define LEAP_SLACK (50 * NS_PER_MS)

static void tell_leap(struct node *n, bool done)
{
	notice(n, NOTICE_LEAP, LEVEL_NOTICE, 0,
	       .leap = {.leap = n->steering.date.leap,
			.done = done,
			.ignored = n->config.ignores_leaps});
}

void leap_set(struct node *n, enum leap leap)
{
	bool news = leap != n->steering.date.leap && leap != LEAP_NONE;

	n->steering.date.leap = leap;
	if (news) {
		tell_leap(n, false);
	}
}

bool leap_note_step(struct node *n, int64_t step_ns)
{
	int64_t leap_ns = n->steering.date.leap == LEAP_INSERT ? -NS_PER_S : NS_PER_S;

	if (n->config.mode == MODE_STEER || n->steering.date.leap == LEAP_NONE ||
	    ns_abs(ns_sub(step_ns, leap_ns)) > LEAP_SLACK) {
		return false;
	}
	tell_leap(n, true);
	return true;
}
