/* judge.c - why a member does not count in the average. */
#include "core/node/judge.h"

#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/lease.h"
#include "core/node/table.h"

#define SETTLED_SAMPLES 8		/* a member counts when it was measured so often ... */
#define SETTLED_RATE_SD 2e-6		/* ... and its rate is known so well */
#define DISOBEY_NS	(2 * NS_PER_MS) /* slack before a wall clock is said to disobey */
#define DISOBEY_ROUNDS	4
#define REFUSED_ROUNDS	16 /* corrections sent under our term, none of them applied */
#define TELL_ROUNDS	3  /* a reason must stand so long before people are told */

/* How far its wall clock is from where it says, or from where it was steered: the larger of them. */
static int64_t disobedience_ns(const struct polled *q)
{
	int64_t lie = ns_add(q->wall_offset_ns, q->remainder_ns);

	return ns_abs(lie) > ns_abs(q->wall_offset_ns) ? lie : q->wall_offset_ns;
}

/* The figure that made a reason; 0: it is of another kind. */
struct figure {
	int64_t off_ns, rate_ppb;
	unsigned n_refused;
};

static void tell_excluded(struct node *n, const struct peer *p, struct figure f)
{
	notice(n, NOTICE_MEMBER_EXCLUDED, LEVEL_NOTICE, p->id,
	       .member_excluded = {.reason = p->as_master.judged.reason,
				   .off_ns = f.off_ns,
				   .rate_ppb = f.rate_ppb,
				   .n_refused = f.n_refused});
}

/* What made judge_member() say @p's reason. */
static struct figure figure_of(const struct node *n, const struct peer *p)
{
	const struct polled *q = &p->as_master.polled;
	struct figure f = {0};
	struct estimate est;

	if (p->as_master.judged.reason == REASON_DISOBEYS && q->applied_round == 0) {
		f.n_refused = (unsigned)q->sent_round;
	} else if (p->as_master.judged.reason == REASON_DISOBEYS) {
		f.off_ns = disobedience_ns(q);
	} else if (peer_measured(n, p, &est) &&
		   (p->as_master.judged.reason == REASON_RATE ||
		    p->as_master.judged.reason == REASON_FALSETICKER)) {
		f.rate_ppb = ns_from_double(est.rate * 1e9);
	}
	return f;
}

void judge_jumped(struct node *n, struct peer *p)
{
	p->as_master.judged.averaged = false;
	p->as_master.judged.reason = REASON_JUMPED;
	p->as_master.judged.reason_rounds = 0;
	if (p->as_master.judged.reason_told != REASON_JUMPED) {
		tell_excluded(n, p, (struct figure){0});
		p->as_master.judged.reason_told = REASON_JUMPED;
	}
}

enum member_state judge_state(const struct node *n, const struct peer *p)
{
	if (p->left) {
		return MEMBER_LEFT;
	}
	if (!p->in_table) {
		return session_can_send(&p->session) ? MEMBER_JOINING : MEMBER_CONTACT;
	}
	if (!peer_alive(n, p)) {
		return MEMBER_SILENT;
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

/* Count the rounds in which its wall clock did not go where it was steered.  A liar's report of what
 * is left to slew differs from what we measure; a stuck clock stays off, or gets worse, while it
 * takes our corrections.  True: there were too many in a row. */
static bool count_disobedience(struct peer *p, const struct estimate *est)
{
	const struct polled *q = &p->as_master.polled;
	struct judged *j = &p->as_master.judged;

	if (p->mode != MODE_STEER || q->applied_round == 0) {
		j->disobeyed = 0;
		return p->mode == MODE_STEER && q->sent_round >= REFUSED_ROUNDS; /* takes none */
	}
	int64_t wide =
		ns_max(ns_sub(est->hi_ns, est->offset_ns), ns_sub(est->offset_ns, est->lo_ns));
	int64_t slack = ns_add(wide, DISOBEY_NS);
	int64_t off = ns_abs(q->wall_offset_ns);
	bool lies = ns_abs(ns_add(q->wall_offset_ns, q->remainder_ns)) > slack;
	bool stuck = off > slack && off >= j->off_before - j->off_before / 16;

	j->off_before = off;
	if (!lies && !stuck) {
		j->disobeyed = off > slack ? j->disobeyed : 0;
	} else if (j->disobeyed < UINT8_MAX) {
		j->disobeyed++;
	}
	return j->disobeyed >= DISOBEY_ROUNDS;
}

enum reason judge_member(struct node *n, struct peer *p, const struct estimate *est, bool have)
{
	double drift = 2e-9 * (double)n->config.max_drift_ppb;

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
	if (!have) {
		return p->as_master.judged.reason == REASON_DELAY ? REASON_DELAY : REASON_NEWCOMER;
	}
	if (est->rate > drift + 4 * est->rate_sd || est->rate < -drift - 4 * est->rate_sd) {
		return REASON_RATE;
	}
	if (count_disobedience(p, est)) {
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

bool reason_is_quiet(enum reason r)
{
	return r == REASON_NONE || r == REASON_NEWCOMER || r == REASON_TRIMMED;
}

/* Tell people when a member leaves or comes back to the average, once a reason has stood a while.
 */
void judge_set_reason(struct node *n, struct peer *p, enum reason r)
{
	struct judged *j = &p->as_master.judged;

	if (j->reason != r) {
		j->reason_rounds = 0;
	} else if (j->reason_rounds < UINT8_MAX) {
		j->reason_rounds++;
	}
	j->reason = r;
	if (j->reason_rounds < TELL_ROUNDS && r != REASON_SILENT) {
		return;
	}
	if (r == REASON_SILENT && j->reason_told != r) {
		notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id,
		       .member_left = {DEPARTURE_SILENT});
	} else if (!reason_is_quiet(r) && j->reason_told != r) {
		tell_excluded(n, p, figure_of(n, p));
	} else if (r == REASON_NONE && !reason_is_quiet(j->reason_told)) {
		notice(n, NOTICE_MEMBER_READMITTED, LEVEL_NOTICE, p->id);
	}
	if (r != REASON_TRIMMED && r != REASON_NEWCOMER) {
		j->reason_told = r;
	}
}

void judge_delayed(struct peer *p)
{
	if (!p->as_master.judged.averaged) {
		p->as_master.judged.reason = REASON_DELAY;
	}
}

void judge_falseticker(struct node *n, struct peer *p, int64_t offset_ns)
{
	p->as_master.judged.reason = REASON_FALSETICKER;
	p->as_master.judged.reason_told = REASON_FALSETICKER;
	tell_excluded(n, p, (struct figure){.off_ns = offset_ns});
}

void judge_set_averaged(struct peer *p, bool averaged)
{
	p->as_master.judged.averaged = averaged;
}

void judge_exclude(struct peer *p, bool excluded)
{
	p->as_master.judged.operator_excluded = excluded;
}

void judge_begin(struct peer *p)
{
	struct judged *j = &p->as_master.judged;

	j->disobeyed = 0;
	j->averaged = false;
	j->reason = REASON_NEWCOMER;
	j->reason_told = REASON_NEWCOMER;
	j->reason_rounds = 0;
}

void judge_stepped(struct peer *p)
{
	p->as_master.judged.disobeyed = 0;
}
