/* judge.c - why a member does not count in the average, and what it is. */
#include "core/node/judge.h"

#include "core/node/drift.h"
#include "core/node/estimators.h"
#include "core/node/hold.h"
#include "core/node/lease.h"
#include "core/node/reference.h"
#include "core/node/table.h"
#include "core/rules/bound.h"

#include <assert.h>

#define SETTLED_SAMPLES 8		/* a member counts when it was measured so often ... */
#define SETTLED_RATE_SD 2e-6		/* ... and its rate is known so well */
#define DISOBEY_NS	(2 * NS_PER_MS) /* slack before a wall clock is said to disobey */
#define DISOBEY_ROUNDS	4
#define REFUSED_ROUNDS	16 /* corrections sent under our term, none of them applied */

enum member_state judge_state(const struct node *n, const struct peer *p)
{
	if (p->forgotten) {
		return MEMBER_FORGOTTEN;
	}
	if (p->left) {
		return MEMBER_LEFT;
	}
	if (!p->in_table) {
		return session_can_send(&p->session) ? MEMBER_JOINING : MEMBER_CONTACT;
	}
	if (!peer_alive(n, p)) {
		return p->recalled ? MEMBER_UNSEEN : MEMBER_SILENT;
	}
	return p->as_master.judged.averaged ? MEMBER_SETTLED : MEMBER_NEW;
}

bool judge_any_reference(const struct node *n)
{
	for_each_peer (n, p) {
		if (p->mode == MODE_REFERENCE && peer_alive(n, p)) {
			return true;
		}
	}
	return n->config.mode == MODE_REFERENCE;
}

/* Count the rounds in which its wall clock did not go where it was steered.  A liar's report of
 * what is left to slew differs from what we measure; a stuck clock stays off, or gets worse,
 * while it takes our corrections.  True: there were too many in a row. */
static bool count_disobedience(const struct node *n, struct peer *p, const struct estimate *est)
{
	const struct polled *q = &p->as_master.polled;
	uint8_t rounds = p->as_master.judged.disobeyed;

	if (hold_is_on(n)) { /* it was not told where to go */
		p->as_master.judged.disobeyed = 0;
		return false;
	}
	if (p->mode != MODE_STEER || q->applied_round == 0) {
		p->as_master.judged.disobeyed = 0;
		return p->mode == MODE_STEER && q->n_unapplied >= REFUSED_ROUNDS; /* takes none */
	}
	int64_t wide =
		ns_max(ns_sub(est->hi_ns, est->offset_ns), ns_sub(est->offset_ns, est->lo_ns));
	int64_t slack = ns_add(wide, DISOBEY_NS), before = p->as_master.judged.off_before;
	int64_t off = ns_abs(q->wall_offset_ns);
	bool lies = ns_abs(ns_add(q->wall_offset_ns, q->remainder_ns)) > slack;
	bool stuck = off > slack && off >= before - before / 16;

	if (lies || stuck) {
		rounds = rounds < UINT8_MAX ? (uint8_t)(rounds + 1) : rounds;
	} else if (off <= slack) {
		rounds = 0;
	}
	p->as_master.judged.off_before = off;
	p->as_master.judged.disobeyed = rounds;
	return rounds >= DISOBEY_ROUNDS;
}

enum reason judge_member(struct node *n, struct peer *p, const struct estimate *est, bool measured)
{
	double apart_max = bound_line_rate_max(drift_of_ppb(n, p));

	assert(n->election.role == ROLE_MASTER && p->used);
	if (peer_is_twin(p)) {
		return REASON_CLONE;
	}
	if (!peer_alive(n, p)) { /* a new master gives everyone the time to answer */
		return mono_sub(n->step.now, n->leading.led_since) < 4 * heartbeat_ns(n)
			       ? REASON_NEWCOMER
			       : REASON_SILENT;
	}
	if (p->as_master.judged.operator_excluded) {
		return REASON_OPERATOR;
	}
	if (p->mode == MODE_OBSERVE) {
		return REASON_OBSERVER;
	}
	if (!measured) {
		return p->as_master.judged.reason == REASON_DELAY ? REASON_DELAY : REASON_NEWCOMER;
	}
	if (est->rate > apart_max + 4 * est->rate_sd || est->rate < -apart_max - 4 * est->rate_sd) {
		return REASON_RATE;
	}
	if (p->mode == MODE_REFERENCE) {
		enum reason r = reference_judge(n, p->as_master.polled.wall_offset_ns);

		if (r != REASON_NONE) {
			return r;
		}
	}
	if (p->mode == MODE_STEER && p->as_master.polled.refusal != CORRECT_OK) {
		return REASON_REFUSES;
	}
	if (count_disobedience(n, p, est)) {
		return REASON_DISOBEYS;
	}
	if (est->n < SETTLED_SAMPLES || est->rate_sd > SETTLED_RATE_SD) {
		return p->as_master.judged.reason == REASON_JUMPED ? REASON_JUMPED
								   : REASON_NEWCOMER;
	}
	if (p->mode == MODE_STEER && !p->settled && !p->as_master.judged.averaged) {
		return p->as_master.judged.reason == REASON_FALSETICKER ? REASON_FALSETICKER
									: REASON_NEWCOMER;
	}
	return REASON_NONE;
}

void judge_pardon(struct peer *p)
{
	assert(p->used);
	p->as_master.judged.disobeyed = 0;
}
