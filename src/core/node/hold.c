/* hold.c - an operator holds the group: its master corrects nobody, until he resumes or the time is
 * up.
 *
 * All goes on but the corrections: polls, leases, measurements, the average.  So to a member a hold
 * is what the loss of all corrections would be: its clock keeps to its line, and its bound grows
 * as in holdover.  The master's own clock is held, too: it keeps to the line as that was.
 *
 * Each poll says how much of it is left.  A new master goes on with that, for the operator's
 * reason has not ended with the old one, and a group that is steered again unasked is what he
 * wanted to avoid; but what the master before said of an order is hearsay, so it does so only where
 * orders of others are taken, and for half an hour at most, whatever was said. */
#include "core/node/hold.h"

#include "core/node/effects.h"
#include "core/node/obey.h"
#include "core/node/settime.h"

#include <assert.h>

#define REMIND_NS (300 * NS_PER_S)
#define TELL_NS	  (60 * NS_PER_S) /* else each poll of a false master could fill the journal */

void hold_init(struct node *n)
{
	n->steering.hold.told = MONO_LONG_AGO;
}

bool hold_is_on(const struct node *n)
{
	return n->steering.hold.on;
}

static int64_t left_ns(const struct node *n, mono_t now)
{
	return ns_max(0, mono_sub(n->steering.hold.until, now));
}

struct hold hold_left(const struct node *n, mono_t now)
{
	struct hold h = {.host = n->steering.hold.host, .uid = n->steering.hold.uid};

	if (!n->steering.hold.on) {
		return (struct hold){.left_ms = 0};
	}
	h.left_ms = (uint32_t)ns_min(HOLD_MS_MAX, left_ns(n, now) / NS_PER_MS + 1);
	return h;
}

const struct line *hold_line(const struct node *n)
{
	bool holds = n->steering.hold.on && n->election.role == ROLE_MASTER;

	assert(n->steering.has_line);
	return holds ? &n->steering.hold.line : &n->steering.line;
}

static void tell(struct node *n)
{
	enum notice_level level = n->steering.hold.due ? LEVEL_NOTICE : LEVEL_WARNING;

	n->steering.hold.due = false;
	n->steering.hold.known = true;
	n->steering.hold.told = n->step.now;
	notice(n, NOTICE_HELD, level, n->steering.hold.host,
	       .held = {.left_ns = left_ns(n, n->step.now), .uid = n->steering.hold.uid});
}

static void begin(struct node *n, const struct hold *h)
{
	bool same = n->steering.hold.on && n->steering.hold.host == h->host &&
		    n->steering.hold.uid == h->uid;
	int64_t longer_ns = ns_sub(h->left_ms * NS_PER_MS, left_ns(n, n->step.now));

	n->steering.hold.on = true;
	n->steering.hold.until = mono_add(n->step.now, h->left_ms * NS_PER_MS);
	n->steering.hold.host = h->host;
	n->steering.hold.uid = h->uid;
	if (!same || longer_ns > NS_PER_S) {
		n->steering.hold.due = true;
	}
}

/* Whoever was not told that it began need not hear that it is over. */
static void end(struct node *n)
{
	int64_t early_ns = left_ns(n, n->step.now);

	assert(n->steering.hold.on);
	n->steering.hold.on = false;
	n->steering.hold.due = false;
	if (n->steering.hold.known) {
		n->steering.hold.known = false;
		notice(n, NOTICE_HOLD_ENDED, LEVEL_NOTICE, n->steering.hold.host,
		       .hold_ended = {.early = early_ns > NS_PER_S,
				      .left_ns = early_ns,
				      .uid = n->steering.hold.uid});
	}
}

void hold_order(struct node *n, uint32_t for_ms, node_id host, uint32_t uid)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	if (!n->steering.hold.on) {
		hold_renew_line(n);
	}
	begin(n, &(struct hold){.left_ms = for_ms, .host = host, .uid = uid});
}

void hold_renew_line(struct node *n)
{
	n->steering.hold.line = n->steering.line;
}

void hold_end(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	end(n);
}

void hold_begin_reign(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	/* Also one that is said to be of our own order: only the master before says so.  And no
	 * order goes with a slew, which those who hear nothing more would not end. */
	if (n->steering.hold.on &&
	    (!n->steering.has_line || !obey_takes_any(n) || settime_slews(n))) {
		end(n);
	}
	hold_renew_line(n);
}

void hold_hear(struct node *n, const struct hold *h)
{
	assert(n->election.role != ROLE_MASTER);
	if (h->left_ms > 0) {
		begin(n, h);
	} else if (n->steering.hold.on) {
		end(n);
	}
}

/* From what was told last to what is told next. */
static int64_t pause_ns(const struct node *n)
{
	return n->steering.hold.due ? TELL_NS : REMIND_NS;
}

void hold_tick(struct node *n)
{
	if (n->steering.hold.on && n->step.now.ns >= n->steering.hold.until.ns) {
		end(n);
	} else if (n->steering.hold.on &&
		   !mono_within(n->steering.hold.told, n->step.now, pause_ns(n))) {
		tell(n);
	}
}

mono_t hold_deadline(const struct node *n)
{
	return n->steering.hold.on ? mono_min(n->steering.hold.until,
					      mono_add(n->steering.hold.told, pause_ns(n)))
				   : MONO_NEVER;
}
