/* claim.c - a traitor that says it is the master: polls in a term of its own, and corrections for
 * whoever replies. */
#include "tests/traitor/traitor.h"

#include "berk/term.h"
#include "core/node/state.h"

#include <string.h>

static uint64_t below(struct traitor *t, uint64_t n)
{
	return rng_below(&t->rng, n);
}

static void draw_correction(struct traitor *t, struct wire_correct *c)
{
	static const int64_t errors[] = {0, 1000, 10 * NS_PER_US, NS_PER_MS, NS_PER_S, INT64_MAX};
	static const double rates[] = {0, 95e-6, 199e-6, 399e-6, -399e-6, 401e-6};

	*c = (struct wire_correct){.error_ns = errors[below(t, 6)],
				   .rate = rates[below(t, 6)],
				   .growth_ppb = below(t, 2) ? 200000 : (int64_t)below(t, 2),
				   .may_step = below(t, 4) > 0};
	switch (below(t, 4)) {
	case 0:
		break;
	case 1: /* about the cap of one correction */
		c->offset_ns = NS_PER_S * 97 / 100 + (int64_t)below(t, NS_PER_S / 20);
		break;
	case 2:
		c->offset_ns = (int64_t)below(t, NS_PER_S);
		break;
	default:
		c->offset_ns = word_ns(t);
	}
	c->offset_ns = below(t, 2) ? c->offset_ns : -ns_max(c->offset_ns, -INT64_MAX);
}

void claim_begin(struct traitor *t)
{
	struct claim *c = &t->claim;
	const struct node *n = t->node;
	uint64_t above = below(t, 4) ? t->term_seen : n->election.term;

	if (term_is_last(above)) {
		return;
	}
	*c = (struct claim){.any = true,
			    .term = term_next(above, n->self.id),
			    .round = below(t, 1000),
			    .poll_gap_ns = NS_PER_S / (int64_t)(1 + below(t, 4)),
			    .ramp = below(t, 2),
			    .split = below(t, 2),
			    .true_rate = below(t, 2),
			    .begun = t->now};
	if (below(t, 3) == 0 && n->election.role == ROLE_MASTER) {
		c->term = n->election.term; /* as the master that it is */
	}
	unsigned many = below(t, 2) ? 60000 : n->election.census.n_table;

	many = many > 0 ? many : 1;
	c->poll = (struct wire_poll){.poll_ms = (uint32_t)(c->poll_gap_ns / NS_PER_MS),
				     .n_table = (uint16_t)many,
				     .n_alive = (uint16_t)many,
				     .date_confirmed = true,
				     .group_new = below(t, 8) == 0,
				     .era = below(t, 4) ? n->steering.date.era : c->term,
				     .n_succession = 1,
				     .succession = {n->self.id}};
	if (c->poll.group_new) {
		c->poll.founding = (uint8_t)below(t, 3);
	}
	draw_correction(t, &c->correct);
	t->term_seen = c->term;
}

void claim_tick(struct traitor *t)
{
	struct claim *c = &t->claim;

	if (!c->any || t->now.ns < c->next_poll.ns) {
		return;
	}
	c->next_poll = mono_add(t->now, c->poll_gap_ns);
	c->round++;
	for (size_t k = 0; k < t->node->store.n_peers && k < TRAITOR_PEERS; k++) {
		struct wire_msg m = {.type = WIRE_POLL, .term = c->term, .poll = c->poll};

		m.poll.round = c->round;
		m.poll.seq = (uint32_t)c->round;
		t->to = k;
		traitor_say(t, k, &m);
	}
}

void claim_hear(struct traitor *t, size_t from, const struct wire_msg *reply)
{
	struct claim *c = &t->claim;
	struct wire_msg m = {.type = WIRE_CORRECT, .term = c->term, .correct = c->correct};
	const struct line *own = &t->node->steering.line;
	double s = (double)mono_sub(t->now, c->begun) / 1e9;
	int64_t lie = c->ramp ? ns_from_double((double)c->correct.offset_ns * s / 10)
			      : c->correct.offset_ns;

	if (!c->any || reply->type != WIRE_REPLY || reply->term != c->term) {
		return;
	}
	lie = c->split && from % 2 ? -ns_max(lie, -INT64_MAX) : lie;
	m.correct.round = c->round;
	m.correct.seq = reply->reply.stamps.seq;
	m.correct.clock_epoch = reply->reply.clock_epoch;
	m.correct.offset_ns = ns_add(wall_sub(t->pair.wall, reply->reply.pair.wall), lie);
	m.correct.rate = c->true_rate ? own->rate : c->correct.rate;
	traitor_say(t, from, &m);
}
