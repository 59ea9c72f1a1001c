/* lie.c - see lie.h. */
#include "tests/unit/lie.h"

#include "berk/term.h"
#include "tests/world/node.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void note_effect(struct stage *s, const struct effect *e)
{
	struct deceit *l = (struct deceit *)s;

	if (e->type == FX_STEP) {
		l->n_steps++;
	} else if (e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED) {
		l->n_tripped[e->notice.limit_tripped.limit]++;
	} else if (e->type == FX_NOTICE && e->notice.kind == NOTICE_ORDER_REFUSED) {
		l->n_order_refused++;
	} else if (e->type == FX_NOTICE && e->notice.kind == NOTICE_HELD) {
		l->n_held++;
	} else if (e->type == FX_NOTICE && e->notice.kind == NOTICE_HOLD_ENDED) {
		l->n_hold_ended++;
	} else if (e->type == FX_SAVE_LINE) {
		l->disk.line = e->line;
	} else if (e->type == FX_SAVE_BUDGET) {
		l->disk.budget = e->budget;
	}
}

int64_t lie_moved_ns(const struct deceit *l)
{
	struct clock_pair now = stage_pair(&l->s);

	return now.wall.ns - now.raw.ns - l->wall_less_raw_ns;
}

void lie_begin(struct deceit *l, bool open)
{
	struct node_config c = node_config_default();

	*l = (struct deceit){.s.effect = note_effect};
	c.open_group = open;
	c.ceiling = (wall_t){INT64_MAX};
	stage_open(&l->s, &c, 3, 2 * STAGE_PUPPETS_MAX);
	stage_meet_all(&l->s);
	stage_trust_master(&l->s);
	l->m = master_begin(&l->s, 0);
	l->m.era = l->m.term;
	struct clock_pair now = stage_pair(&l->s);

	l->wall_less_raw_ns = now.wall.ns - now.raw.ns;
	master_lead(&l->s, &l->m, 150, &(struct master_word){.error_ns = 10000, .sd_ns = 100});
	assert_true(stage_status(&l->s).settled);
	assert_int_equal(lie_moved_ns(l), 0);
}

void lie_poll(struct deceit *l, const struct wire_poll *with)
{
	struct puppet *p = &l->s.puppet[l->m.k];
	struct wire_msg m = {.type = WIRE_POLL, .term = l->m.term, .poll = *with};

	m.poll.seq = ++p->seq;
	m.poll.round = ++l->m.round;
	m.poll.poll_ms = with->poll_ms ? with->poll_ms : 1000;
	m.poll.n_table = with->n_table ? with->n_table : (uint16_t)l->m.n_table;
	m.poll.n_alive = with->n_alive ? with->n_alive : (uint16_t)l->m.n_alive;
	m.poll.era = l->m.era;
	stage_say(&l->s, l->m.k, &m);
	stage_wait(&l->s, 5 * NS_PER_MS);
}

void lie_correct(struct deceit *l, const struct wire_correct *with)
{
	const struct wire_reply *r = &l->s.puppet[l->m.k].heard[WIRE_REPLY].reply;
	struct wire_msg m = {.type = WIRE_CORRECT, .term = l->m.term, .correct = *with};

	m.correct.round = l->m.round;
	m.correct.seq = r->stamps.seq;
	m.correct.clock_epoch = r->clock_epoch;
	m.correct.may_step = !l->keeps_still;
	stage_say(&l->s, l->m.k, &m);
}

void lie_next_term(struct deceit *l, unsigned k)
{
	l->m.k = k;
	l->m.term = term_next(l->m.term, l->s.puppet[k].trust.id);
}

const struct wire_poll lie_confirmed = {.date_confirmed = true};

void lie_want(struct deceit *l, const struct wire_poll *q, int64_t ns, int64_t for_ns)
{
	for (int64_t t = 0; t < for_ns; t += NS_PER_S) {
		lie_poll(l, q);
		lie_correct(l, &(struct wire_correct){.offset_ns = ns});
		stage_wait(&l->s, NS_PER_S - 5 * NS_PER_MS);
	}
}

void lie_want_rate(struct deceit *l, double rate, int64_t for_ns)
{
	const struct wire_poll q = {.date_confirmed = true, .poll_ms = 10000};

	for (int64_t t = 0; t < for_ns; t += 10 * NS_PER_S) {
		lie_poll(l, &q);
		lie_correct(l, &(struct wire_correct){.rate = rate});
		stage_wait(&l->s, 10 * NS_PER_S - 5 * NS_PER_MS);
	}
}

void lie_start_anew(struct deceit *l, bool reboot)
{
	struct node_event stop = {.type = EV_STOP}, start = {.type = EV_START};

	stage_event(&l->s, &stop);
	stage_wait(&l->s, NS_PER_S);
	l->disk.line.any = false; /* as if it could not be read */
	l->disk.budget.any = l->disk.budget.any && !reboot;
	l->disk.budget.rate_known = l->disk.budget.rate_known && !l->forgets_rate;
	node_init(l->s.node, &l->s.config, &l->s.store, &l->disk, 2);
	stage_event(&l->s, &start);
	stage_meet_all(&l->s);
	stage_trust_master(&l->s);
	lie_next_term(l, 0);
}
