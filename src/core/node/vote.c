/* vote.c - pre-vote, vote and their tally.  ARCHITECTURE.md, "Election".
 *
 * Terms are unique to their master (term.h), so two masters of one term cannot be.  A vote only
 * spares the group needless changes: the deputy asks first whether others lost the master too
 * (pre-vote), then for their grant.  Raft, sections 5.2 and 9.6, is the model; what differs: a side
 * without a majority may go on as an island, so silence counts as consent when the time to answer
 * is over. */
#include "core/node/vote.h"

#include "berk/term.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/effects.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/hint.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/peer.h"
#include "core/node/role.h"
#include "core/node/sweep.h"
#include "core/node/table.h"
#include "core/rules/election.h"

#include <assert.h>
#include <string.h>

#define TOLD_NS	 (60 * NS_PER_S) /* between ballots without others that people are told of */

/* Whoever the master named before others stands first, unless it has lost so many ballots in a
 * row: after a split, each of two sides would wait for the successor of its own master. */
#define LOST_MAX 3

static struct rank own_rank(const struct node *n)
{
	return (struct rank){.settled = knows_time(n),
			     .dated = n->steering.date.ours != DATE_NONE,
			     .priority = n->config.priority,
			     .id = n->self.id};
}

/* Each vote makes its voter wait for the one that got it.  Lost packets explain that three in a row
 * came to nothing; who asks for more keeps all the others from standing.  They are in a row where
 * nobody else had the time to stand in between. */
#define UNUSED_MAX 3
#define UNUSED_NS  (20 * NS_PER_S) /* another leads by then */

void vote_start(struct node *n)
{
	assert(n->election.role == ROLE_NONE);
	grant_stand_after(n, election_wait_ns(n, WAIT_START));
}

/* --- Standing for election --- */

/* To all who have not answered: those for whom this step has no room are asked in the next. */
static void ballot_send(struct node *n)
{
	struct candidacy *c = &n->election.candidacy;
	struct wire_msg msg = {.type = c->voting ? WIRE_VOTE : WIRE_PREVOTE,
			       .term = n->election.term,
			       .vote = {.new_term = c->new_term,
					.settled = knows_time(n),
					.dated = n->steering.date.ours != DATE_NONE,
					.transfer = c->by_transfer,
					.priority = n->config.priority}};

	for (struct peer *p; (p = sweep_next(n, &c->sweep));) {
		if (!p->as_candidate.answered && !p->gone) {
			outbox_send(n, p, &msg, false, 0);
		}
	}
	c->resend = mono_add(n->step.now, ballot_pace_ns(n) / 8);
}

static void ballot_ask_again(struct node *n)
{
	struct candidacy *c = &n->election.candidacy;

	if (!c->sweep.under_way && n->step.now.ns >= c->resend.ns) {
		sweep_begin(&c->sweep);
	}
	if (c->sweep.under_way) {
		ballot_send(n);
	}
}

static void ballot_begin(struct node *n, bool voting)
{
	struct candidacy *c = &n->election.candidacy;
	uint64_t term = n->election.term, seen = n->election.terms.seen;

	for_each_peer (n, p) {
		memset(&p->as_candidate, 0, sizeof(p->as_candidate));
	}
	become_candidate(n);
	c->voting = voting;
	c->begun = n->step.now;
	c->end = mono_add(n->step.now, ballot_pace_ns(n) / 2);
	if (!voting || c->new_term == 0) {
		c->new_term = term_next(term > seen ? term : seen, n->self.id);
	}
	if (voting) {
		grant_term(n, c->new_term, n->self.id);
	}
	sweep_begin(&c->sweep);
	ballot_send(n);
}

static void ballot_give_up(struct node *n)
{
	role_ballot_lost(n);
	n->election.candidacy.by_transfer = false;
	n->election.candidacy.n_lost++;
	grant_stand_after(n, election_wait_ns(n, n->election.role == ROLE_MEMBER
							 ? WAIT_BALLOT_LOST
							 : WAIT_BALLOT_LOST_ALONE));
}

static void ballot_won(struct node *n)
{
	uint16_t source = NO_INDEX;
	struct chat_pos best = n->chat.log.last;

	for_each_peer (n, p) {
		if (p->as_candidate.granted && takes_term(n, p->chat_last.term) &&
		    chat_pos_after(p->chat_last, best)) {
			best = p->chat_last;
			source = peer_index(n, p);
		}
	}
	n->election.candidacy.by_transfer = false;
	n->election.candidacy.n_lost = 0;
	become_master(n);
	lead_begin(n);
	chatting_begin_lead(n, source, best);
}

/* Does what @p says keep us from leading, whatever others grant?  One that lies would keep a group
 * without a master for ever, so a veto is worth no more than what it stands for.  Whoever is the
 * better master stands itself, and had its turn when we have lost some ballots; whoever carries
 * the group's time has nothing to say against one who knows it. */
static bool is_veto(const struct node *n, const struct peer *p)
{
	switch (p->as_candidate.refusal) {
	case REFUSAL_RANK:
		return n->election.candidacy.n_lost < LOST_MAX;
	case REFUSAL_UNSETTLED:
		return !knows_time(n);
	default:
		return false;
	}
}

static bool is_against(const struct node *n, const struct peer *p)
{
	return is_veto(n, p) || p->as_candidate.refusal == REFUSAL_MASTER_ALIVE ||
	       p->as_candidate.refusal == REFUSAL_NOT_ALLOWED;
}

/* What the voters have said so far. */
struct tally {
	unsigned grants; /* ours among them, those of guests not */
	bool alive;	 /* a voter hears the master */
	bool unwanted;	 /* a voter would not follow us */
	bool veto;	 /* what a voter says is above all grants */
	node_id against; /* one that said any of these; 0: nobody did */
	bool waiting;	 /* a voter has not answered */
};

static struct tally tally_votes(const struct node *n)
{
	struct tally t = {.grants = !n->election.census.guest};

	for_each_peer (n, p) {
		t.grants += p->as_candidate.granted && !p->guest;
		t.alive = t.alive || p->as_candidate.refusal == REFUSAL_MASTER_ALIVE;
		t.unwanted = t.unwanted || p->as_candidate.refusal == REFUSAL_NOT_ALLOWED;
		t.veto = t.veto || is_veto(n, p);
		t.against = is_against(n, p) ? p->id : t.against;
		t.waiting = t.waiting || (!p->as_candidate.answered && !p->left &&
					  session_can_send(&p->session));
	}
	return t;
}

void vote_init(struct node *n)
{
	n->election.ballot_told = MONO_LONG_AGO;
}

/* Who is alone, or in vain, asks again and again, and people are told once a minute. */
static enum notice_level ballot_level(struct node *n, bool by_others)
{
	mono_t *told = &n->election.ballot_told;

	if (!by_others && mono_within(*told, n->step.now, TOLD_NS)) {
		return LEVEL_DEBUG;
	}
	*told = n->step.now;
	return LEVEL_INFO;
}

/* Is it decided?  @over: the time to answer has passed. */
static void ballot_tally(struct node *n, bool over)
{
	struct tally t = tally_votes(n);
	bool majority = 2 * t.grants > electorate(n);
	bool founds = n->election.census.group_new && !knows_time(n);
	bool passed = !t.veto && majority && (!founds || (!t.waiting && !t.alive));

	if (!passed && !over) {
		return;
	}
	/* Time is over: an island is made of those who answered, of whom all consent. */
	bool island = n->config.quorum == QUORUM_ISLAND && !t.unwanted;

	passed = passed || (!t.veto && !t.alive && (majority || island));
	notice(n, NOTICE_ELECTION, ballot_level(n, passed && t.grants > 1), passed ? 0 : t.against,
	       .election = {.term = n->election.candidacy.new_term,
			    .voting = n->election.candidacy.voting,
			    .n_grants = t.grants});
	if (!passed) {
		ballot_give_up(n);
	} else if (n->election.candidacy.voting) {
		ballot_won(n);
	} else {
		ballot_begin(n, true);
	}
}

void vote_master_ends(struct node *n, node_id to)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	role_end_lease(n);
	if (to != n->self.id || !may_stand(n) || !n->steering.clock.settled) {
		grant_stand_after(n, election_wait_ns(n, WAIT_GOODBYE));
		return;
	}
	n->election.candidacy.by_transfer = true;
	n->election.candidacy.new_term = 0;
	ballot_begin(n, true);
}

void vote_on_goodbye(struct node *n, struct peer *p)
{
	bool member = n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY;

	/* Who says goodbye twice, or was never counted, is not counted out. */
	if (p->in_table && !p->guest) {
		census_goodbye(n, p);
	}
	peer_leave(p);
	if (member && p->id == n->election.master) {
		vote_master_ends(n, n->election.deputy);
	} else if (n->election.role == ROLE_MASTER) {
		notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id,
		       .member_left = {DEPARTURE_GOODBYE});
	}
}

void vote_on_transfer(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	if (p->id == n->election.master && msg->term == n->election.term &&
	    (n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY)) {
		vote_master_ends(n, msg->transfer.to);
	}
}

/* --- Answering --- */

/* Did the master name us as successor before @id? */
static bool before_in_succession(const struct node *n, node_id id)
{
	for (unsigned i = 0; i < n->election.n_succession && n->election.succession[i] != id; i++) {
		if (n->election.succession[i] == n->self.id) {
			return true;
		}
	}
	return false;
}

static enum refusal vote_judge(const struct node *n, const struct peer *p,
			       const struct wire_vote *v, bool vote)
{
	struct rank mine = own_rank(n);
	struct rank theirs = {.settled = v->settled,
			      .dated = v->dated,
			      .priority = v->priority,
			      .id = p->id};
	bool granted = n->election.granted_to == p->id && n->election.term == v->new_term;

	if (v->priority == 0 || !id_may_lead(n, p->id) || !term_is_of(v->new_term, p->id) ||
	    n->step.now.ns < p->distrusted.ns || n->step.now.ns < p->as_voter.again_at.ns) {
		return REFUSAL_NOT_ALLOWED;
	}
	if (n->election.disk_failed) {
		return REFUSAL_DISK;
	}
	if (v->new_term <= n->election.term && !granted) {
		return REFUSAL_TERM;
	}
	if (!takes_term(n, v->new_term)) {
		/* Told of the term alone, it would take that for consent, and lead itself under
		 * ever higher ones. */
		return master_alive(n) ? REFUSAL_MASTER_ALIVE : REFUSAL_TERM;
	}
	if (v->transfer && n->election.role == ROLE_MASTER && n->election.transfer_to == p->id) {
		return REFUSAL_NONE; /* our own order; the members' leases end with our goodbye */
	}
	if (master_alive(n) && !granted) {
		return REFUSAL_MASTER_ALIVE;
	}
	if (carries_time(n) && !v->settled) {
		return REFUSAL_UNSETTLED;
	}
	if (!vote && !knows_time(n) && !v->settled && may_stand(n) && rank_better(&mine, &theirs)) {
		return REFUSAL_RANK;
	}
	if (!vote && carries_time(n) && before_in_succession(n, p->id) &&
	    n->election.candidacy.n_lost < LOST_MAX) {
		/* Polls are spread over the interval: it only missed the master earlier. */
		return REFUSAL_RANK;
	}
	return REFUSAL_NONE;
}

void vote_answer(struct node *n, struct peer *p, enum wire_type type, uint64_t new_term,
		 enum refusal r)
{
	bool alive = master_alive(n);
	struct wire_msg reply = {
		.type = type,
		.term = n->election.term,
		.vote_reply = {.new_term = new_term,
			       .granted = r == REFUSAL_NONE,
			       .settled = knows_time(n),
			       .refusal = (uint8_t)r,
			       .master = alive ? n->election.master : 0,
			       .n_alive = (uint16_t)(alive ? n->election.census.n_alive : 0),
			       .chat_last = n->chat.log.last}};

	outbox_send(n, p, &reply, false, 0);
}

/* @p has our vote, and may not lead with it. */
static void note_granted(struct node *n, struct peer *p)
{
	int64_t row_ns = UNUSED_NS + 2 * election_wait_ns(n, WAIT_GRANTED);
	bool in_row = mono_within(p->as_voter.last, n->step.now, row_ns);

	p->as_voter.n_unused = in_row ? p->as_voter.n_unused + 1 : 1;
	p->as_voter.last = n->step.now;
	if (p->as_voter.n_unused >= UNUSED_MAX) {
		p->as_voter.again_at = mono_add(n->step.now, UNUSED_NS);
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id,
		       .limit_tripped = {.limit = LIMIT_VOTES});
	}
}

void vote_note_used(struct peer *p)
{
	assert(p->used);
	p->as_voter.n_unused = 0;
}

void vote_on_request(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote *v = &msg->vote;
	bool vote = msg->type == WIRE_VOTE;

	grant_hear_term(n, v->new_term, p->id);
	enum refusal r = vote_judge(n, p, v, vote);

	peer_describe(p, p->mode, v->priority, v->settled);
	if (vote && r == REFUSAL_NONE && v->new_term != n->election.term) {
		if (n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE) {
			step_down(n, p->id, v->new_term);
		}
		grant_transfer_to(n, 0, MONO_LONG_AGO);
		grant_term(n, v->new_term, p->id);
		role_yield_deputy(n);
		grant_stand_after(n, election_wait_ns(n, WAIT_GRANTED));
		note_granted(n, p);
	}
	notice(n, NOTICE_VOTE, LEVEL_DEBUG, p->id, .vote = {.term = v->new_term, .refusal = r});
	vote_answer(n, p, vote ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY, v->new_term, r);
	if (r == REFUSAL_MASTER_ALIVE) {
		hint_send(n, p); /* we may be the only one whom both know */
	}
}

/* Has @p granted a term that is not below ours?  Our next one is above it.  That is no veto: who
 * says so again and again has no more than its own vote. */
static bool refused_for_higher(struct node *n, const struct peer *p, const struct wire_msg *msg)
{
	if (msg->vote_reply.refusal != REFUSAL_TERM || msg->term < n->election.candidacy.new_term) {
		return false;
	}
	grant_hear_term(n, msg->term, p->id);
	if (!takes_term(n, msg->term)) {
		return false;
	}
	grant_note_term(n, msg->term);
	return true;
}

void vote_on_reply(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote_reply *r = &msg->vote_reply;

	if (n->election.role != ROLE_CANDIDATE || r->new_term != n->election.candidacy.new_term ||
	    n->election.candidacy.voting != (msg->type == WIRE_VOTE_REPLY)) {
		return;
	}
	p->as_candidate.answered = true;
	p->as_candidate.granted = r->granted;
	peer_describe(p, p->mode, p->priority, r->settled);
	peer_note_chat(p, r->chat_last);
	p->as_candidate.refusal = r->granted ? REFUSAL_NONE : (enum refusal)r->refusal;
	if (refused_for_higher(n, p, msg) && n->election.candidacy.n_lost == 0) {
		ballot_give_up(n); /* and ask again under a term above that one */
		return;
	}
	ballot_tally(n, false);
}

/* --- Time --- */

/* When the master that we follow has been silent for too long, or there is none and we may stand
 * again. */
static void watch_master(struct node *n)
{
	if (master_alive(n)) {
		n->election.candidacy.n_lost = 0;
	}
	if (mono_is_long_ago(n->election.heard) && mono_is_never(n->election.stand_at) &&
	    may_stand(n)) {
		grant_stand_after(n, election_wait_ns(n, WAIT_START));
	}
	if (n->election.master != 0 && !mono_is_long_ago(n->election.heard) &&
	    mono_is_never(n->election.stand_at) && may_stand(n)) {
		grant_stand_at(n, mono_add(n->election.heard, election_timeout_ns(n)));
	}
}

void vote_tick(struct node *n)
{
	const struct candidacy *c = &n->election.candidacy;

	if (n->election.role == ROLE_MASTER) {
		return;
	}
	if (n->election.role == ROLE_CANDIDATE) {
		if (n->step.now.ns >= c->end.ns) {
			ballot_tally(n, true);
		} else {
			ballot_ask_again(n);
		}
		return;
	}
	watch_master(n);
	if (n->step.now.ns >= n->election.stand_at.ns && master_alive(n)) {
		grant_stand_at(n, MONO_NEVER); /* heard again meanwhile */
		watch_master(n);
	}
	if (n->step.now.ns >= n->election.stand_at.ns) {
		if (may_stand(n)) {
			ballot_begin(n, false);
		} else { /* not since we meant to */
			grant_stand_at(n, MONO_NEVER);
		}
	}
}

mono_t vote_deadline(const struct node *n)
{
	if (n->election.role == ROLE_CANDIDATE) {
		const struct candidacy *c = &n->election.candidacy;

		return mono_min(mono_min(c->end, c->resend), sweep_deadline(n, &c->sweep));
	}
	return n->election.role == ROLE_MASTER ? MONO_NEVER : n->election.stand_at;
}
