/* reign.c - see reign.h. */
#include "tests/world/reign.h"

#include "berk/term.h"

#include <assert.h>

#define REPLY_NS (5 * NS_PER_MS) /* a reply is held for two, on a clock that may be slewed */

static void note_effect(struct stage *s, const struct effect *e)
{
	struct reign *r = (struct reign *)s;

	if (e->type == FX_NOTICE) {
		r->n_notice[e->notice.kind]++;
		r->level[e->notice.kind] = e->notice.level;
	} else if (e->type == FX_SAVE_DRIFT) {
		r->n_drifts_saved++;
		r->drift_ppb = e->freq_ppb;
	}
}

void reign_open(struct reign *r, const struct node_config *config, unsigned n_puppets)
{
	struct node_config c = *config;

	c.priority = 0;
	*r = (struct reign){.stage.effect = note_effect, .poll_ms = 1000};
	stage_open(&r->stage, &c, n_puppets, 2 * STAGE_PUPPETS_MAX);
	for (unsigned k = 0; k < n_puppets; k++) {
		stage_meet(&r->stage, k);
	}
	stage_trust_master(&r->stage);
	struct clock_pair now = stage_pair(&r->stage);

	r->wall_less_raw_ns = now.wall.ns - now.raw.ns;
	r->term = r->era = term_next(0, r->stage.puppet[0].trust.id);
}

void reign_close(struct reign *r)
{
	stage_close(&r->stage);
}

const struct wire_reply *reign_poll(struct reign *r)
{
	struct puppet *p = &r->stage.puppet[0];
	struct wire_msg m = {.type = WIRE_POLL,
			     .term = r->term,
			     .poll = {.seq = ++p->seq,
				      .round = ++r->round,
				      .poll_ms = r->poll_ms,
				      .n_table = 2,
				      .n_alive = 2,
				      .era = r->era,
				      .max_drift_ppb = r->max_drift_ppb,
				      .date_confirmed = !r->date_unknown}};

	stage_say(&r->stage, 0, &m);
	stage_wait(&r->stage, REPLY_NS);
	assert(p->heard[WIRE_REPLY].reply.stamps.seq == p->seq);
	return &p->heard[WIRE_REPLY].reply;
}

struct wire_msg reign_correction(const struct reign *r)
{
	const struct wire_reply *reply = &r->stage.puppet[0].heard[WIRE_REPLY].reply;
	struct wire_msg m = {.type = WIRE_CORRECT,
			     .term = r->term,
			     .correct = {.round = r->round,
					 .seq = reply->stamps.seq,
					 .clock_epoch = reply->clock_epoch,
					 .error_ns = 10 * NS_PER_US,
					 .growth_ppb = 200000,
					 .may_step = true}};

	m.correct.offset_ns = reply->pair.raw.ns + r->wall_less_raw_ns - reply->pair.wall.ns;
	return m;
}

void reign_say(struct reign *r, const struct wire_msg *m)
{
	stage_say(&r->stage, 0, m);
}

void reign_lead(struct reign *r, unsigned n, int64_t ahead_ns)
{
	r->wall_less_raw_ns += ahead_ns;
	for (unsigned i = 0; i < n; i++) {
		(void)reign_poll(r);
		struct wire_msg m = reign_correction(r);

		reign_say(r, &m);
		stage_wait(&r->stage, NS_PER_S - REPLY_NS);
	}
}

struct node_status reign_status(const struct reign *r)
{
	return stage_status(&r->stage);
}
