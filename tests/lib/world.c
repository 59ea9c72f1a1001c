/* world.c - see world.h. */
#include "tests/lib/world.h"

#include "berk/rng.h"
#include "tests/world/node.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TX_LATENCY   5000
#define STAMP_REPORT 20000
#define TABLE	     16

static struct addr address(unsigned i)
{
	struct addr a = {.port = 5252};

	a.ip[10] = a.ip[11] = 0xff;
	a.ip[12] = 10;
	a.ip[15] = (uint8_t)(i + 1);
	return a;
}

raw_t world_raw(const struct world *w, unsigned i)
{
	const struct world_node *x = &w->node[i];

	return (raw_t){x->raw0 + w->now + (int64_t)((double)w->now * x->rate)};
}

wall_t world_wall(const struct world *w, unsigned i)
{
	const struct world_node *x = &w->node[i];
	int64_t gone = raw_sub(world_raw(w, i), x->raw_ref);

	return wall_add(x->wall_ref,
			gone + ns_from_double((double)gone * 1e-9 * (double)x->freq_ppb));
}

struct world *world_new(unsigned n)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w && n <= WORLD_NODES_MAX);
	w->n = n;
	w->max_queue = 4096;
	w->queue = calloc(w->max_queue, sizeof(*w->queue));
	w->rng = calloc(1, sizeof(*w->rng));
	assert(w->queue && w->rng);
	rng_seed(w->rng, 1);
	w->delay_ns = 100 * NS_PER_US;
	w->stamp_ns = STAMP_REPORT;
	w->tx_quality = STAMP_KERNEL;
	for (unsigned i = 0; i < n; i++) {
		struct world_node *x = &w->node[i];

		x->rate = ((double)i - 2) * 20e-6;
		x->raw0 = (int64_t)(i + 1) * 1000 * NS_PER_S;
		x->raw_ref = world_raw(w, i);
		x->wall_ref = (wall_t){INT64_C(1700000000) * NS_PER_S +
				       ((int64_t)i - 2) * 10 * NS_PER_MS};
		x->down = true;
		x->deadline = MONO_NEVER;
		x->config = node_config_default();
		x->config.name[0] = (char)('a' + i);
		x->config.secret[1] = (uint8_t)(i + 1); /* X25519 clears low bits of [0] */
		x->config.group_key[0] = 1;
		x->store = node_storage_new(TABLE, TABLE, 64);
		x->node = node_room_new();
	}
	return w;
}

void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		node_storage_free(&w->node[i].store);
		free(w->node[i].node);
	}
	free(w->rng);
	free(w->queue);
	free(w);
}

static struct world_packet *packet(struct world *w, int64_t at, unsigned to, unsigned from)
{
	struct world_packet *p = &w->queue[w->n_queue++];

	assert(w->n_queue < w->max_queue);
	p->at = at;
	p->order = w->order++;
	p->to = (uint8_t)to;
	p->from = (uint8_t)from;
	return p;
}

static void send(struct world *w, unsigned i, const struct effect *e)
{
	int64_t tx = w->now + TX_LATENCY, queued;
	unsigned to = e->send.to.ip[15] - 1U;

	w->node[i].n_hellos += e->send.data[3] == WIRE_HELLO;
	if (e->send.tx_id) {
		struct world_packet *s = packet(w, tx + w->stamp_ns, i, i);

		s->is_stamp = true;
		s->tx_id = e->send.tx_id;
		s->stamp = (raw_t){world_raw(w, i).ns + TX_LATENCY + w->late_ns};
		w->late_ns = 0;
	}
	if (to < w->n && !w->cut[i][to]) {
		queued =
			w->jitter_ns > 0 ? (int64_t)(-w->jitter_ns * log(1 - rng_unit(w->rng))) : 0;
		struct world_packet *p =
			packet(w, tx + w->delay_ns + w->extra_ns[i][to] + queued, to, i);

		p->is_stamp = false;
		p->len = e->send.len;
		memcpy(p->data, e->send.data, e->send.len);
	}
}

static void apply(struct world *w, unsigned i, const struct effect *e)
{
	struct world_node *x = &w->node[i];

	switch (e->type) {
	case FX_SEND:
		send(w, i, e);
		break;
	case FX_ADJ_FREQ:
		if (x->stuck) {
			break;
		}
		x->wall_ref = world_wall(w, i);
		x->raw_ref = world_raw(w, i);
		x->freq_ppb = e->freq_ppb;
		break;
	case FX_STEP:
		if (x->stuck) {
			break;
		}
		x->wall_ref = wall_add(x->wall_ref, e->step_ns);
		x->n_steps++;
		break;
	case FX_STATUS:
		x->synced = e->status.synced;
		x->max_error_ns = e->status.max_error_ns;
		break;
	case FX_SAVE_TERM:
		x->term_saved = e->term;
		break;
	case FX_NOTICE:
		x->n_notice[e->notice.kind]++;
		x->last_notice[e->notice.kind] = e->notice;
		if (e->notice.kind == NOTICE_CORRECTION && x->first_correction == 0) {
			x->first_correction = w->now;
		}
		break;
	case FX_CHAT:
		strncat(x->chat, e->chat->text, e->chat->len);
		strcat(x->chat, "\n");
		break;
	case FX_SAVE_DRIFT:
	case FX_DISCOVER:
		break;
	}
}

void world_event(struct world *w, unsigned i, struct node_event *ev)
{
	struct world_node *x = &w->node[i];

	ev->now = (mono_t){WORLD_START + w->now};
	ev->pair = (struct clock_pair){world_raw(w, i), world_wall(w, i)};
	ev->read_error_ns = 50;
	for (unsigned k = 0; k < NODE_RAND_LEN; k++) {
		ev->rnd[k] = (uint8_t)rng_u64(w->rng);
	}
	node_step(x->node, ev, &w->fx);
	for (size_t k = 0; k < w->fx.n; k++) {
		apply(w, i, &w->fx.fx[k]);
	}
	x->deadline = w->fx.deadline;
}

enum order_verdict world_order(struct world *w, unsigned i, enum order order, node_id peer,
			       const char *text)
{
	struct node_event ev = {.type = EV_ORDER};

	ev.order.order = order;
	ev.order.peer = peer;
	ev.order.text = text;
	ev.order.text_len = text ? strlen(text) : 0;
	world_event(w, i, &ev);
	return w->fx.verdict;
}

void world_boot(struct world *w, unsigned i)
{
	struct world_node *x = &w->node[i];
	struct node_saved saved = {.term = x->term_saved};
	struct node_event ev = {.type = EV_START};

	node_init(x->node, &x->config, &x->store, &saved, rng_u64(w->rng));
	for (unsigned k = 0; k < w->n; k++) {
		struct addr a = address(k);

		node_add_contact(x->node, &a, true);
	}
	x->down = false;
	world_event(w, i, &ev);
}

void world_boot_all(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		world_boot(w, i);
	}
}

void world_crash(struct world *w, unsigned i)
{
	w->node[i].down = true;
	w->node[i].deadline = MONO_NEVER;
}

static void deliver(struct world *w, size_t k)
{
	static struct world_packet p;
	struct node_event ev = {0};

	p = w->queue[k];
	w->queue[k] = w->queue[--w->n_queue];
	if (w->node[p.to].down || w->cut[p.from][p.to]) {
		return;
	}
	if (p.is_stamp) {
		ev.type = EV_TX_STAMP;
		ev.tx.tx_id = p.tx_id;
		ev.tx.at = p.stamp;
		ev.tx.quality = w->tx_quality;
	} else {
		ev.type = EV_RX;
		ev.rx.data = p.data;
		ev.rx.len = p.len;
		ev.rx.from = address(p.from);
		ev.rx.to = address(p.to);
		ev.rx.at = world_raw(w, p.to);
		ev.rx.quality = STAMP_KERNEL;
	}
	world_event(w, p.to, &ev);
}

void world_run(struct world *w, double seconds)
{
	int64_t end = w->now + (int64_t)(seconds * 1e9);

	for (;;) {
		int64_t at = INT64_MAX;
		size_t first = 0;
		unsigned who = w->n;

		for (size_t k = 0; k < w->n_queue; k++) {
			if (w->queue[k].at < at ||
			    (w->queue[k].at == at && w->queue[k].order < w->queue[first].order)) {
				at = w->queue[k].at;
				first = k;
			}
		}
		for (unsigned i = 0; i < w->n; i++) {
			int64_t due = w->node[i].deadline.ns == INT64_MAX
					      ? INT64_MAX
					      : w->node[i].deadline.ns - WORLD_START;

			if (due < at) {
				at = due;
				who = i;
			}
		}
		if (at > end) {
			w->now = end;
			return;
		}
		w->now = at > w->now ? at : w->now;
		if (who < w->n) {
			struct node_event ev = {.type = EV_TIMER};

			world_event(w, who, &ev);
		} else {
			deliver(w, first);
		}
	}
}

void world_partition(struct world *w, unsigned side)
{
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < w->n; k++) {
			w->cut[i][k] = side > 0 && (i < side) != (k < side);
		}
	}
}

struct node_status world_status(const struct world *w, unsigned i)
{
	struct node_status s;

	node_status(w->node[i].node, (mono_t){WORLD_START + w->now},
		    (struct clock_pair){world_raw(w, i), world_wall(w, i)}, &s);
	return s;
}

int world_master(const struct world *w)
{
	int master = -1;

	for (unsigned i = 0; i < w->n; i++) {
		if (!w->node[i].down && world_status(w, i).role == ROLE_MASTER) {
			if (master >= 0) {
				return -1;
			}
			master = (int)i;
		}
	}
	return master;
}

int64_t world_spread(const struct world *w)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	for (unsigned i = 0; i < w->n; i++) {
		if (!w->node[i].down) {
			lo = ns_min(lo, world_wall(w, i).ns);
			hi = ns_max(hi, world_wall(w, i).ns);
		}
	}
	return hi - lo;
}

void world_mark(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->node[i].first_correction = 0;
	}
}
