/* fuzz_group.c - three whole nodes that talk with each other, and whoever is between them: each
 * packet may be lost, doubled, bent, misdirected or sent from elsewhere, and all events and all
 * orders come in any order.  With open_crypto.c, so that what is bent stands behind a valid MAC
 * and in a valid session: a member that was taken over.
 *
 * Of each node the invariants hold after each step (core/node/invariants.c), terms on its disk
 * only grow, its clock is told to run within its limits, and no instant has events without end.
 *
 * Input: operations, each a byte and what it takes. */
#include "fuzz.h"
#include "tests/world/clock.h"
#include "tests/world/node.h"

#include <stdlib.h>
#include <string.h>

#define N_NODES	   3
#define TABLE	   4
#define LOG	   16
#define FLYING_MAX 64
#define BUSY_MAX   20000 /* events of one operation: more is a node that never rests */
#define END_NS	   (40 * NS_PER_S)
#define WALL_NS	   (INT64_C(1700000000) * NS_PER_S)

struct flying {
	unsigned from, to; /* nodes; to N_NODES: nobody */
	uint32_t tx_id;
	uint16_t len;
	struct addr source;
	uint8_t data[WIRE_PACKET_MAX];
};

struct host {
	struct node *node;
	struct node_storage store;
	struct host_clock clock;
	mono_t deadline;
	uint64_t term;		/* on its disk */
	struct saved_line line; /* likewise */
	int64_t freq_ppb_max;
};

static struct host host[N_NODES];
static struct flying flying[FLYING_MAX];
static size_t n_flying; /* the oldest first */
static int64_t now;
static unsigned n_events;
static const uint8_t *input;
static size_t left;

static uint8_t take_byte(void)
{
	if (left == 0) {
		return 0;
	}
	left--;
	return *input++;
}

static uint64_t take_number(void)
{
	uint64_t v = 0;

	for (unsigned n = take_byte() % 9; n > 0; n--) {
		v = v << 8 | take_byte();
	}
	return v;
}

static struct addr address_of(unsigned k)
{
	return (struct addr){.ip = {[15] = (uint8_t)(k + 1)}, .port = 1};
}

static unsigned node_at(const struct addr *a)
{
	return a->ip[15] >= 1 && a->ip[15] <= N_NODES ? a->ip[15] - 1U : N_NODES;
}

static void send_packet(unsigned from, const struct effect *e, unsigned to)
{
	if (n_flying == FLYING_MAX) {
		return; /* lost */
	}
	struct flying *f = &flying[n_flying++];

	*f = (struct flying){.from = from, .to = to, .source = address_of(from)};
	f->tx_id = e->type == FX_SEND ? e->send.tx_id : 0;
	f->len = e->send.len;
	memcpy(f->data, e->send.data, e->send.len);
}

static void apply_effect(unsigned k, const struct effect *e)
{
	struct host *h = &host[k];

	switch (e->type) {
	case FX_SEND:
		send_packet(k, e, node_at(&e->send.to));
		break;
	case FX_DISCOVER:
		for (unsigned to = 0; to < N_NODES; to++) {
			if (to != k) {
				send_packet(k, e, to);
			}
		}
		break;
	case FX_ADJ_FREQ:
		if (llabs(e->freq_ppb) > h->freq_ppb_max) {
			abort();
		}
		host_clock_freq(&h->clock, now, e->freq_ppb);
		break;
	case FX_STEP:
		host_clock_step(&h->clock, now, e->step_ns);
		break;
	case FX_STATUS:
		if (e->status.max_error_ns < 0) {
			abort();
		}
		break;
	case FX_SAVE_TERM:
		if (e->term < h->term) {
			abort();
		}
		h->term = e->term;
		break;
	case FX_SAVE_LINE:
		h->line = e->line;
		break;
	case FX_SAVE_BUDGET:
	case FX_SAVE_DRIFT:
	case FX_SAVE_TIME:
	case FX_SAVE_TABLE:
	case FX_SAVE_CHAT:
	case FX_SAVE_REVOKED:
	case FX_NOTICE:
	case FX_CHAT:
	case FX_ORDERED:
		break;
	}
}

static void step_node(unsigned k, struct node_event *ev)
{
	static struct node_effects fx;
	struct host *h = &host[k];

	if (++n_events > BUSY_MAX) {
		abort();
	}
	ev->now = host_clock_boot(&h->clock, now);
	ev->pair = (struct clock_pair){host_clock_raw(&h->clock, now),
				       host_clock_wall(&h->clock, now)};
	for (unsigned i = 0; i < NODE_RAND_LEN; i++) {
		ev->rnd[i] = (uint8_t)((uint64_t)now >> i % 32 ^ k * 77U ^ n_events);
	}
	node_step_checked(h->node, ev, &fx);
	h->deadline = fx.deadline;
	for (size_t i = 0; i < fx.n; i++) {
		apply_effect(k, &fx.fx[i]);
	}
}

static void boot_node(unsigned k)
{
	struct host *h = &host[k];
	struct node_config c = node_config_default();
	struct node_saved saved = {.term = h->term, .line = h->line};
	struct node_event ev = {.type = EV_START};

	if (!h->node) {
		h->node = node_room_new();
		h->store = node_storage_new(TABLE, TABLE, LOG);
	}
	c.name[0] = (char)('a' + k);
	c.secret[0] = (uint8_t)(k + 1);
	c.group_key[0] = 4;
	c.discovery = k == 1;
	c.orders = ORDERS_OF_MEMBERS; /* which is the most that may be ordered */
	h->freq_ppb_max = c.freq_ppb_max;
	node_init(h->node, &c, &h->store, &saved, k + 1);
	for (unsigned to = 0; to < N_NODES; to++) {
		struct addr a = address_of(to);

		if (to != k && !(k == 1 && to == 2)) { /* these two discover each other */
			(void)node_add_contact(h->node, &a, (int)to);
		}
	}
	step_node(k, &ev);
}

static struct flying take_flying(void)
{
	struct flying f = flying[0];

	memmove(flying, flying + 1, --n_flying * sizeof(flying[0]));
	return f;
}

/* The oldest packet is stamped and arrives. */
static void deliver_packet(void)
{
	struct flying f = take_flying();
	struct node_event stamp = {.type = EV_TX_STAMP}, ev = {.type = EV_RX};

	if (f.tx_id) {
		stamp.tx.tx_id = f.tx_id;
		stamp.tx.at = host_clock_raw(&host[f.from].clock, now);
		stamp.tx.quality = STAMP_KERNEL;
		step_node(f.from, &stamp);
	}
	if (f.to >= N_NODES) {
		return;
	}
	ev.rx.data = f.data;
	ev.rx.len = f.len;
	ev.rx.from = f.source;
	ev.rx.to = address_of(f.to);
	ev.rx.at = host_clock_raw(&host[f.to].clock, now);
	ev.rx.quality = STAMP_KERNEL;
	step_node(f.to, &ev);
}

/* Time goes on; timers are fired when they are due, and packets take no time. */
static void pass_time(int64_t ns)
{
	int64_t end = now + ns;

	for (;;) {
		unsigned first = N_NODES;
		int64_t at = end;

		while (n_flying > 0 && n_events < BUSY_MAX) {
			deliver_packet();
		}
		for (unsigned k = 0; k < N_NODES; k++) {
			if (mono_is_never(host[k].deadline)) {
				continue;
			}
			int64_t when = host_clock_when(&host[k].clock, now, host[k].deadline);

			if (when <= at) {
				at = when;
				first = k;
			}
		}
		now = at > now ? at : now;
		if (first == N_NODES) {
			return;
		}
		struct node_event timer = {.type = EV_TIMER};

		step_node(first, &timer);
	}
}

static void bend_packet(void)
{
	struct flying *f = &flying[take_byte() % n_flying];
	unsigned at = take_byte(), n = take_byte() % 9;

	at |= (at & 1) ? 0U : (unsigned)(take_byte() & 3) << 8;
	for (; n > 0 && f->len > 0; n--, at++) {
		f->data[at % f->len] = take_byte();
	}
	if (take_byte() & 1) { /* cut, or longer */
		f->len = (uint16_t)ns_min(take_number() & 0xfff, WIRE_PACKET_MAX);
	}
}

static void divert_packet(void)
{
	struct flying *f = &flying[take_byte() % n_flying];
	unsigned way = take_byte();

	f->to = way % N_NODES;
	if (way & 4) {
		f->source.ip[15] = take_byte();
	}
	if (way & 8) {
		f->source.port = (uint16_t)(1 + (take_byte() & 1));
	}
	if ((way & 16) && n_flying < FLYING_MAX) { /* and once more, for later */
		flying[n_flying++] = *f;
	}
}

static node_id some_id(void)
{
	struct node_status s;
	unsigned k = take_byte();

	if (k % 4 == N_NODES) {
		return take_number();
	}
	node_status(host[k % 4].node, (mono_t){now}, (struct clock_pair){{now}, {WALL_NS}}, &s);
	return s.id;
}

static void give_order(unsigned k)
{
	static char text[600];
	struct node_event ev = {.type = EV_ORDER};

	ev.order.order = (enum order)(take_byte() % (ORDER_RESTORE + 1));
	ev.order.peer = some_id();
	if (ev.order.order == ORDER_CHAT) {
		ev.order.text_len = take_number() % sizeof(text);
		for (size_t i = 0; i < ev.order.text_len; i++) {
			text[i] = (char)(left > 0 ? take_byte() : 'x');
		}
		ev.order.text = text;
	} else if (ev.order.order == ORDER_SET_TIME) {
		uint8_t how = take_byte();

		ev.order.set_time.relative = how & 1;
		ev.order.set_time.step = how & 2;
		ev.order.set_time.dry_run = how & 4;
		ev.order.set_time.to.ns = ns_add(how & 8 ? WALL_NS : 0, (int64_t)take_number());
		ev.order.set_time.shift_ns = (int64_t)take_number();
		ev.order.set_time.uid = take_byte();
	}
	step_node(k, &ev);
}

static void touch_clock(unsigned k)
{
	struct node_event ev = {.type = EV_CLOCK_TOUCHED};

	ev.touched.what = (enum clock_touched)(1 + take_byte() % (CLOCK_TOUCHED_STEP - 1));
	ev.touched.value = (int64_t)take_number();
	step_node(k, &ev);
}

static void step_clock(unsigned k)
{
	struct node_event ev = {.type = EV_CLOCK_STEPPED};
	uint8_t how = take_byte();

	if (how & 1) {
		ev.stepped.step_ns = (int64_t)(take_number() >> 8);
		ev.stepped.step_ns *= how & 16 ? -1 : 1;
		host_clock_step(&host[k].clock, now, ev.stepped.step_ns);
	}
	if (how & 2) {
		ev.stepped.suspend_ns = (int64_t)(take_number() >> 8);
	}
	if (how & 4) {
		ev.stepped.machine = how & 8 ? INTERRUPTION_MIGRATION : INTERRUPTION_RESTORE;
	}
	step_node(k, &ev);
}

static void strike_disk(unsigned k)
{
	struct node_event ev = {.type = EV_DISK};

	ev.disk.failed = take_byte() & 1;
	ev.disk.term = host[k].term;
	step_node(k, &ev);
}

static void stop_node(unsigned k)
{
	struct node_event ev = {.type = EV_STOP};

	if (take_byte() & 1) {
		step_node(k, &ev);
	}
	boot_node(k);
}

static void stamp_odd(unsigned k)
{
	struct node_event ev = {.type = EV_TX_STAMP};

	ev.tx.tx_id = (uint32_t)take_number();
	ev.tx.at = raw_add(host_clock_raw(&host[k].clock, now), (int64_t)(take_number() >> 2));
	ev.tx.quality = take_byte() % (STAMP_HARDWARE + 1);
	step_node(k, &ev);
}

static void operate(uint8_t op)
{
	unsigned k = (op >> 4) % N_NODES;
	struct node_event link = {.type = EV_LINK};

	switch (op % 16) {
	case 0:
	case 1:
		if (n_flying > 0) {
			deliver_packet();
		}
		break;
	case 2:
		pass_time((int64_t)(op >> 4) * NS_PER_S / 10);
		break;
	case 3:
		pass_time((int64_t)(op >> 4) * 2 * NS_PER_S);
		break;
	case 4:
		if (n_flying > 0) {
			(void)take_flying();
		}
		break;
	case 5:
	case 6:
	case 7:
		if (n_flying > 0) {
			bend_packet();
		}
		break;
	case 8:
		if (n_flying > 0) {
			divert_packet();
		}
		break;
	case 9:
		step_node(k, &link);
		break;
	case 10:
		step_clock(k);
		break;
	case 11:
		touch_clock(k);
		break;
	case 12:
		give_order(k);
		break;
	case 13:
		stop_node(k);
		break;
	case 14:
		strike_disk(k);
		break;
	case 15:
		stamp_odd(k);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	now = NS_PER_S;
	n_flying = 0;
	n_events = 0;
	input = data;
	left = size;
	for (unsigned k = 0; k < N_NODES; k++) {
		host_clock_init(&host[k].clock, 0, (int64_t)k * 1000 * NS_PER_S,
				WALL_NS + (int64_t)k * NS_PER_MS, (double)k * 20e-6);
		host[k].term = 0;
		host[k].line = (struct saved_line){.any = false};
		boot_node(k);
	}
	for (unsigned n = 0; left > 0 && n < 100 && now < END_NS; n++) {
		n_events = 0;
		operate(take_byte());
	}
	return 0;
}
