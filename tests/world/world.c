/* world.c - the hosts of a simulation and the loop that makes things happen to them. */
#include "tests/world/world.h"

#include "tests/world/check.h"
#include "tests/world/node.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP_READ_NS 15000
#define SMALL_TABLE   24
#define LOG_ELECTABLE CHAT_LOG_LINES
#define LOG_SMALL     64

static void *must_have(void *p)
{
	if (!p) {
		abort();
	}
	return p;
}

/* --- Packets in flight --- */

uint32_t packet_take(struct world *w, const uint8_t *data, uint16_t len)
{
	uint32_t i = w->free_packet;

	if (i) {
		w->free_packet = w->packets[i - 1].next;
	} else {
		if (w->n_packets == w->max_packets) {
			w->max_packets = w->max_packets ? 2 * w->max_packets : 256;
			w->packets = must_have(
				realloc(w->packets, w->max_packets * sizeof(*w->packets)));
		}
		i = ++w->n_packets;
	}
	w->packets[i - 1].len = len;
	memcpy(w->packets[i - 1].data, data, len);
	w->n_flying++;
	return i;
}

void packet_give(struct world *w, uint32_t i)
{
	w->packets[i - 1].next = w->free_packet;
	w->free_packet = i;
	w->n_flying--;
}

/* --- The world --- */

static void host_init(struct world *w, unsigned i, unsigned group_n, bool electable, size_t table)
{
	struct host *h = &w->host[i];

	h->group = i / group_n;
	h->group_first = h->group * group_n;
	h->group_n = group_n < w->n - h->group_first ? group_n : w->n - h->group_first;
	h->contacts = UINT16_MAX;
	h->config = node_config_default();
	h->config.priority = electable ? 100 : 0;
	(void)snprintf(h->config.name, sizeof(h->config.name), "h%u", i);
	h->config.group_key[0] = (uint8_t)(h->group + 1);
	h->config.group_key[1] = (uint8_t)((h->group + 1) >> 8);
	for (unsigned k = 0; k < KEY_LEN; k++) {
		h->config.secret[k] = (uint8_t)rng_u64(&w->rng);
	}
	if (!electable && table > SMALL_TABLE) {
		table = SMALL_TABLE;
	}
	h->store = node_storage_new(table, electable ? table : 0,
				    electable ? LOG_ELECTABLE : LOG_SMALL);
	h->node = node_room_new();
	h->backlog = must_have(calloc(BACKLOG_MAX, sizeof(*h->backlog)));
	host_clock_init(&h->clock, 0, 0, WORLD_WALL, 0);
}

struct world *world_new(uint64_t seed, unsigned n, unsigned group_n, unsigned electable,
			const struct net *net, size_t table)
{
	struct world *w = must_have(calloc(1, sizeof(*w)));

	w->seed = seed;
	w->n = n;
	w->net = *net;
	w->stamp_read_ns = STAMP_READ_NS;
	w->stamp_quality = STAMP_KERNEL;
	w->hash = 14695981039346656037U;
	rng_seed(&w->rng, seed);
	w->host = must_have(calloc(n, sizeof(*w->host)));
	for (unsigned i = 0; i < n; i++) {
		host_init(w, i, group_n, i % group_n < electable, table);
	}
	queue_push(&w->queue, (struct happening){.at = NS_PER_S, .what = AT_SECOND});
	return w;
}

/* One draw per statement, here and everywhere: the order of evaluation within one is the
 * compiler's, and a seed must give the same run under each. */
void world_draw_clock(struct world *w, unsigned i, int64_t offset_ns, double freq)
{
	double f = (2 * rng_unit(&w->rng) - 1) * freq;
	int64_t wall = (int64_t)((2 * rng_unit(&w->rng) - 1) * (double)offset_ns);
	int64_t raw = (int64_t)rng_below(&w->rng, 1000000) * NS_PER_S;

	host_clock_init(&w->host[i].clock, 0, raw, WORLD_WALL + wall, f);
}

void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct host *h = &w->host[i];

		node_storage_free(&h->store);
		free(h->node);
		free(h->backlog);
		free(h->disk.row);
	}
	free(w->host);
	free(w->packets);
	queue_fini(&w->queue);
	free(w);
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list ap;

	if (w->failed) {
		return;
	}
	w->failed = true;
	va_start(ap, format);
	(void)vsnprintf(w->failure, sizeof(w->failure), format, ap);
	va_end(ap);
}

void world_mix(struct world *w, uint64_t v)
{
	w->hash = (w->hash ^ v) * 1099511628211U;
	w->hash ^= w->hash >> 29;
}

void world_at(struct world *w, int64_t at, uint64_t value)
{
	queue_push(&w->queue, (struct happening){.at = at, .what = AT_SCRIPT, .value = value});
}

void world_inject(struct world *w, int64_t in_ns, unsigned from, unsigned to, const uint8_t *data,
		  uint16_t len)
{
	queue_push(&w->queue, (struct happening){.at = w->now + in_ns,
						 .what = AT_RX,
						 .host = to,
						 .peer = from,
						 .packet = packet_take(w, data, len)});
}

void world_split(struct world *w, unsigned first)
{
	uint64_t before = (UINT64_C(1) << first) - 1;

	for (unsigned i = 0; i < w->n; i++) {
		uint64_t others = i < first ? ~before : before;

		w->net.cut[i] = first > 0 ? others : 0;
	}
}

/* --- What happens --- */

/* A stopped process finds its packets later, a full socket buffer and a dead host lose them. */
static bool wait_for_it(struct world *w, const struct happening *h, int64_t stamp)
{
	struct host *to = &w->host[h->host];

	if (!to->up || to->asleep || !to->stopped || to->n_backlog == BACKLOG_MAX) {
		return false;
	}
	to->backlog[to->n_backlog] = *h;
	to->backlog[to->n_backlog++].stamp = stamp;
	return true;
}

static void on_tx(struct world *w, const struct happening *h)
{
	int64_t delay_ns[2];
	const struct packet *p = &w->packets[h->packet - 1];
	bool dead = w->host[h->host].boot != h->value || w->host[h->host].asleep;
	unsigned copies = dead || h->peer >= w->n
				  ? 0
				  : net_send(&w->net, h->host, h->peer, w->now, &w->rng, delay_ns);

	if (!dead && h->id) {
		raw_t stamp = raw_add(host_stamp(w, h->host), w->stamp_late_ns);

		w->stamp_late_ns = 0;
		queue_push(&w->queue, (struct happening){.at = w->now + w->stamp_read_ns,
							 .what = AT_STAMP,
							 .host = h->host,
							 .id = h->id,
							 .packet = (uint32_t)h->value,
							 .value = (uint64_t)stamp.ns});
	}
	if (!dead && w->scenario.packet) {
		struct packet seen = *p; /* the pool may move */

		w->scenario.packet(w, h->host, h->peer, seen.data, seen.len);
	}
	for (unsigned k = 0; k < copies; k++) {
		uint32_t copy = h->packet;

		if (k) {
			const struct packet whole =
				w->packets[h->packet - 1]; /* the pool may move */

			copy = packet_take(w, whole.data, whole.len);
		}
		queue_push(&w->queue, (struct happening){.at = w->now + delay_ns[k],
							 .what = AT_RX,
							 .host = h->peer,
							 .peer = h->host,
							 .packet = copy});
	}
	if (copies == 0) {
		packet_give(w, h->packet);
	}
}

static void on_rx(struct world *w, const struct happening *h)
{
	static uint8_t data[WIRE_PACKET_MAX]; /* the pool may move while the step sends */
	const struct packet *p = &w->packets[h->packet - 1];
	struct node_event ev = {.type = EV_RX};
	raw_t at = h->stamp ? (raw_t){h->stamp} : host_stamp(w, h->host);

	if (!host_runs(&w->host[h->host]) || net_is_cut(&w->net, h->peer, h->host)) {
		if (!wait_for_it(w, h, at.ns)) {
			packet_give(w, h->packet);
		}
		return;
	}
	memcpy(data, p->data, p->len);
	ev.rx.data = data;
	ev.rx.len = p->len;
	ev.rx.from = host_addr(h->peer);
	ev.rx.to = host_addr(h->host);
	ev.rx.at = at;
	ev.rx.quality = STAMP_KERNEL;
	packet_give(w, h->packet);
	host_event(w, h->host, &ev);
}

static void on_stamp(struct world *w, const struct happening *h)
{
	struct node_event ev = {.type = EV_TX_STAMP};
	const struct host *host = &w->host[h->host];

	if ((uint32_t)host->boot != h->packet) {
		return;
	}
	if (!host_runs(host)) {
		(void)wait_for_it(w, h, 0);
		return;
	}
	ev.tx.tx_id = h->id;
	ev.tx.at = (raw_t){(int64_t)h->value};
	ev.tx.quality = w->stamp_quality;
	host_event(w, h->host, &ev);
}

static void on_second(struct world *w)
{
	check_second(w);
	for (unsigned i = 0; i < w->n; i++) {
		host_clock_second(&w->host[i].clock, w->now, &w->rng);
		w->host[i].n_steps_second = 0;
	}
	queue_push(&w->queue, (struct happening){.at = w->now + NS_PER_S, .what = AT_SECOND});
}

void world_run(struct world *w, int64_t until)
{
	struct happening h;

	while (!w->failed && queue_pop(&w->queue, until, &h)) {
		w->now = h.at > w->now ? h.at : w->now;
		switch (h.what) {
		case AT_TIMER:
			host_timer(w, h.host, h.value);
			break;
		case AT_TX:
			on_tx(w, &h);
			break;
		case AT_STAMP:
			on_stamp(w, &h);
			break;
		case AT_RX:
			on_rx(w, &h);
			break;
		case AT_SECOND:
			on_second(w);
			break;
		case AT_SCRIPT:
			w->scenario.script(w, h.value);
			break;
		}
	}
	if (!w->failed) {
		w->now = until;
	}
}

/* --- Views --- */

wall_t world_wall(const struct world *w, unsigned i)
{
	return host_clock_wall(&w->host[i].clock, w->now);
}

int64_t world_off_ns(const struct world *w, unsigned i)
{
	return wall_sub(world_wall(w, i), (wall_t){WORLD_WALL + w->now});
}

struct node_status world_status(const struct world *w, unsigned i)
{
	const struct host *h = &w->host[i];
	struct node_status st;

	node_status(h->node, host_clock_boot(&h->clock, w->now), host_pair(w, i), &st);
	return st;
}

bool world_member(const struct world *w, unsigned viewer, size_t *at, struct member_view *ret)
{
	const struct host *h = &w->host[viewer];

	return node_member(h->node, at, host_clock_boot(&h->clock, w->now), host_pair(w, viewer),
			   ret);
}

bool world_member_of(const struct world *w, unsigned viewer, unsigned of, struct member_view *ret)
{
	const struct host *h = &w->host[viewer];

	return node_member_of(h->node, world_status(w, of).id, host_clock_boot(&h->clock, w->now),
			      host_pair(w, viewer), ret);
}

void world_boot_script(struct world *w, uint64_t value)
{
	host_boot(w, (unsigned)value);
}

int64_t world_spread(const struct world *w)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		if (w->host[i].group == 0 && w->host[i].up && !w->host[i].liar) {
			int64_t wall = world_wall(w, i).ns;

			lo = ns_min(lo, wall);
			hi = ns_max(hi, wall);
			n++;
		}
	}
	return n < 2 ? -1 : hi - lo;
}

int world_master(const struct world *w, unsigned group)
{
	int master = -1;

	for (unsigned i = 0; i < w->n; i++) {
		if (w->host[i].group == group && w->host[i].up &&
		    world_status(w, i).role == ROLE_MASTER) {
			if (master >= 0) {
				return -1;
			}
			master = (int)i;
		}
	}
	return master;
}

void world_describe(const struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		const struct host *h = &w->host[i];
		struct node_status st = world_status(w, i);

		printf("  h%u %016" PRIx64 " %s%s%s%s%s master %016" PRIx64 " term %" PRIx64
		       " alive %u/%u E %" PRId64 " off %" PRId64 " wall %" PRId64 "%s%s\n",
		       i, st.id, role_name(st.role), h->up ? "" : ", down",
		       h->stopped ? ", stopped" : "", h->asleep ? ", asleep" : "",
		       h->liar ? ", liar" : "", st.master, st.term, st.n_alive, st.n_table,
		       st.bound_ns, st.offset_ns, world_wall(w, i).ns - WORLD_WALL - w->now,
		       st.settled ? " settled" : "", st.has_line ? "" : " no line");
	}
}
