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

	*c = (struct wire_correct){.error_ns = errors[below(t, 6)]};
	c->rate = rates[below(t, 6)];
	c->growth_ppb = below(t, 2) ? 200000 : (int64_t)below(t, 2);
	c->may_step = below(t, 4) > 0;
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

void claim_as(struct traitor *t, unsigned n, const struct wire_correct *lie)
{
	uint64_t above = t->term_seen;
	int64_t gap_ns = NS_PER_S / 4;

	if (term_is_last(above)) {
		return;
	}
	t->claim = (struct claim){.any = true,
				  .term = term_next(above, t->node->self.id),
				  .round = 1000,
				  .poll_gap_ns = gap_ns,
				  .begun = t->now,
				  .poll = {.poll_ms = (uint32_t)(gap_ns / NS_PER_MS),
					   .n_table = (uint16_t)n,
					   .n_alive = (uint16_t)n,
					   .date_confirmed = true,
					   .era = t->node->steering.date.era,
					   .n_succession = 1,
					   .succession = {t->node->self.id}},
				  .correct = *lie};
	t->term_seen = t->claim.term;
}

void claim_begin(struct traitor *t)
{
	struct claim *c = &t->claim;
	const struct node *n = t->node;
	unsigned many = below(t, 2) ? 60000 : n->election.census.n_table;
	struct wire_correct lie;

	draw_correction(t, &lie);
	claim_as(t, many > 0 ? many : 1, &lie);
	c->poll_gap_ns = NS_PER_S / (int64_t)(1 + below(t, 4));
	c->poll.poll_ms = (uint32_t)(c->poll_gap_ns / NS_PER_MS);
	c->ramp = below(t, 2);
	c->split = below(t, 2);
	c->true_rate = below(t, 2);
	if (below(t, 3) == 0 && n->election.role == ROLE_MASTER) {
		c->term = n->election.term; /* as the master that it is */
	}
	c->poll.group_new = below(t, 8) == 0;
	c->poll.era = below(t, 4) ? n->steering.date.era : c->term;
	if (c->poll.group_new) {
		c->poll.founding = (uint8_t)below(t, 3);
	}
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
		moves_bend(t, &m);
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
	moves_bend(t, &m);
	traitor_say(t, from, &m);
}
