/* meet.c - two masters meet: which side stays, and whom a member follows. */
#include "core/node/meet.h"

#include "berk/term.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/contacts.h"
#include "core/node/date.h"
#include "core/node/drift.h"
#include "core/node/estimators.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/hint.h"
#include "core/node/hold.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/reply.h"
#include "core/node/role.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/node/vote.h"
#include "core/node/witness.h"

#include <assert.h>
#include <limits.h>

/* Of two sides: a later term with a majority of the table was elected by it, whatever an older
 * count says; else the larger side, on a tie the later term. */
static bool side_better(uint64_t term, unsigned n_alive, uint64_t than_term, unsigned than_alive,
			unsigned n_table)
{
	if (term > than_term && 2 * n_alive > n_table) {
		return true;
	}
	if (than_term > term && 2 * than_alive > n_table) {
		return false;
	}
	return n_alive != than_alive ? n_alive > than_alive : term > than_term;
}

/* The side of another master. */
struct side {
	node_id master;
	uint64_t term;
	unsigned n_alive; /* as is claimed */
	bool foreign; /* of another founding, so no majority of our table has elected its master */
};

static struct side side_of_poll(const struct node *n, const struct peer *p,
				const struct wire_msg *msg)
{
	return (struct side){.master = p->id,
			     .term = msg->term,
			     .n_alive = msg->poll.n_alive,
			     .foreign = date_is_foreign(n, p->id, &msg->poll)};
}

static bool claims_more(const struct node *n, const struct side *s)
{
	return side_better(s->term, known_of(n, s->n_alive), n->election.term,
			   master_alive(n) ? n->election.census.n_alive : 0,
			   s->foreign ? UINT16_MAX : n->election.census.n_table);
}

/* We, and all that have shown their keys. */
static unsigned count_proved(const struct node *n)
{
	unsigned k = 1;

	for_each_peer (n, p) {
		k += !p->gone && (!p->left || p->testimony.answered) && peer_was_proved(p);
	}
	return k;
}

/* The same, where no side is larger than all who have shown us their keys without those who say
 * themselves that they follow the other one.  Who is silent may be on either. */
static bool shows_more(const struct node *n, const struct side *s)
{
	const unsigned known = count_proved(n);
	const unsigned ours = !master_alive(n) ? 0 : n->election.role == ROLE_MASTER ? 1 : 2;
	const unsigned own_claim = ours > 0 ? n->election.census.n_alive : 0;
	const unsigned for_us = ours + witness_followers(n, n->election.master);
	const unsigned for_them = 1 + witness_followers(n, s->master);
	const unsigned their_most = known - (for_us < known ? for_us : known);
	const unsigned our_most = known - (for_them < known ? for_them : known);

	return side_better(s->term, s->n_alive < their_most ? s->n_alive : their_most,
			   n->election.term, own_claim < our_most ? own_claim : our_most,
			   s->foreign ? UINT16_MAX : n->election.census.n_table);
}

/* Is @s the better side than that of a master who is here? */
enum comparison {
	SIDE_WORSE,
	SIDE_UNSHOWN, /* it claims to be, and nobody else was asked */
	SIDE_BETTER,
};

static enum comparison compare_side(const struct node *n, const struct side *s)
{
	if (!claims_more(n, s)) {
		return SIDE_WORSE;
	}
	if (!witness_heard(n, MONO_LONG_AGO)) {
		return SIDE_UNSHOWN;
	}
	return shows_more(n, s) ? SIDE_BETTER : SIDE_WORSE;
}

/* What comes of a poll. */
enum meeting {
	MEET_FOLLOW, /* its sender is our master, or is to be followed from now on */
	MEET_REFUSE,
	MEET_YIELD, /* as master: its side is the better one, but its term is not above ours */
	MEET_RAISE, /* as master: our side is the better one, but our term is below */
	MEET_ASK,   /* others are asked first whether its side is the better one */
};

static enum meeting meet_as_master(const struct node *n, const struct side *s,
				   const struct wire_msg *msg)
{
	bool higher = msg->term > n->election.term;
	enum comparison side = compare_side(n, s);

	if (!line_bounded(n) && !msg->poll.group_new) {
		side = SIDE_BETTER;
	} else if (line_bounded(n) && !msg->poll.group_new &&
		   n->steering.date.confirmed != msg->poll.date_confirmed) {
		side = msg->poll.date_confirmed ? SIDE_BETTER : SIDE_WORSE; /* who knows the date */
	}

	switch (side) {
	case SIDE_BETTER:
		return higher ? MEET_FOLLOW : MEET_YIELD;
	case SIDE_UNSHOWN:
		return MEET_ASK;
	case SIDE_WORSE:
		break;
	}
	return higher ? MEET_RAISE : MEET_REFUSE;
}

/* @term is above ours, and we hear a master: it is left for who has more followers, by their own
 * word. */
static enum meeting meet_as_member(const struct node *n, const struct side *s)
{
	static const enum meeting of[] = {
		[SIDE_WORSE] = MEET_REFUSE, [SIDE_UNSHOWN] = MEET_ASK, [SIDE_BETTER] = MEET_FOLLOW};

	return of[compare_side(n, s)];
}

static enum meeting meet_judge(const struct node *n, const struct peer *p,
			       const struct wire_msg *msg)
{
	const struct side side = side_of_poll(n, p, msg);
	bool ours = n->election.role != ROLE_MASTER && p->id == n->election.master;

	if (!term_is_of(msg->term, p->id) || !peer_is_eligible(n, p) || !takes_term(n, msg->term)) {
		return MEET_REFUSE;
	}
	if (ours &&
	    (msg->term == n->election.term ||
	     (msg->term > n->election.term && date_accepts_founding(n, p->id, &msg->poll)))) {
		return MEET_FOLLOW;
	}
	if (msg->poll.group_new && (carries_time(n) || (line_bounded(n) && master_alive(n)))) {
		return MEET_REFUSE; /* we carry the group's time, it has none */
	}
	if (n->election.role == ROLE_MASTER) {
		return meet_as_master(n, &side, msg);
	}
	if (msg->term == n->election.term) {
		return MEET_FOLLOW; /* we granted it, or it is our old master again */
	}
	if (master_alive(n) && line_bounded(n) && !msg->poll.group_new &&
	    n->steering.date.confirmed && !msg->poll.date_confirmed) {
		return MEET_REFUSE;
	}
	if (msg->term < n->election.term) {
		return MEET_REFUSE;
	}
	if (!master_alive(n) || ours) {
		return MEET_FOLLOW; /* our own grant, of which nobody here has another */
	}
	return meet_as_member(n, &side);
}

/* As master: our side stays, so its term must be above @p's.  When there is none, we
 * yield. */
static void outbid(struct node *n, const struct peer *p, uint64_t term)
{
	if (!may_take_term(n)) {
		step_down(n, p->id, term);
	} else if (grant_outbid(n)) {
		lead_raise_term(n, term);
	}
}

/* Say whom we follow, and how large that side is. */
static void refuse_poll(struct node *n, struct peer *p, uint64_t term)
{
	enum refusal r = carries_time(n) ? REFUSAL_UNSETTLED : REFUSAL_TERM;

	vote_answer(n, p, WIRE_VOTE_REPLY, term, master_alive(n) ? REFUSAL_MASTER_ALIVE : r);
	if (n->election.role == ROLE_MASTER) {
		hint_followers(n, p);
	}
}

/* What it says of a founding that we do not accept gives us no step back. */
static enum founding founding_taken(const struct node *n, node_id master, const struct wire_poll *q)
{
	return date_accepts_founding(n, master, q) ? (enum founding)q->founding : FOUNDING_NONE;
}

void meet_on_poll(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		  uint8_t quality)
{
	grant_hear_term(n, msg->term, p->id);
	enum meeting m = meet_judge(n, p, msg);

	date_tell_founding(n, p->id, &msg->poll);
	if (m == MEET_YIELD) {
		bool foreign = date_is_foreign(n, p->id, &msg->poll);

		step_down(n, p->id, msg->term);
		if (foreign) { /* what our line promised was of another group */
			handover_lose_line(n, FOUNDING_NONE, p->id);
		}
	} else if (m == MEET_RAISE) {
		outbid(n, p, msg->term);
	} else if (m == MEET_ASK) {
		witness_ask(n);
		return;
	}
	if (m != MEET_FOLLOW) {
		refuse_poll(n, p, msg->term);
		return;
	}
	bool foreign = date_is_foreign(n, p->id, &msg->poll);
	enum founding founding = founding_taken(n, p->id, &msg->poll);

	handover_follow(n, p, msg->term, came_at(n, at));
	vote_note_used(p);
	if (founding != FOUNDING_NONE) {
		date_give_up(n);
	}
	date_hear(n, &msg->poll);
	hold_hear(n, &msg->poll.hold);
	if (foreign) {
		handover_lose_line(n, founding, p->id);
	}
	peer_set_in_table(p, true);
	census_hear(n, &msg->poll);
	if (drift_hear(n, p, msg->poll.max_drift_ppb)) {
		estimators_configure(n);
	}
	role_hear_poll(n, &msg->poll);
	chatting_on_poll(n, p, &msg->poll);
	reply_hold(n, p, msg->poll.seq, false, at, quality);
	hint_tick(n);
}

/* Neither of the two is followed or voted for.  But silence is consent to a ballot, and to whoever
 * begins a group: nobody may do so beside the time that we carry; and where one goes on that we
 * would follow, our line is of a group that is no more. */
void meet_twin(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	bool vote = msg->type == WIRE_VOTE, prevote = msg->type == WIRE_PREVOTE;
	bool alive = master_alive(n);

	assert(peer_is_twin(p));
	if (msg->type == WIRE_POLL) {
		enum meeting m = meet_judge(n, p, msg);

		if (m == MEET_ASK) {
			witness_ask(n);
		} else if (m != MEET_FOLLOW && m != MEET_YIELD) {
			refuse_poll(n, p, msg->term);
		} else if (date_is_foreign(n, p->id, &msg->poll)) {
			if (n->election.role == ROLE_MASTER) {
				step_down(n, p->id, msg->term);
			}
			handover_lose_line(n, founding_taken(n, p->id, &msg->poll), p->id);
		}
	} else if ((vote || prevote) && (alive || (carries_time(n) && !msg->vote.settled))) {
		vote_answer(n, p, vote ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY, msg->vote.new_term,
			    alive ? REFUSAL_MASTER_ALIVE : REFUSAL_UNSETTLED);
	}
}

/* One member says that there is a better side.  While a majority follows us that is hearsay: its
 * master is called, and will poll us.  Who has no majority may have been replaced: it yields, and
 * so does who leads himself alone, whose majority is nobody's word. */
static void hear_of_side(struct node *n, node_id master, uint64_t term)
{
	struct peer *m = peer_find(n, master);

	if (!majority_is_here(n) || n->election.census.n_alive < 2) {
		step_down(n, master, term);
	} else if (m && !session_can_send(&m->session)) {
		contact_want_session(n, m);
	}
}

void meet_on_refusal(struct node *n, const struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote_reply *r = &msg->vote_reply;

	assert(n->election.role == ROLE_MASTER);
	if (r->granted || r->new_term != n->election.term || r->master == n->self.id) {
		return; /* no refusal, or an answer to an earlier term of ours */
	}
	grant_hear_term(n, msg->term, p->id);
	if (!takes_term(n, msg->term)) {
		return;
	}
	if (r->refusal == REFUSAL_UNSETTLED && !line_bounded(n)) {
		step_down(n, p->id, msg->term); /* it carries a group's time, we do not */
		return;
	}
	bool may_be_new = line_bounded(n) && !r->settled; /* that side, without a time */

	const struct side side = {.master = r->master, .term = msg->term, .n_alive = r->n_alive};
	enum comparison c = r->master != 0 && !may_be_new ? compare_side(n, &side) : SIDE_WORSE;

	if (c == SIDE_BETTER) {
		hear_of_side(n, r->master, msg->term);
	} else if (c == SIDE_UNSHOWN) {
		witness_ask(n);
	} else if (msg->term > n->election.term) {
		outbid(n, p, msg->term);
	}
}
