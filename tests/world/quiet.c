/* quiet.c - see quiet.h. */
#include "tests/world/quiet.h"

#include "tests/world/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED  1
#define TABLE 16

struct deeds *quiet_deeds(const struct world *w, unsigned i)
{
	return (struct deeds *)w->scenario.user + i;
}

static void note_sent(const struct world *w, unsigned i, const struct effect *e)
{
	struct deeds *d = quiet_deeds(w, i);
	unsigned to = host_of_addr(&e->send.to);

	d->n_hellos += e->send.data[3] == WIRE_HELLO;
	if (e->send.tx_id && to < w->n) {
		d->stamped_at[to] = w->now;
		d->answer_ns[to] = w->now - quiet_deeds(w, to)->stamped_at[i];
	}
}

static void note_effect(struct world *w, unsigned i, const struct effect *e)
{
	struct deeds *d = quiet_deeds(w, i);

	switch (e->type) {
	case FX_SEND:
		note_sent(w, i, e);
		break;
	case FX_STEP:
		d->n_steps++;
		break;
	case FX_STATUS:
		d->synced = e->status.synced;
		break;
	case FX_SAVE_TABLE:
		d->n_tables_saved++;
		break;
	case FX_NOTICE:
		d->n_notice[e->notice.kind]++;
		if (e->notice.kind == NOTICE_LIMIT_TRIPPED) {
			d->n_limit[e->notice.limit_tripped.limit]++;
		}
		d->step_cause = e->notice.kind == NOTICE_STEP ? e->notice.step.why : d->step_cause;
		if (e->notice.kind == NOTICE_LIMIT_TRIPPED &&
		    e->notice.limit_tripped.limit == LIMIT_OWN_RATE) {
			d->own_rate_ppb = e->notice.limit_tripped.value_ppb;
		}
		if (e->notice.kind == NOTICE_MEMBER_LEFT) {
			d->departure = e->notice.member_left.how;
		}
		if (e->notice.kind == NOTICE_TIME_SLEW_ENDED) {
			d->slew_left_ns = e->notice.time_slew_ended.left_ns;
		}
		if (e->notice.kind == NOTICE_CORRECTION && d->first_correction == 0) {
			d->first_correction = w->now;
		}
		break;
	case FX_CHAT:
		assert_true(strlen(d->chat) + e->chat->len + 2 <= sizeof(d->chat));
		strncat(d->chat, e->chat->text, e->chat->len);
		strcat(d->chat, "\n");
		break;
	case FX_PRIVATE:
		assert_true(strlen(d->private) + e->chat->len + 2 <= sizeof(d->private));
		strncat(d->private, e->chat->text, e->chat->len);
		strcat(d->private, "\n");
		d->private_from = e->chat->origin;
		break;
	case FX_PRIVATE_DONE:
		d->n_done[e->private_done.outcome]++;
		break;
	case FX_FORGOTTEN:
		d->n_forgotten++;
		break;
	case FX_ORDERED:
		d->n_ordered++;
		d->ordered = e->ordered.verdict;
		d->takes_ns = e->ordered.takes_ns;
		d->deaf = e->ordered.deaf;
		d->outcome = e->ordered;
		break;
	case FX_ADJ_FREQ:
	case FX_SAVE_TERM:
	case FX_SAVE_DRIFT:
	case FX_SAVE_LINE:
	case FX_SAVE_BUDGET:
	case FX_SAVE_TIME:
	case FX_SAVE_CHAT:
	case FX_SAVE_REVOKED:
	case FX_DISCOVER:
		break;
	}
}

/* What holds for one draw may be luck: with QUIET_DRAW=1, 2, ... all that is drawn after the
 * hosts' keys is another. */
static void draw_otherwise(struct world *w)
{
	const char *draw = getenv("QUIET_DRAW");

	for (unsigned long i = draw ? strtoul(draw, NULL, 10) : 0; i > 0; i--) {
		(void)rng_u64(&w->rng);
	}
}

struct world *quiet_new(unsigned n)
{
	struct net net;
	struct deeds *deeds = calloc(n, sizeof(*deeds));

	assert_true(n <= QUIET_HOSTS_MAX);
	assert_non_null(deeds);
	assert_true(net_named("lan", &net));
	net.jitter_ns = 0;
	struct world *w = world_new(SEED, n, n, n, &net, TABLE);

	draw_otherwise(w);
	w->scenario = (struct scenario){.effect = note_effect, .user = deeds};
	check_init(w);
	for (unsigned i = 0; i < n; i++) {
		host_clock_init(&w->host[i].clock, 0, (int64_t)(i + 1) * 1000 * NS_PER_S,
				WORLD_WALL + ((int64_t)i - 2) * 10 * NS_PER_MS,
				((double)i - 2) * 20e-6);
	}
	return w;
}

void quiet_free(struct world *w)
{
	free(w->scenario.user);
	check_fini(w);
	world_free(w);
}

int quiet_setup(void **state)
{
	*state = quiet_new(5);
	return 0;
}

void quiet_take_orders(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.orders = ORDERS_OF_MEMBERS;
	}
}

int quiet_setup_dated(void **state)
{
	struct world *w = quiet_new(5);

	quiet_take_orders(w);

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.earliest = (wall_t){WORLD_BUILD};
		w->host[i].config.ceiling = (wall_t){WORLD_LAST};
	}
	*state = w;
	return 0;
}

int quiet_teardown(void **state)
{
	quiet_free(*state);
	return 0;
}

void quiet_boot_all(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		host_boot(w, i);
	}
}

void quiet_run(struct world *w, double seconds)
{
	world_run(w, w->now + (int64_t)(seconds * 1e9));
	if (w->failed) {
		fail_msg("at %.6f s: %s", (double)w->now / 1e9, w->failure);
	}
}

void quiet_begin(struct world *w, double seconds)
{
	quiet_boot_all(w);
	quiet_run(w, seconds);
}

void quiet_begin_under_0(struct world *w, double seconds)
{
	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	quiet_begin(w, seconds);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).deputy, world_status(w, 1).id);
}

void quiet_isolate(struct world *w, unsigned i)
{
	for (unsigned k = 0; k < w->n; k++) {
		w->net.cut[k] |= UINT64_C(1) << i;
	}
	w->net.cut[i] = UINT64_MAX;
}

void quiet_rejoin(struct world *w, unsigned i)
{
	for (unsigned k = 0; k < w->n; k++) {
		if (w->net.cut[k] != UINT64_MAX) {
			w->net.cut[k] &= ~(UINT64_C(1) << i);
		}
	}
	w->net.cut[i] = 0;
	for (unsigned k = 0; k < w->n; k++) {
		w->net.cut[i] |= w->net.cut[k] == UINT64_MAX ? UINT64_C(1) << k : 0;
	}
}

unsigned quiet_steps(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += quiet_deeds(w, i)->n_steps;
	}
	return n;
}

void quiet_mark(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		quiet_deeds(w, i)->first_correction = 0;
	}
}

enum order_verdict quiet_order(struct world *w, unsigned i, enum order order, node_id peer)
{
	return host_order(w, i, order, peer, NULL, 0);
}

enum order_verdict quiet_chat(struct world *w, unsigned i, const char *text)
{
	return host_order(w, i, ORDER_CHAT, 0, text, strlen(text));
}

const struct order_outcome *quiet_ask(struct world *w, unsigned i, struct node_event *ev)
{
	unsigned before = quiet_deeds(w, i)->n_ordered;

	host_event(w, i, ev);
	assert_int_equal(w->fx.ordered.verdict, ORDER_SENT);
	quiet_run(w, 0.01);
	assert_int_equal(quiet_deeds(w, i)->n_ordered, before + 1);
	assert_int_equal(quiet_deeds(w, i)->outcome.order, ev->order.order);
	assert_true(quiet_deeds(w, i)->outcome.dry_run == ev->order.dry_run);
	return &quiet_deeds(w, i)->outcome;
}
