/* handover.c - mastership passes on: we follow, step down, or tell others to. */
#include "core/node/handover.h"

#include "berk/term.h"
#include "core/node/budget.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/clock.h"
#include "core/node/date.h"
#include "core/node/doubt.h"
#include "core/node/effects.h"
#include "core/node/follow.h"
#include "core/node/grant.h"
#include "core/node/hint.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/reply.h"
#include "core/node/role.h"
#include "core/node/sweep.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>

/* Whoever does not follow us takes no notice. */
static void announce(struct node *n, enum wire_type what, node_id to)
{
	n->election.announced.what = what;
	n->election.announced.to = to;
	n->election.announced.term = n->election.term;
	sweep_begin(&n->election.announced.sweep);
	handover_tick(n);
}

/* Nobody waits then, and nobody else stands first. */
void handover_announce(struct node *n, node_id to)
{
	assert(n->election.role == ROLE_MASTER);
	announce(n, WIRE_TRANSFER, to);
}

void handover_say_goodbye(struct node *n)
{
	announce(n, WIRE_BYE, 0);
}

void handover_tick(struct node *n)
{
	struct wire_msg msg = {.type = n->election.announced.what,
			       .term = n->election.announced.term,
			       .transfer.to = n->election.announced.to};

	for (struct peer *p; (p = sweep_next(n, &n->election.announced.sweep));) {
		if (session_can_send(&p->session)) {
			outbox_send(n, p, &msg, false, 0);
		}
	}
}

mono_t handover_deadline(const struct node *n)
{
	return sweep_deadline(n, &n->election.announced.sweep);
}

static void tell_stepped_down(struct node *n, node_id yield_to, uint64_t their_term)
{
	notice(n, NOTICE_STEPPED_DOWN, LEVEL_NOTICE, yield_to,
	       .stepped_down = {.term = n->election.term, .their_term = their_term});
}

void handover_follow(struct node *n, struct peer *master, uint64_t term, mono_t heard)
{
	bool news = n->election.master != master->id || n->election.term != term ||
		    n->steering.taken.term != term ||
		    (n->election.role != ROLE_MEMBER && n->election.role != ROLE_DEPUTY);

	if (n->election.role == ROLE_MASTER) {
		tell_stepped_down(n, master->id, term);
		lead_end(n);
	}
	if (!term_is_of(n->steering.taken.term, master->id)) {
		date_forget_order(n);
	}
	if (n->election.master != master->id) {
		doubt_begin(n);
	}
	become_member(n, master->id, term, heard);
	chatting_begin_follow(n);
	if (!news) {
		return;
	}
	if (!line_bounded(n) && !budget_holds(n)) { /* nothing was promised yet: we are new here */
		clock_set_joined(n, false);
		if (n->steering.has_line) {
			clock_allow_step(n, STEP_NO_BOUND);
		}
	}
	hint_soon(n);
	follow_begin(n, term);
	reply_forget_pairs(n);
	notice(n, NOTICE_FOLLOWS_MASTER, LEVEL_NOTICE, master->id, .follows_master = {term});
}

void handover_restore(struct node *n)
{
	if (n->steering.date.era != 0 && n->step.pair.raw.ns >= n->steering.line.r0.ns) {
		timeline_restore(n);
		date_restore(n, &n->steering.kept.last);
		follow_restore(n);
		clock_follow(n, true);
	}
	if (!n->steering.has_line) {
		date_leave(n);
	}
}

void handover_lose_line(struct node *n, enum founding founding, node_id by)
{
	bool promised = line_bounded(n) || budget_holds(n);

	assert(n->election.role != ROLE_MASTER);
	if (founding == FOUNDING_DATE) {
		clock_note_founding(n);
	} else if (founding == FOUNDING_ORDER) {
		budget_note_order(n);
	}
	timeline_lose(n);
	census_leave(n);
	if (founding != FOUNDING_NONE || by != n->steering.doubt.kept_by || !budget_holds(n)) {
		doubt_forget(n); /* but no master makes us forget what it has said itself */
	}
	clock_leave(n);
	date_leave(n);
	follow_newcomer(n);
	if (founding != FOUNDING_NONE) {
		budget_found_anew(n);
		clock_allow_step(n, STEP_FOUNDING);
	} else if (!promised) {
		clock_allow_step(n, STEP_NO_BOUND);
	}
}

void step_down(struct node *n, node_id yield_to, uint64_t their_term)
{
	assert(n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE);
	if (n->election.role == ROLE_MASTER) {
		if (yield_to == 0 && n->election.deputy != 0) {
			handover_announce(n, n->election.deputy);
		}
		tell_stepped_down(n, yield_to, their_term);
		lead_end(n);
	}
	become_nobody(n);
	grant_stand_after(n, election_wait_ns(n, WAIT_STEPPED_DOWN));
}
