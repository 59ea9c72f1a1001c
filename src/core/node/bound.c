/* bound.c - what the line is worth: what may have gone another way meanwhile, and each member's
 * correction with its bound.  ARCHITECTURE.md, "The bound". */
#include "core/node/bound.h"

#include "core/node/carried.h"
#include "core/node/date.h"
#include "core/node/drift.h"
#include "core/node/estimators.h"
#include "core/node/lease.h"
#include "core/node/settime.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>
#include <string.h>

/* Since when a majority, we among them, has replied under our term: that proves that no other
 * master was followed by a majority before.  What is after it is unconfirmed: there the published
 * bound grows as in holdover, in an island for as long as it is one. */
static mono_t confirmed_since(const struct node *n)
{
	unsigned need = electorate(n) / 2; /* besides ourselves */
	mono_t since = n->step.now;

	for (unsigned k = 0; k < need && since.ns > n->leading.confirmed.ns; k++) {
		mono_t next = MONO_LONG_AGO; /* the latest reply before @since */
		unsigned same = 0;

		for_each_peer (n, p) {
			mono_t replied = p->as_master.polled.replied;

			if (!p->as_master.polled.follows || !p->in_table || p->guest) {
				continue;
			}
			if (replied.ns >= since.ns) {
				same++;
			} else if (replied.ns > next.ns) {
				next = replied;
			}
		}
		if (same <= k) {
			since = next;
		}
	}
	return since.ns > n->leading.confirmed.ns ? since : n->leading.confirmed;
}

/* How fast group time may be pulled where references or an order want it, ppb. */
static int64_t pull_ppb(const struct node *n)
{
	bool led = n->election.role == ROLE_MASTER && n->leading.reference.followed;

	return led || settime_slews(n) ? ns_from_double(bound_line_rate_max(drift_max_ppb(n)) * 1e9)
				       : 0;
}

/* What pulled it once may still pull it on a side of the group that we do not see. */
static int64_t pulled_ppb(const struct node *n)
{
	return n->election.role == ROLE_MASTER ? ns_max(pull_ppb(n), n->leading.pulled_ppb)
					       : pull_ppb(n);
}

int64_t bound_unconfirmed_ns(const struct node *n, mono_t now)
{
	if (n->election.role != ROLE_MASTER) {
		return 0;
	}
	return bound_grown_ns(ns_add(bound_growth_ppb(drift_max_ppb(n), n->steering.line.rate),
				     pulled_ppb(n)),
			      mono_sub(now, n->leading.confirmed));
}

int64_t bound_holdover_ppb(const struct node *n)
{
	const struct line *l = &n->steering.line;
	int64_t growth = ns_add(bound_growth_ppb(drift_max_ppb(n), l->rate), pulled_ppb(n));

	assert(n->steering.has_line);
	/* A member's line has what its master knew of references. */
	return ns_max(growth, l->growth_ppb);
}

void bound_keep_unconfirmed(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	timeline_widen_by(n, bound_unconfirmed_ns(n, n->step.now));
	n->leading.confirmed = n->step.now;
}

void bound_confirm(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->leading.confirmed = confirmed_since(n);
}

void bound_begin(struct node *n)
{
	const struct line *l = &n->steering.line;

	assert(n->election.role == ROLE_MASTER);
	n->leading.confirmed = n->step.now;
	n->leading.pulled_ppb = 0;
	if (n->steering.has_line) {
		int64_t grew_ppb = l->growth_ppb;

		n->leading.pulled_ppb =
			ns_max(0, ns_sub(grew_ppb, bound_growth_ppb(drift_max_ppb(n), l->rate)));
		timeline_set_growth(n, 0);
		assert(bound_holdover_ppb(n) >= grew_ppb);
	}
}

/* May it be on another line of this group?  The master before us may have said that it has left,
 * and who voted for us is in the table only from its first reply on.  Of one that never replies, no
 * more is waited for than of who is in the table: it has followed nobody else under this term, and
 * meanwhile what it promises has grown. */
static bool counts_here(const struct node *n, const struct peer *p)
{
	bool votes = p->as_candidate.granted && !p->left && !p->forgotten && !peer_is_overdue(n, p);

	return p->in_table || votes || (p->left && !p->gone && peer_heard(p, n->step.now));
}

/* All follow us: there is no other line of this group. */
static void settle(struct node *n)
{
	timeline_settle(n);
	n->leading.pulled_ppb = pull_ppb(n);
}

void bound_settle(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->leading.pulled_ppb = pulled_ppb(n);
	if (!line_bounded(n)) {
		if (carried_by_no_other(n, true)) {
			settle(n);
		}
		return;
	}
	if (n->election.census.n_listed < n->election.census.n_table) {
		return;
	}
	for_each_peer (n, p) {
		/* Who takes no correction says itself how far off it is: it cannot hold up all the
		 * others. */
		enum reason why = p->as_master.judged.reason;
		bool takes_none = why == REASON_DISOBEYS || why == REASON_REFUSES;

		if (counts_here(n, p) &&
		    (!peer_alive(n, p) ||
		     (p->as_master.polled.applied_round == 0 && !takes_none))) {
			return;
		}
	}
	if (!n->election.census.island) {
		settle(n);
	}
}

bool bound_correction(const struct node *n, const struct peer *p, struct wire_correct *ret,
		      double *ret_wanted)
{
	const struct estimator *e = peer_estimator(n, p);
	const struct polled *q = &p->as_master.polled;
	const int64_t drift_ppb = drift_of_ppb(n, p);
	struct estimate est;

	assert(n->election.role == ROLE_MASTER);
	if (!n->steering.has_line || !peer_measured(n, p, &est)) {
		return false;
	}
	raw_t m = estimate_own_raw(&est, q->pair.raw);

	if (!estimator_at(e, m, &est)) {
		return false;
	}
	wall_t group = line_at(&n->steering.line, estimate_own_raw(&est, q->pair.raw));
	int64_t wide = ns_max(ns_sub(est.hi_ns, est.offset_ns), ns_sub(est.offset_ns, est.lo_ns));
	int64_t ours = ns_add(line_error(&n->steering.line, n->step.pair.raw),
			      bound_unconfirmed_ns(n, n->step.now));
	int64_t error = ns_add(wide, ns_add(ours, n->step.read_error_ns));

	memset(ret, 0, sizeof(*ret));
	ret->round = n->leading.round > q->sent_round ? n->leading.round : q->sent_round + 1;
	ret->seq = q->pair_seq;
	ret->clock_epoch = q->clock_epoch;
	ret->offset_ns = wall_sub(group, q->pair.wall);
	*ret_wanted = (1 + n->steering.line.rate) / (1 + est.rate) - 1;
	ret->rate =
		rate_held(*ret_wanted, bound_member_rate_max(drift_ppb)); /* as much as it takes */
	ret->pull = n->steering.line.pull;
	ret->error_ns = ns_add(error, error / 1024 + 2);
	if (p->as_master.judged.reason == REASON_RATE) {
		ret->error_ns = BOUND_UNKNOWN; /* all bounds rest on max_drift */
	}
	ret->sd_ns = ns_from_double(est.sd_ns);
	/* Group time may be pulled to where references or an order want it, and goes away from
	 * one who cannot be asked to keep up. */
	int64_t more = ns_add(pulled_ppb(n),
			      ns_from_double(1e9 * __builtin_fabs(*ret_wanted - ret->rate)));

	ret->growth_ppb = ns_min(NS_PER_S, ns_add(bound_growth_ppb(drift_ppb, *ret_wanted), more));
	ret->may_step = !p->settled; /* and it has not stepped since it started: its own affair */
	ret->reason = (uint8_t)p->as_master.judged.reason;
	return true;
}
