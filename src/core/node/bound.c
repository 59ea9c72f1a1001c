/* bound.c - what the group's line is worth: who is here, what may have gone another way
 * meanwhile, and the correction of each member with its bound.  ARCHITECTURE.md, "The bound".
 */
#include "core/node/node_private.h"

#include <string.h>

/* Since when a majority, we among them, has replied under our term: that proves that no other
 * master was followed by a majority before.  What is after it is unconfirmed: there the published
 * bound grows as in holdover, in an island for as long as it is one. */
static mono_t confirmed(const struct node *n)
{
	unsigned need = electorate(n) / 2; /* besides ourselves */
	mono_t since = n->step.now;

	for (unsigned k = 0; k < need; k++) {
		mono_t next = NEVER_HEARD; /* the latest reply before @since */
		unsigned same = 0;

		for (size_t i = 0; i < n->store.n_peers; i++) {
			const struct peer *p = &n->store.peers[i];
			bool counts = p->used && p->as_master.polled.follows && p->in_table;

			same += counts && p->as_master.polled.replied.ns >= since.ns;
			if (counts && p->as_master.polled.replied.ns < since.ns &&
			    p->as_master.polled.replied.ns > next.ns) {
				next = p->as_master.polled.replied;
			}
		}
		if (same <= k) {
			since = next;
		}
	}
	return since.ns > n->leading.confirmed.ns ? since : n->leading.confirmed;
}

bool line_bounded(const struct node *n)
{
	return n->steering.has_line && n->steering.line.error_ns != INT64_MAX;
}

int64_t group_unconfirmed(const struct node *n, mono_t now)
{
	if (n->election.role != ROLE_MASTER) {
		return 0;
	}
	double age = (double)ns_max(0, mono_sub(now, n->leading.confirmed));

	return ns_from_double(
		age * 1e-9 *
		(double)bound_growth_ppb(n->config.max_drift_ppb, n->steering.line.rate));
}

void group_base_error(struct node *n)
{
	n->steering.line.error_ns =
		ns_add(n->steering.line.error_ns, group_unconfirmed(n, n->step.now));
	n->leading.confirmed = n->step.now;
}

void group_update_membership(struct node *n)
{
	unsigned table = 1, alive = 1;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		table += p->used && p->in_table;
		alive += peer_alive(n, p) && (p->in_table || p->as_candidate.granted);
	}
	if (alive > table) {
		table = alive;
	}
	/* A new master that was not the deputy has heard of some members only: the others count
	 * too, until they have been silent for long enough to a majority. */
	n->election.census.n_listed = table;
	if (n->election.census.n_expected > table &&
	    (n->election.census.island ||
	     mono_sub(n->step.now, n->election.census.whole_since) < n->config.forget_ns)) {
		table = n->election.census.n_expected;
	}
	n->election.census.n_table = table;
	n->election.census.n_alive = alive;
	bool island = 2 * alive <= electorate(n);

	if (island != n->election.census.island) {
		notice(n, NOTICE_ISLAND, island ? LEVEL_WARNING : LEVEL_NOTICE, 0, island, alive,
		       table);
		if (!island) { /* whoever comes back may have followed another line */
			n->election.census.whole_since = n->step.now;
			group_base_error(n);
		}
	}
	n->election.census.island = island;
	n->leading.confirmed = confirmed(n);
}

bool group_measured(const struct node *n, const struct peer *p, struct estimate *ret)
{
	const struct estimator *e = peer_estimator(n, p);

	return e && estimator_at(e, n->step.pair.raw, ret);
}

/* Master's RAW at the instant when the member's RAW read @r. */
raw_t group_own_raw(const struct estimate *est, raw_t r)
{
	/* r = m + offset(m); offset is known at est->at. */
	double behind = (double)raw_sub(raw_add(est->at, est->offset_ns), r);

	return raw_add(est->at, ns_from_double(-behind / (1 + est->rate)));
}

bool group_correction(struct node *n, struct peer *p, struct wire_correct *ret)
{
	const struct estimator *e = peer_estimator(n, p);
	struct estimate est;

	if (!n->steering.has_line || !group_measured(n, p, &est)) {
		return false;
	}
	raw_t m = group_own_raw(&est, p->as_master.polled.pair.raw);

	if (!estimator_at(e, m, &est)) {
		return false;
	}
	wall_t group =
		line_at(&n->steering.line, group_own_raw(&est, p->as_master.polled.pair.raw));
	int64_t wide = ns_max(ns_sub(est.hi_ns, est.offset_ns), ns_sub(est.offset_ns, est.lo_ns));
	int64_t ours = ns_add(line_error(&n->steering.line, n->step.pair.raw),
			      group_unconfirmed(n, n->step.now));
	int64_t error = ns_add(wide, ns_add(ours, n->step.read_error_ns));

	memset(ret, 0, sizeof(*ret));
	ret->round = n->leading.round > p->as_master.polled.sent_round
			     ? n->leading.round
			     : p->as_master.polled.sent_round + 1;
	ret->seq = p->as_master.polled.pair_seq;
	ret->clock_epoch = p->as_master.polled.clock_epoch;
	ret->offset_ns = wall_sub(group, p->as_master.polled.pair.wall);
	ret->rate = (1 + n->steering.line.rate) / (1 + est.rate) - 1;
	ret->error_ns = ns_add(error, error / 1024 + 2);
	ret->sd_ns = ns_from_double(est.sd_ns);
	ret->growth_ppb =
		ns_add(bound_growth_ppb(n->config.max_drift_ppb, ret->rate),
		       n->leading.group.by_reference ? ns_from_double(REFERENCE_SLEW * 1e9) : 0);
	ret->may_step = !p->settled; /* and it has not stepped since it started: its own affair */
	ret->averaged = p->as_master.judged.averaged;
	ret->reason = (uint8_t)p->as_master.judged.reason;
	p->as_master.polled.wall_offset_ns = -ret->offset_ns;
	return ret->rate < 0.01 && ret->rate > -0.01;
}

/* What all of the last known table follows needs no allowance for an older line any more. */
void group_base_error_settle(struct node *n)
{
	if (n->election.census.n_listed < n->election.census.n_table) {
		return;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		/* Who takes no correction says itself how far off it is: it cannot hold up all the
		 * others. */
		if (p->used && p->in_table &&
		    (!peer_alive(n, p) || (p->as_master.polled.applied_round == 0 &&
					   p->as_master.judged.reason != REASON_DISOBEYS))) {
			return;
		}
	}
	if (!n->election.census.island) {
		n->steering.line.error_ns = 0;
	}
}
