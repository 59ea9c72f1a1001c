/* vote.c - who is master: lease, pre-vote, vote, transfer, rivals.  ARCHITECTURE.md,
 * "Election".
 *
 * Terms are unique to their master (election.h), so two masters of one term cannot be.  A vote only
 * spares the group needless changes: the deputy asks first whether others lost the master too
 * (pre-vote), then for their grant.  Raft, sections 5.2 and 9.6, is the model; what differs: a side
 * without a majority may go on as an island, so silence counts as consent when the time to answer
 * is over.
 */
#include "core/node/node_private.h"

#include <string.h>

#define LEASE_UNIT_NS_MIN (200 * NS_PER_MS)
#define LISTEN_NS_MIN	  (1500 * NS_PER_MS)

/* What leases and patience are counted in: the master's promised poll. */
int64_t lease_unit(const struct node *n)
{
	return ns_max(n->election.lease_poll_ns, LEASE_UNIT_NS_MIN);
}

static int64_t silence(const struct node *n)
{
	return n->election.heard.ns == INT64_MIN ? INT64_MAX
						 : mono_sub(n->step.now, n->election.heard);
}

/* The lease that a voter keeps: a poll and a quarter; a lost poll is repeated within that time. */
bool master_alive(const struct node *n)
{
	return n->election.role == ROLE_MASTER ||
	       (n->election.master != 0 && silence(n) < lease_unit(n) * 5 / 4);
}

/* How long we wait before we stand: the deputy first, the others in the order of succession. */
static int64_t patience(const struct node *n)
{
	int64_t unit = lease_unit(n);

	for (unsigned i = 0; i < n->election.n_succession; i++) {
		if (n->election.succession[i] == n->self.id) {
			return unit * (16 + 5 * (int64_t)i) / 10;
		}
	}
	return unit * (16 + 5 * (int64_t)WIRE_SUCCESSION_MAX) / 10;
}

static bool may_stand(const struct node *n)
{
	if (n->config.priority == 0 || n->config.mode == MODE_OBSERVE) {
		return false;
	}
	for (size_t i = 0; i < n->config.n_master_keys; i++) {
		if (id_from_key(n->config.master_keys[i]) == n->self.id) {
			return true;
		}
	}
	return n->config.master_keys == NULL;
}

/* Do we know the group's time?  A host whose wall clock was moved by another hand does: its line is
 * over RAW. */
static bool knows_time(const struct node *n)
{
	return n->steering.clock.settled || (line_bounded(n) && !n->steering.clock.joined);
}

/* ... and may lead?  Who may not lead must not stop those who may. */
bool vote_carries(const struct node *n)
{
	return knows_time(n) && may_stand(n);
}

static struct rank own_rank(const struct node *n)
{
	return (struct rank){.settled = knows_time(n),
			     .priority = n->config.priority,
			     .id = n->self.id};
}

void vote_stand_later(struct node *n, int64_t base_ns)
{
	int64_t jitter = (int64_t)rng_below(&n->rng, (uint64_t)lease_unit(n) / 5);

	n->election.stand_at = may_stand(n) ? mono_add(n->step.now, base_ns + jitter) : MONO_NEVER;
}

void vote_start(struct node *n)
{
	n->election.role = ROLE_NONE;
	vote_stand_later(n, ns_max(LISTEN_NS_MIN, 2 * lease_unit(n)));
}

/* --- Following --- */

/* @master is ours from now on, under @term (which it has made known). */
void follow(struct node *n, struct peer *master, uint64_t term)
{
	bool news = n->election.master != master->id || n->election.term != term ||
		    n->steering.taken.term != term || n->election.role == ROLE_MASTER ||
		    n->election.role == ROLE_NONE || n->election.role == ROLE_CANDIDATE;

	if (n->election.role == ROLE_MASTER) {
		notice(n, NOTICE_STEPPED_DOWN, LEVEL_NOTICE, master->id, (int64_t)n->election.term,
		       (int64_t)term, 0);
		master_end(n);
	}
	if (n->election.term != term) {
		n->election.term = term;
		node_save_term(n);
	}
	n->election.master = master->id;
	n->election.granted_to = master->id;
	n->election.heard = n->step.now;
	if (n->election.role != ROLE_MEMBER && n->election.role != ROLE_DEPUTY) {
		n->election.role = ROLE_MEMBER;
	}
	n->election.stand_at = MONO_NEVER;
	chat_follow(&n->chat.log);
	if (news && !line_bounded(n)) {
		n->steering.clock.joined =
			false; /* what we followed had no bound: we are a newcomer here */
	}
	if (news) {
		join_hint_soon(n);
		n->steering.taken.round = 0;
		n->steering.taken.n_term_lines = 0;
		n->steering.sent.n =
			0; /* pairs sent to another master, or under another term, have other
				  numbers */
		n->steering.taken.term = term;
		notice(n, NOTICE_FOLLOWS_MASTER, LEVEL_NOTICE, master->id, (int64_t)term, 0, 0);
	}
}

/* Tell everyone that our leases end and @to is to stand: nobody waits, and nobody else stands
 * first. */
void vote_hand_over(struct node *n, node_id to)
{
	struct wire_msg msg = {.type = WIRE_TRANSFER, .term = n->election.term, .transfer.to = to};

	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && p->as_master.polled.follows && session_can_send(&p->session)) {
			node_send(n, p, &msg, false, 0);
		}
	}
}

/* Cease to be master or candidate; follow nobody until somebody polls. */
void step_down(struct node *n, node_id yield_to, uint64_t their_term)
{
	if (n->election.role == ROLE_MASTER) {
		if (yield_to == 0 && n->election.deputy != 0) {
			vote_hand_over(n, n->election.deputy);
		}
		notice(n, NOTICE_STEPPED_DOWN, LEVEL_NOTICE, yield_to, (int64_t)n->election.term,
		       (int64_t)their_term, 0);
		master_end(n);
	}
	n->election.role = ROLE_NONE;
	n->election.master = 0;
	n->election.deputy = 0;
	n->election.n_succession = 0;
	n->election.heard = NEVER_HEARD;
	vote_stand_later(n, 3 * lease_unit(n));
}

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

bool vote_side_better(const struct node *n, uint64_t term, unsigned n_alive)
{
	return side_better(term, n_alive, n->election.term,
			   master_alive(n) ? n->election.census.n_alive : 0,
			   n->election.census.n_table);
}

/* --- Standing for election --- */

static void ask(struct node *n)
{
	struct wire_msg msg = {.type = n->election.candidacy.voting ? WIRE_VOTE : WIRE_PREVOTE,
			       .term = n->election.term,
			       .vote = {.new_term = n->election.candidacy.new_term,
					.settled = knows_time(n),
					.transfer = n->election.candidacy.by_transfer,
					.priority = n->config.priority,
					.chat_last = n->chat.log.last}};

	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && !p->as_candidate.answered && !p->left) {
			node_send(n, p, &msg, false, 0);
		}
	}
	n->election.candidacy.resend = mono_add(n->step.now, lease_unit(n) / 8);
}

static void poll_begin(struct node *n, bool voting)
{
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		p->as_candidate.answered = false;
		p->as_candidate.granted = false;
		p->as_candidate.refused_alive = false;
		p->as_candidate.refused_rank = false;
	}
	n->election.role = ROLE_CANDIDATE;
	n->election.candidacy.voting = voting;
	n->election.stand_at = MONO_NEVER;
	n->election.candidacy.end = mono_add(n->step.now, lease_unit(n) / 2);
	if (!voting || n->election.candidacy.new_term == 0) {
		uint64_t above = n->election.term > n->election.term_seen ? n->election.term
									  : n->election.term_seen;

		n->election.candidacy.new_term = term_next(above, n->self.id);
	}
	if (voting) { /* our own grant, on disk before anyone hears of it */
		n->election.term = n->election.candidacy.new_term;
		n->election.granted_to = n->self.id;
		node_save_term(n);
	}
	ask(n);
}

static void give_up(struct node *n)
{
	bool known = n->election.master != 0;

	n->election.role = known ? ROLE_MEMBER : ROLE_NONE;
	n->election.candidacy.by_transfer = false;
	vote_stand_later(n, lease_unit(n) * (known ? 1 : 2) / 4);
}

static void elected(struct node *n)
{
	uint16_t source = NO_INDEX;
	struct chat_pos best = n->chat.log.last;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && p->as_candidate.granted && chat_pos_after(p->chat_last, best)) {
			best = p->chat_last;
			source = (uint16_t)i;
		}
	}
	n->chat.source = source;
	n->chat.target = best;
	n->election.candidacy.by_transfer = false;
	n->election.master = n->self.id;
	n->election.role = ROLE_MASTER;
	n->election.heard = n->step.now;
	n->election.stand_at = MONO_NEVER;
	master_begin(n);
	chat_master_began(n);
}

/* The last known table, and whoever is configured beyond it: what a majority is counted of.  A
 * configured host that was never met since our start is waited for as long as a silent member is.
 */
unsigned electorate(const struct node *n)
{
	unsigned known = 1;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		known += p->used && !p->left &&
			 (p->in_table ||
			  (p->contact != NO_INDEX && n->store.contacts[p->contact].configured));
	}
	bool waiting = mono_sub(n->step.now, n->self.started_at) < n->config.forget_ns;

	for (size_t i = 0; waiting && i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		known += c->used && c->configured && !c->is_self && c->peer == NO_INDEX;
	}
	return known > n->election.census.n_table ? known : n->election.census.n_table;
}

static unsigned grants(const struct node *n)
{
	unsigned g = 1;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		g += n->store.peers[i].used && n->store.peers[i].as_candidate.granted;
	}
	return g;
}

/* Is it decided?  @over: the time to answer has passed. */
static void count(struct node *n, bool over)
{
	bool alive = false, rank = false, waiting = false;
	unsigned g = grants(n);

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used) {
			alive = alive || p->as_candidate.refused_alive;
			rank = rank || p->as_candidate.refused_rank;
			waiting = waiting || (!p->as_candidate.answered && !p->left &&
					      session_can_send(&p->session));
		}
	}
	bool majority = 2 * g > electorate(n);
	bool cold = n->election.census.group_new && !knows_time(n);
	bool passed = !rank && majority && (!cold || (!waiting && !alive));

	if (!passed && !over) {
		return;
	}
	/* Time is over: an island is made of those who answered. */
	passed = passed || (!rank && !alive && (majority || n->config.quorum == QUORUM_ISLAND));
	notice(n, NOTICE_ELECTION, LEVEL_INFO, 0, (int64_t)n->election.candidacy.new_term,
	       n->election.candidacy.voting, g);
	if (!passed) {
		give_up(n);
	} else if (n->election.candidacy.voting) {
		elected(n);
	} else {
		poll_begin(n, true);
	}
}

/* Our master hands over to @to, or said goodbye (@to: its deputy): its lease ends with its word. */
void vote_master_ends(struct node *n, node_id to)
{
	n->election.heard = NEVER_HEARD;
	if (to != n->self.id || !may_stand(n) || !n->steering.clock.settled) {
		vote_stand_later(n, patience(n) - lease_unit(n) / 2);
		return;
	}
	n->election.candidacy.by_transfer = true;
	n->election.candidacy.new_term = 0;
	poll_begin(n, true);
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

static enum refusal judge(const struct node *n, const struct peer *p, const struct wire_vote *v,
			  bool vote)
{
	struct rank mine = own_rank(n);
	struct rank theirs = {.settled = v->settled, .priority = v->priority, .id = p->id};
	bool may = v->priority > 0;

	for (size_t i = 0; n->config.master_keys && i < n->config.n_master_keys + 1; i++) {
		if (i == n->config.n_master_keys) {
			may = false;
		} else if (id_from_key(n->config.master_keys[i]) == p->id) {
			break;
		}
	}
	if (!may || !term_is_of(v->new_term, p->id)) {
		return REFUSAL_NOT_ALLOWED;
	}
	if (v->new_term <= n->election.term &&
	    !(v->new_term == n->election.term && n->election.granted_to == p->id)) {
		return REFUSAL_TERM;
	}
	if (v->transfer && n->election.role == ROLE_MASTER && n->election.transfer_to == p->id) {
		return REFUSAL_NONE; /* our own order; the members' leases end with our goodbye */
	}
	if (master_alive(n) &&
	    !(n->election.granted_to == p->id && n->election.term == v->new_term)) {
		return REFUSAL_MASTER_ALIVE;
	}
	if (vote_carries(n) && !v->settled) {
		return REFUSAL_UNSETTLED;
	}
	if (!vote && !knows_time(n) && !v->settled && may_stand(n) && rank_better(&mine, &theirs)) {
		return REFUSAL_RANK;
	}
	if (!vote && vote_carries(n) && before_in_succession(n, p->id)) {
		return REFUSAL_RANK; /* polls are spread over the interval: it only missed the
					master earlier */
	}
	return REFUSAL_NONE;
}

void vote_on_request(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote *v = &msg->vote;
	bool vote = msg->type == WIRE_VOTE;
	enum refusal r = judge(n, p, v, vote);

	p->priority = v->priority;
	p->settled = v->settled;
	if (vote && r == REFUSAL_NONE && v->new_term != n->election.term) {
		if (n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE) {
			step_down(n, p->id, v->new_term);
		}
		n->election.transfer_to = 0;
		n->election.term = v->new_term;
		n->election.granted_to = p->id;
		node_save_term(n);
		n->election.stand_at = MONO_NEVER;
		vote_stand_later(n, 2 * lease_unit(n)); /* its time to begin */
		if (n->election.role == ROLE_DEPUTY) {
			n->election.role = ROLE_MEMBER;
		}
	}
	notice(n, NOTICE_VOTE, LEVEL_DEBUG, p->id, (int64_t)v->new_term, r == REFUSAL_NONE, r);
	struct wire_msg reply = {
		.type = vote ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY,
		.term = n->election.term,
		.vote_reply = {.new_term = v->new_term,
			       .granted = r == REFUSAL_NONE,
			       .settled = knows_time(n),
			       .refusal = (uint8_t)r,
			       .master = master_alive(n) ? n->election.master : 0,
			       .n_table =
				       (uint16_t)(master_alive(n) ? n->election.census.n_alive : 0),
			       .chat_last = n->chat.log.last}};

	node_send(n, p, &reply, false, 0);
}

/* A poll of a master that we do not follow: say whom we follow, and how large that side is. */
void vote_refuse_poll(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	struct wire_msg reply = {
		.type = WIRE_VOTE_REPLY,
		.term = n->election.term,
		.vote_reply = {.new_term = msg->term,
			       .granted = false,
			       .settled = knows_time(n),
			       .refusal = master_alive(n)   ? REFUSAL_MASTER_ALIVE
					  : vote_carries(n) ? REFUSAL_UNSETTLED
							    : REFUSAL_TERM,
			       .master = master_alive(n) ? n->election.master : 0,
			       .n_table =
				       (uint16_t)(master_alive(n) ? n->election.census.n_alive : 0),
			       .chat_last = n->chat.log.last}};

	node_send(n, p, &reply, false, 0);
}

/* Our poll was refused: somebody follows another master, or has granted a higher term. */
static void poll_refused(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote_reply *r = &msg->vote_reply;

	if (r->new_term != n->election.term || r->master == n->self.id) {
		return; /* an answer to an earlier term of ours */
	}
	if (r->refusal == REFUSAL_UNSETTLED && !line_bounded(n)) {
		step_down(n, p->id, msg->term); /* it carries a group's time, we do not */
		return;
	}
	if (r->master != 0 && vote_side_better(n, msg->term, r->n_table)) {
		step_down(n, r->master, msg->term);
	} else if (msg->term > n->election.term) {
		master_raise_term(n, msg->term);
	}
}

void vote_on_reply(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_vote_reply *r = &msg->vote_reply;

	if (n->election.role == ROLE_MASTER) {
		if (msg->type == WIRE_VOTE_REPLY && !r->granted) {
			poll_refused(n, p, msg);
		}
		return;
	}
	if (n->election.role != ROLE_CANDIDATE || r->new_term != n->election.candidacy.new_term ||
	    n->election.candidacy.voting != (msg->type == WIRE_VOTE_REPLY)) {
		return;
	}
	p->as_candidate.answered = true;
	p->as_candidate.granted = r->granted;
	p->settled = r->settled;
	p->chat_last = r->chat_last;
	p->as_candidate.refused_alive = !r->granted && r->refusal == REFUSAL_MASTER_ALIVE;
	p->as_candidate.refused_rank =
		!r->granted && (r->refusal == REFUSAL_RANK || r->refusal == REFUSAL_UNSETTLED ||
				r->refusal == REFUSAL_NOT_ALLOWED);
	if (!r->granted && r->refusal == REFUSAL_TERM &&
	    msg->term >= n->election.candidacy.new_term) {
		give_up(n); /* and ask again under a term above that one */
		return;
	}
	count(n, false);
}

/* --- Time --- */

void vote_tick(struct node *n)
{
	if (n->election.role == ROLE_CANDIDATE) {
		if (n->step.now.ns >= n->election.candidacy.end.ns) {
			count(n, true);
		} else if (n->step.now.ns >= n->election.candidacy.resend.ns) {
			ask(n);
		}
		return;
	}
	if (n->election.role == ROLE_MASTER) {
		return;
	}
	if (n->election.master != 0 && n->election.heard.ns != INT64_MIN &&
	    n->election.stand_at.ns == INT64_MAX && may_stand(n)) {
		n->election.stand_at = mono_add(n->election.heard, patience(n));
	}
	if (n->step.now.ns < n->election.stand_at.ns) {
		return;
	}
	if (master_alive(n)) {
		n->election.stand_at = MONO_NEVER; /* heard again meanwhile */
		vote_tick(n);
		return;
	}
	poll_begin(n, false);
}

mono_t vote_deadline(const struct node *n)
{
	if (n->election.role == ROLE_CANDIDATE) {
		return mono_min(n->election.candidacy.end, n->election.candidacy.resend);
	}
	return n->election.role == ROLE_MASTER ? MONO_NEVER : n->election.stand_at;
}
