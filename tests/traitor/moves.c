/* moves.c - when each move goes on, and what it makes of messages; see moves.h. */
#include "tests/traitor/traitor.h"

#include "berk/reason.h"
#include "berk/status.h"
#include "berk/term.h"
#include "core/node/state.h"

#include <math.h>
#include <string.h>

#define GONE_NS	 (NS_PER_S / 2) /* between two tables of its own */
#define VOTES_NS (NS_PER_S * 2) /* between two votes that it asks for, at most */
#define NOTED	 4096		/* packets under way that are of a move; a power of two */
#define NOTE_LEN 8
#define DAY_NS	 (INT64_C(86400) * NS_PER_S)

/* A mean that is drawn for a run: the least, and how many powers of ten there are above it. */
struct mean {
	double least_s, powers;
};

static const struct {
	const char *name, *text;
	struct mean gap, length;
} moves[MOVE_MAX_] = {
	[MOVE_CLONE] = {"clone", "answers calls in the caller's own name", {15, 1}, {5, 1.2}},
	[MOVE_REFUSE] = {"refuse", "grants nothing", {15, 1}, {5, 1.2}},
	[MOVE_ERA] = {"era", "names another founding in each poll", {15, 1}, {5, 1.2}},
	[MOVE_FOUND] = {"found", "founds the group anew with each poll", {15, 1}, {5, 1.2}},
	[MOVE_GONE] = {"gone", "lists all others as gone", {15, 1}, {5, 1.2}},
	[MOVE_RATE] = {"rate", "commands the largest rates", {15, 1}, {5, 1.2}},
	[MOVE_PROOFS] = {"proofs", "sends many RESPONSEs", {30, 1}, {1, 0.5}},
	[MOVE_CALLS] = {"calls", "sends many HELLOs", {30, 1}, {1, 0.5}},
	[MOVE_RECALL] = {"recall", "sends HELLOs again as if from a peer", {30, 1}, {1, 0.5}},
	[MOVE_VOTES] = {"votes", "asks for votes again and again", {15, 1}, {5, 1.2}},
};

const char *move_name(enum move k)
{
	return moves[k].name;
}

const char *move_text(enum move k)
{
	return moves[k].text;
}

/* --- Packets under way --- */

static struct note {
	uint8_t tag[NOTE_LEN];
	unsigned moves; /* 0: it is free */
} notes[NOTED];

/* Each packet ends with a MAC, which no other one has. */
static struct note *note_of(const uint8_t *packet, size_t len)
{
	const uint8_t *tag = packet + len - NOTE_LEN;

	return &notes[(tag[0] | tag[1] << 8) % NOTED];
}

void moves_note(unsigned by, const uint8_t *packet, size_t len)
{
	struct note *n = note_of(packet, len);

	memcpy(n->tag, packet + len - NOTE_LEN, NOTE_LEN);
	n->moves = by;
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		the_traitor.move[k].n_sent += by >> k & 1;
	}
}

void moves_note_arrival(const uint8_t *packet, size_t len)
{
	struct note *n = len >= WIRE_DATA_LEN_MIN ? note_of(packet, len) : NULL;

	if (!n || n->moves == 0 || memcmp(n->tag, packet + len - NOTE_LEN, NOTE_LEN) != 0) {
		return;
	}
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		the_traitor.move[k].n_arrived += n->moves >> k & 1;
	}
	n->moves = 0; /* a copy of it is none of its arrival */
}

/* --- Stretches --- */

static int64_t draw_ns(struct stretch *v, double mean_ns)
{
	return (int64_t)(-log(1 - rng_unit(&v->rng)) * mean_ns) + 1;
}

static int64_t draw_mean_ns(struct stretch *v, const struct mean *m)
{
	return (int64_t)(m->least_s * 1e9 * pow(10, m->powers * rng_unit(&v->rng)));
}

void moves_begin(struct traitor *t, uint64_t seed)
{
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		struct stretch *v = &t->move[k];

		rng_seed(&v->rng, seed + k);
		v->never = rng_below(&v->rng, 8) == 0;
		v->gap_ns = draw_mean_ns(v, &moves[k].gap);
		v->length_ns = draw_mean_ns(v, &moves[k].length);
	}
}

static void stretch_begin(struct traitor *t, enum move k)
{
	struct stretch *v = &t->move[k];

	v->on = true;
	v->ends = mono_add(t->now, draw_ns(v, (double)v->length_ns));
	v->next = t->now;
	v->whom = rng_below(&v->rng, 2) ? UINT64_MAX : rng_u64(&v->rng);
	v->share = rng_below(&v->rng, 2) ? 1 : 0.2 + 0.8 * rng_unit(&v->rng);
	v->kind = (unsigned)rng_below(&v->rng, 8);
	v->value = rng_u64(&v->rng);
	v->n_begun++;
	forge_begin(t, k);
	if (t->tell) {
		t->tell(t, k);
	}
}

bool move_hits(struct traitor *t, enum move k, size_t whom)
{
	struct stretch *v = &t->move[k];

	return v->on && v->whom >> (whom % 64) & 1 &&
	       (v->share == 1 || rng_unit(&v->rng) < v->share);
}

static void say_all_gone(struct traitor *t);
static void ask_for_votes(struct traitor *t);

void moves_tick(struct traitor *t)
{
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		struct stretch *v = &t->move[k];

		if (v->never || k == MOVE_RECALL || !(t->may >> k & 1)) {
			continue;
		}
		if (v->on && t->now.ns >= v->ends.ns) {
			v->on = v->drawn = false;
		}
		if (!v->drawn) {
			v->begins = mono_add(t->now, draw_ns(v, (double)v->gap_ns));
			v->drawn = true;
		}
		if (!v->on && t->now.ns >= v->begins.ns) {
			stretch_begin(t, (enum move)k);
		}
	}
	forge_tick(t);
	say_all_gone(t);
	ask_for_votes(t);
}

mono_t moves_deadline(const struct traitor *t)
{
	mono_t d = MONO_NEVER;

	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		const struct stretch *v = &t->move[k];
		bool speaks = k == MOVE_CLONE || k == MOVE_GONE || k == MOVE_PROOFS ||
			      k == MOVE_CALLS || k == MOVE_VOTES;

		if (v->drawn) {
			d = mono_min(d, !v->on ? v->begins : speaks ? v->next : v->ends);
		}
	}
	return d;
}

/* --- What they make of messages --- */

/* Always for the same reason, or each time for another.  A voter's refusal is one of many, and the
 * term that it names is above the one that was asked for. */
static void bend_grant(struct traitor *t, struct wire_msg *m)
{
	static const enum refusal reasons[] = {REFUSAL_RANK, REFUSAL_UNSETTLED, REFUSAL_NOT_ALLOWED,
					       REFUSAL_MASTER_ALIVE, REFUSAL_TERM};
	const unsigned n = sizeof(reasons) / sizeof(reasons[0]);
	struct stretch *v = &t->move[MOVE_REFUSE];
	struct wire_vote_reply *r = &m->vote_reply;

	r->granted = false;
	r->refusal = (uint8_t)reasons[v->kind < n ? v->kind : rng_below(&v->rng, n)];
	if (r->refusal == REFUSAL_TERM && !term_is_last(r->new_term)) {
		m->term = term_next(r->new_term, t->node->self.id);
	} else if (r->refusal == REFUSAL_MASTER_ALIVE && r->master == 0) {
		r->master = t->node->self.id;
		r->n_alive = (uint16_t)t->node->election.census.n_table;
	}
}

/* Another one in each poll, or the same that is not the group's. */
static void bend_era(struct traitor *t, struct wire_msg *m)
{
	struct stretch *v = &t->move[MOVE_ERA];

	m->poll.era = v->kind % 4 ? rng_u64(&v->rng) | 1 : v->value | 1;
}

/* For the date's sake, or as if by order; its floor says, too, that the date of all is wrong. */
static void bend_founding(struct traitor *t, struct wire_msg *m)
{
	const struct stretch *v = &t->move[MOVE_FOUND];

	m->poll.group_new = true;
	m->poll.founding = v->kind % 4 == 0 ? FOUNDING_ORDER : FOUNDING_DATE;
	if (v->kind & 4) {
		m->poll.floor = wall_add(t->pair.wall, DAY_NS);
	}
}

/* Now here, now there, and mostly without a bound: such a line promises nothing. */
static void bend_step(struct traitor *t, struct wire_msg *m)
{
	static const int64_t steps_ns[] = {10 * NS_PER_MS, 900 * NS_PER_MS, 10 * NS_PER_S,
					   365 * DAY_NS};
	struct stretch *v = &t->move[MOVE_FOUND];
	int64_t by_ns = steps_ns[v->value % 4];

	m->correct.may_step = true;
	m->correct.offset_ns = ns_add(m->correct.offset_ns, rng_below(&v->rng, 2) ? by_ns : -by_ns);
	if (v->value >> 2 & 3) {
		m->correct.error_ns = INT64_MAX;
	}
}

static void bend_roster(struct wire_msg *m)
{
	for (unsigned i = 0; i < m->roster.n; i++) {
		m->roster.entry[i].state = MEMBER_LEFT;
	}
}

/* The largest rate that the wire has, or the largest that a member takes with the largest
 * max_drift, or just below it.  Mostly all are where they should be, so that nothing is wrong but
 * the rate. */
static void bend_rate(struct traitor *t, struct wire_msg *m)
{
	static const double rates[] = {4e-9 * WIRE_DRIFT_PPB_MAX, 3.9e-9 * WIRE_DRIFT_PPB_MAX,
				       WIRE_RATE_MAX, 2e-9 * WIRE_DRIFT_PPB_MAX};
	const struct stretch *v = &t->move[MOVE_RATE];
	double sign = (v->value >> 2 & 1) != (v->value >> 3 & t->to & 1) ? 1 : -1;

	m->correct.rate = sign * rates[v->value % 4];
	m->correct.pull = v->kind == 0 ? m->correct.rate : 0;
	m->correct.offset_ns = v->kind < 6 ? 0 : m->correct.offset_ns;
}

static void bend_by(struct traitor *t, enum move k, struct wire_msg *m)
{
	if (k == MOVE_REFUSE) {
		bend_grant(t, m);
	} else if (k == MOVE_ERA) {
		bend_era(t, m);
	} else if (k == MOVE_GONE) {
		bend_roster(m);
	} else if (k == MOVE_FOUND && m->type == WIRE_POLL) {
		bend_founding(t, m);
	} else if (k == MOVE_FOUND) {
		bend_step(t, m);
	} else if (m->type == WIRE_POLL) {
		m->poll.max_drift_ppb = WIRE_DRIFT_PPB_MAX;
	} else {
		bend_rate(t, m);
	}
	t->moved |= 1U << k;
}

void moves_bend(struct traitor *t, struct wire_msg *m)
{
	static const struct {
		enum wire_type type;
		enum move by;
	} bent[] = {{WIRE_PREVOTE_REPLY, MOVE_REFUSE},
		    {WIRE_VOTE_REPLY, MOVE_REFUSE},
		    {WIRE_POLL, MOVE_ERA},
		    {WIRE_POLL, MOVE_FOUND},
		    {WIRE_CORRECT, MOVE_FOUND},
		    {WIRE_ROSTER, MOVE_GONE},
		    {WIRE_POLL, MOVE_RATE},
		    {WIRE_CORRECT, MOVE_RATE}};

	for (size_t i = 0; i < sizeof(bent) / sizeof(bent[0]); i++) {
		if (bent[i].type == m->type && move_hits(t, bent[i].by, t->to)) {
			bend_by(t, bent[i].by, m);
		}
	}
}

/* --- A table of its own --- */

/* The whole table that its node has, from slot @first on; returns the first slot that has found no
 * room. */
static size_t fill_page(const struct traitor *t, size_t first, struct wire_roster *r)
{
	const struct node *n = t->node;
	size_t k = first;

	for (; k < n->store.n_peers && r->n < WIRE_ROSTER_MAX; k++) {
		const struct peer *p = &n->store.peers[k];

		if (p->used && p->addr.port != 0 && p->name[0]) {
			struct wire_roster_entry *e = &r->entry[r->n++];

			*e = (struct wire_roster_entry){.id = p->id,
							.addr = p->addr,
							.priority = p->priority,
							.bound_ns = NS_PER_MS,
							.closure_ns = CLOSURE_UNKNOWN};
			memcpy(e->name, p->name, sizeof(e->name));
		}
	}
	return k;
}

static void say_page(struct traitor *t, const struct wire_msg *page)
{
	for (size_t to = 0; to < t->node->store.n_peers && to < TRAITOR_PEERS; to++) {
		struct wire_msg m = *page;

		t->to = to;
		if (move_hits(t, MOVE_GONE, to)) {
			bend_roster(&m);
			t->moved = 1U << MOVE_GONE;
			traitor_say(t, to, &m);
		}
	}
}

/* Its node's own tables are bent as well; but whoever merely claims to lead has none. */
static void say_all_gone(struct traitor *t)
{
	struct stretch *v = &t->move[MOVE_GONE];
	bool leads = t->node->election.role == ROLE_MASTER;

	if (!v->on || t->now.ns < v->next.ns) {
		return;
	}
	v->next = mono_add(t->now, GONE_NS);
	for (size_t k = 0; (leads || t->claim.any) && k < t->node->store.n_peers;) {
		struct wire_msg m = {.type = WIRE_ROSTER,
				     .term = t->claim.any ? t->claim.term : t->node->election.term,
				     .roster.total = WIRE_ROSTER_MAX};

		k = fill_page(t, k, &m.roster);
		if (m.roster.n > 0) {
			say_page(t, &m);
		}
	}
}

/* --- Votes --- */

/* Each for a term above all that it has heard of; its node, which may be elected, knows of none. */
static void ask_for_votes(struct traitor *t)
{
	struct stretch *v = &t->move[MOVE_VOTES];

	if (!v->on || t->now.ns < v->next.ns) {
		return;
	}
	v->next = mono_add(t->now, (int64_t)rng_below(&v->rng, VOTES_NS));
	const uint64_t above =
		t->term_seen > t->node->election.term ? t->term_seen : t->node->election.term;
	const struct wire_msg m = {.type = WIRE_VOTE,
				   .term = t->node->election.term,
				   .vote = {.new_term = term_next(above, t->node->self.id),
					    .settled = true,
					    .dated = true,
					    .priority = 255}};

	for (size_t to = 0; to < t->node->store.n_peers && to < TRAITOR_PEERS; to++) {
		t->to = to;
		if (move_hits(t, MOVE_VOTES, to)) {
			t->moved = 1U << MOVE_VOTES;
			traitor_say(t, to, &m);
		}
	}
}
