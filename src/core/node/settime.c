/* settime.c - the group's time as operators order it: the last order, and its slew.
 *
 * To slew, the master adds a pull to the rate of group time, as references do: no more than an
 * oscillator may be wrong by.  The paper clock knows nothing of it: while a round takes its
 * average, the line's rate is that without the pull.  Each correction says how much of its rate is
 * the pull, and each poll how much is left, so whoever is master next goes on.
 *
 *	way		to		when
 *	any		SLEWS		an operator orders it
 *	SLEWS		SLEWED		all is moved, or an operator orders to move nothing more
 *			ENDED		a reference says what time it is, or the group is founded
 *					anew without an order
 *	any		STEPPED		the group is founded anew by order */
#include "core/node/settime.h"

#include "core/node/carried.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>

#define DONE_NS 100  /* so little is nothing */
#define NEWS	1e-6 /* a change of rate that members should hear of at once, s/s */

bool settime_slews(const struct node *n)
{
	return n->steering.settime.last.way == TIME_SLEWS;
}

static double pull_max(const struct node *n)
{
	return bound_pull_max(n->config.max_drift_ppb, n->config.max_slew_ppb);
}

int64_t settime_takes_ns(const struct node *n, int64_t shift_ns)
{
	return ns_from_double((double)ns_abs(shift_ns) / pull_max(n));
}

struct time_order settime_order(const struct node *n, raw_t now)
{
	struct time_order o = n->steering.settime.last;

	if (settime_slews(n) && n->steering.has_line) {
		double since = (double)raw_sub(now, n->steering.settime.as_of);

		o.left_ns = ns_sub(o.left_ns, ns_from_double(since * n->steering.line.pull));
	}
	return o;
}

static void tell_ended(struct node *n, const struct time_order *o, int64_t left_ns)
{
	notice(n, NOTICE_TIME_SLEW_ENDED, left_ns == 0 ? LEVEL_NOTICE : LEVEL_WARNING, o->host,
	       .time_slew_ended = {.shift_ns = o->shift_ns, .left_ns = left_ns});
}

void settime_hear(struct node *n, const struct time_order *o)
{
	struct time_order old = settime_order(n, n->step.pair.raw);
	bool same = old.at.ns == o->at.ns && old.host == o->host;

	if (settime_slews(n) && !(same && o->way == TIME_SLEWS)) {
		tell_ended(n, &old, same ? o->left_ns : old.left_ns);
	}
	if (o->way == TIME_SLEWS && !(same && settime_slews(n))) {
		notice(n, NOTICE_TIME_SLEWS, LEVEL_NOTICE, o->host,
		       .time_slews = {.shift_ns = o->shift_ns, .uid = o->uid});
	}
	n->steering.settime.last = *o;
	n->steering.settime.as_of = n->step.pair.raw;
}

/* The slew ends, @left_ns (0: nothing) before it is done. */
static void slew_end(struct node *n, int64_t left_ns)
{
	struct time_order o = n->steering.settime.last;

	o.left_ns = left_ns;
	o.way = left_ns == 0 ? TIME_SLEWED : TIME_SLEW_ENDED;
	settime_hear(n, &o);
}

void settime_init(struct node *n, const struct node_saved *saved)
{
	n->steering.settime.last = saved->line.order;
}

void settime_slew(struct node *n, const struct time_order *order)
{
	struct time_order o = *order;

	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	o.at = line_at(&n->steering.line, n->step.pair.raw);
	o.left_ns = ns_abs(o.shift_ns) > DONE_NS ? o.shift_ns : 0;
	o.way = o.left_ns ? TIME_SLEWS : TIME_SLEWED;
	o.dated = n->steering.settime.last.dated;
	settime_hear(n, &o);
	n->steering.settime.known = n->steering.line.pull != 0;
	for_each_peer (n, p) {
		p->as_master.slew_after = p->as_master.polled.sent_round;
	}
}

void settime_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	if (settime_slews(n) && !obey_takes_any(n)) {
		/* What the master before said of an order is hearsay. */
		slew_end(n, settime_order(n, n->step.pair.raw).left_ns);
	}
	n->steering.settime.known = n->steering.has_line && n->steering.line.pull != 0;
	for_each_peer (n, p) {
		p->as_master.slew_after = 0;
	}
	if (n->steering.has_line) {
		timeline_rebase(n);
		settime_pause(n);
	}
}

void settime_pause(struct node *n)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	n->steering.settime.last = settime_order(n, n->step.pair.raw);
	n->steering.settime.as_of = n->step.pair.raw;
	timeline_pull(n, 0, bound_line_rate_max(n->config.max_drift_ppb));
}

/* Whoever is known, out of sight or not, has a line whose bound allows for the slew; but one who
 * takes no correction says itself how far off it is. */
static bool all_know(const struct node *n)
{
	for_each_peer (n, p) {
		enum reason why = p->as_master.judged.reason;
		bool takes_none = why == REASON_DISOBEYS || why == REASON_REFUSES;

		bool has_line = (p->in_table && !p->left) || carried_by(n, p);

		if (has_line && !takes_none &&
		    p->as_master.polled.applied_round <= p->as_master.slew_after) {
			return false;
		}
	}
	return true;
}

/* How fast to slew until the next round, s/s. */
static double pull_wanted(struct node *n)
{
	int64_t left_ns = n->steering.settime.last.left_ns;
	double most = pull_max(n);

	if (!settime_slews(n)) {
		return 0;
	}
	if (n->leading.reference.followed || ns_abs(left_ns) <= DONE_NS) {
		slew_end(n, n->leading.reference.followed ? left_ns : 0);
		return 0;
	}
	n->steering.settime.known = n->steering.settime.known || all_know(n);
	if (!n->steering.settime.known) {
		return 0;
	}
	double pull = (double)left_ns / (double)n->config.poll_ns;

	return rate_held(pull, most);
}

bool settime_resume(struct node *n)
{
	double pull = pull_wanted(n), news;

	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	if (pull != 0) {
		timeline_pull(n, pull, bound_line_rate_max(n->config.max_drift_ppb));
	}
	news = n->steering.line.pull - n->steering.settime.told_pull;
	n->steering.settime.told_pull = n->steering.line.pull;
	return news > NEWS || news < -NEWS;
}
