/* master.c - see master.h. */
#include "tests/world/master.h"

#include "berk/term.h"

#include <string.h>

#define REPLY_NS   (5 * NS_PER_MS) /* the node holds a reply for two */
#define GROWTH_PPB 200100	   /* no less than max_drift makes it */

struct master master_begin(struct stage *s, unsigned k)
{
	struct node_status st = stage_status(s);
	struct master r = {.k = k,
			   .term = term_next(st.term, s->puppet[k].trust.id),
			   .n_table = s->n_puppets + 1,
			   .n_alive = s->n_puppets + 1,
			   .n_succession = 1};

	r.succession[0] = st.id;
	for (unsigned i = 0; i < s->n_puppets; i++) {
		s->puppet[i].word.master = s->puppet[k].trust.id;
	}
	for (unsigned i = 0; i < s->n_puppets && r.n_succession < WIRE_SUCCESSION_MAX; i++) {
		if (i != k) {
			r.succession[r.n_succession++] = s->puppet[i].trust.id;
		}
	}
	return r;
}

static const struct wire_reply *poll_once(struct stage *s, struct master *r)
{
	struct puppet *p = &s->puppet[r->k];
	struct wire_msg m = {.type = WIRE_POLL, .term = r->term};

	m.poll = (struct wire_poll){.seq = ++p->seq,
				    .round = ++r->round,
				    .poll_ms = 1000,
				    .n_table = (uint16_t)r->n_table,
				    .n_alive = (uint16_t)r->n_alive,
				    .island = r->island,
				    .date_confirmed = true,
				    .era = r->era,
				    .n_succession = (uint8_t)r->n_succession};
	memcpy(m.poll.succession, r->succession, sizeof(m.poll.succession));
	stage_say(s, r->k, &m);
	stage_wait(s, REPLY_NS);
	return p->heard[WIRE_REPLY].reply.stamps.seq == p->seq ? &p->heard[WIRE_REPLY].reply : NULL;
}

static unsigned count_asked(const struct stage *s)
{
	unsigned k = 0;

	for (unsigned i = 0; i < s->n_puppets; i++) {
		k += s->puppet[i].n_heard[WIRE_WITNESS];
	}
	return k;
}

const struct wire_reply *master_poll(struct stage *s, struct master *r)
{
	unsigned asked = count_asked(s);
	const struct wire_reply *reply = poll_once(s, r);

	return count_asked(s) == asked ? reply : poll_once(s, r);
}

void master_correct(struct stage *s, const struct master *r, const struct master_word *word)
{
	const struct wire_reply *reply = &s->puppet[r->k].heard[WIRE_REPLY].reply;
	struct wire_msg m = {.type = WIRE_CORRECT, .term = r->term};

	m.correct = (struct wire_correct){.round = r->round,
					  .seq = reply->stamps.seq,
					  .clock_epoch = reply->clock_epoch,
					  .offset_ns = word->offset_ns,
					  .error_ns = word->error_ns,
					  .sd_ns = word->sd_ns,
					  .growth_ppb = GROWTH_PPB,
					  .may_step = !reply->settled};
	stage_say(s, r->k, &m);
}

void master_lead(struct stage *s, struct master *r, unsigned n, const struct master_word *word)
{
	for (unsigned i = 0; i < n; i++) {
		if (master_poll(s, r)) {
			master_correct(s, r, word);
		}
		stage_wait(s, NS_PER_S - REPLY_NS);
	}
}

void master_hand_over(struct stage *s, const struct master *r)
{
	struct wire_msg m = {.type = WIRE_TRANSFER, .term = r->term};

	m.transfer.to = stage_status(s).id;
	stage_say(s, r->k, &m);
}
