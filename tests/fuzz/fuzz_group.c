/* fuzz_group.c - three whole nodes that talk with each other, and whoever is between them: each
 * packet may be lost, doubled, bent, misdirected, sent from elsewhere or have another message in
 * it, and all events, all orders and new configurations come in any order.  With open_crypto.c, so
 * that what is bent stands behind a valid MAC and in a valid session: a member that was taken over.
 *
 * Of each node the invariants hold after each step (core/node/invariants.c), terms on its disk
 * only grow, its clock is told to run within its limits, and no instant has events without end.
 *
 * Input: two bytes of the setup, then operations, each a byte and what it takes. */
#include "core/wire/trust.h"
#include "fuzz.h"
#include "tests/fuzz/open_crypto.h"
#include "tests/world/clock.h"
#include "tests/world/node.h"

#include <stdlib.h>
#include <string.h>

#define N_NODES	     3
#define TABLE	     4
#define LOG	     16
#define FLYING_MAX   64
#define BUSY_MAX     20000 /* events of one operation: more is a node that never rests */
#define END_NS	     (40 * NS_PER_S)
#define WALL_NS	     (INT64_C(1700000000) * NS_PER_S)
#define OLD_NS	     (2200 * NS_PER_S) /* a session's keys are renewed before, ... */
#define EXPIRED_NS   (3700 * NS_PER_S) /* ... and erased before: core/wire/session.c */
#define MESSAGE_HEAD 9		       /* type and term */

/* The setup: of all, or of the node of one number. */
enum {
	NO_DISCOVERY = 1,
	ALL_DISCOVER = 2, /* nobody is configured */
	PINS_MEMBERS = 4, /* node 2 is in nobody's list */
	PINS_MASTERS = 8, /* only node 0 may be master */
	TWO_KEYS = 16,	  /* node 2 sends the other one, and the others take both */
	OTHER_GROUP = 32, /* node 2 has another key */
	GLANCES = 64,	  /* as the daemon does */
	IPV4 = 128,	  /* and here: IPv6 */
	REFERENCE = 256,  /* node 2 */
	OBSERVER = 512,	  /* node 1 */
	MAJORITY = 1024,
	FOLLOWER = 2048,    /* node 2 is never master */
	NARROW = 4096,	    /* limits */
	CLONE = 8192,	    /* node 2 has the identity of node 0 */
	HOUR_AHEAD = 16384, /* node 2's clock is */
	SMALL_TABLE = 32768,
};

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
	struct saved_budget budget;
	struct node_row row[TABLE];
	struct revoked_host revoked[REVOKED_MAX];
	size_t n_row, n_revoked;
	int64_t freq_ppb_max;
};

static struct host host[N_NODES];
static struct flying flying[FLYING_MAX];
static size_t n_flying; /* the oldest first */
static int64_t now, skipped_ns;
static unsigned n_events, setup;
static uint8_t keys[N_NODES][KEY_LEN]; /* public */
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

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; v >>= 8) {
		p[i] = (uint8_t)v;
	}
}

static struct addr address_of(unsigned k)
{
	struct addr a = {.ip = {[15] = (uint8_t)(k + 1)}, .port = 1};

	if (setup & IPV4) {
		a.ip[10] = a.ip[11] = 0xff;
		a.ip[12] = 10;
	}
	return a;
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

static void save_revoked(struct host *h)
{
	struct revocation_view v;

	for (h->n_revoked = 0; node_revocation(h->node, h->n_revoked, &v); h->n_revoked++) {
		h->revoked[h->n_revoked] = v.host;
	}
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
		h->budget = e->budget;
		break;
	case FX_SAVE_TABLE:
		h->n_row = 0;
		while (h->n_row < TABLE && node_row(h->node, h->n_row, &h->row[h->n_row])) {
			h->n_row++;
		}
		break;
	case FX_SAVE_REVOKED:
		save_revoked(h);
		break;
	case FX_SAVE_DRIFT:
	case FX_SAVE_TIME:
	case FX_SAVE_CHAT:
	case FX_NOTICE:
	case FX_CHAT:
	case FX_ORDERED:
	case FX_PRIVATE:
	case FX_PRIVATE_DONE:
	case FX_FORGOTTEN:
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
	ev->chat_is_read = k % 2 == 0;
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

static struct node_config config_of(unsigned k, unsigned how)
{
	struct node_config c = node_config_default();

	c.name[0] = (char)('a' + k);
	c.secret[0] = (uint8_t)((how & CLONE) && k == 2 ? 1 : k + 1);
	c.group_key[0] = (how & OTHER_GROUP) && k == 2 ? 5 : 4;
	if (how & TWO_KEYS) {
		c.group_key[0] = k == 2 ? 6 : 4;
		c.other_group_keys[0][0] = k == 2 ? 4 : 6;
		c.n_other_group_keys = 1;
	}
	if (how & PINS_MEMBERS) {
		c.member_keys = keys;
		c.n_member_keys = 2;
	}
	if (how & PINS_MASTERS) {
		c.master_keys = keys;
		c.n_master_keys = 1;
	}
	c.orders = ORDERS_OF_MEMBERS; /* which is the most that may be ordered */
	c.discovery = !(how & NO_DISCOVERY) && (k == 1 || how & ALL_DISCOVER);
	c.mode = (how & REFERENCE) && k == 2  ? MODE_REFERENCE
		 : (how & OBSERVER) && k == 1 ? MODE_OBSERVE
					      : MODE_STEER;
	c.quorum = how & MAJORITY ? QUORUM_MAJORITY : QUORUM_ISLAND;
	c.priority = (how & FOLLOWER) && k == 2 ? 0 : c.priority;
	if (how & NARROW) {
		c.max_correction_ns = NS_PER_MS;
		c.max_accumulated_ns = 2 * NS_PER_MS;
		c.forget_ns = 10 * NS_PER_S;
	}
	return c;
}

static void boot_node(unsigned k)
{
	struct host *h = &host[k];
	struct node_config c = config_of(k, setup);
	struct node_saved saved = {.term = h->term, .line = h->line, .budget = h->budget};
	struct node_event ev = {.type = EV_START};

	if (!h->node) {
		h->node = node_room_new();
		h->store = node_storage_new(TABLE, TABLE, LOG);
	}
	h->store.n_peers = setup & SMALL_TABLE ? 1 : TABLE;
	h->freq_ppb_max = c.freq_ppb_max;
	saved.n_revoked = h->n_revoked;
	memcpy(saved.revoked, h->revoked, sizeof(saved.revoked));
	saved.n_row = h->n_row;
	saved.row = h->row;
	saved.n_table = h->n_row ? (unsigned)h->n_row + 1 : 0;
	node_init(h->node, &c, &h->store, &saved, k + 1);
	for (unsigned to = 0; to < N_NODES; to++) {
		struct addr a = address_of(to);

		/* These two discover each other. */
		if (to != k && !(k == 1 && to == 2) && !(setup & ALL_DISCOVER)) {
			(void)node_add_contact(h->node, &a, (int)to);
		}
	}
	step_node(k, &ev);
}

/* Its lists, keys and limits are others from now on. */
static void reload_node(unsigned k)
{
	unsigned how = take_byte();
	struct node_config c =
		config_of(k, how | (how & 1 ? setup & 0xff00 : (unsigned)take_byte() << 8));
	struct node_event ev = {.type = EV_TIMER};

	node_reconfigure(host[k].node, &c);
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
	ev.now = host_clock_boot(&host[f.to].clock, now);
	if (!(setup & GLANCES) || node_glance(host[f.to].node, &ev)) {
		step_node(f.to, &ev);
	}
}

/* Time goes on to the next timer and fires it, or to @end: false. */
static bool fire_timer(int64_t end)
{
	struct node_event timer = {.type = EV_TIMER};
	unsigned first = N_NODES;
	int64_t at = end;

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
		return false;
	}
	step_node(first, &timer);
	return true;
}

/* Time goes on; timers are fired when they are due, and packets take no time. */
static void pass_time(int64_t ns)
{
	int64_t end = now + ns;

	do {
		while (n_flying > 0 && n_events < BUSY_MAX) {
			deliver_packet();
		}
	} while (fire_timer(end));
}

/* Likewise, but what is sent stays in flight. */
static void fire_timers(unsigned n)
{
	while (n-- > 0) {
		(void)fire_timer(now + NS_PER_S);
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

/* In a packet of a session, another message of the same term, or of the one that is asked for. */
static void replace_message(void)
{
	struct flying *f = &flying[take_byte() % n_flying];
	uint8_t *m = f->data + WIRE_HEADER_LEN;
	unsigned what = take_byte(), n = 0;

	struct wire_header h;

	if (wire_header_get(f->data, f->len, &h) != WIRE_OK || h.type != WIRE_DATA ||
	    f->len < WIRE_DATA_LEN_MIN) {
		return;
	}
	m[0] = (uint8_t)(1 + what % (WIRE_TYPE_MAX_ - 1));
	if (what & 128) {
		put_number(m + 1, take_number(), 8);
	}
	for (unsigned len = take_byte(); n < len; n++) {
		m[MESSAGE_HEAD + n] = take_byte();
	}
	memset(m + MESSAGE_HEAD + n, 0, WIRE_TAG_LEN);
	f->len = (uint16_t)(WIRE_HEADER_LEN + MESSAGE_HEAD + n + WIRE_TAG_LEN);
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
	for (unsigned n = 0; (way & 48) && n <= (way & 32) && n_flying < FLYING_MAX; n++) {
		flying[n_flying++] = *f; /* and once more, for later */
		if (way & 32) {		 /* as if one, or many, had begun so many handshakes */
			put_number(f->data + HELLO_AT_NONCE, n * 0x01010101U, 4);
			if (f->len == WIRE_HELLO_LEN) {
				put_number(f->data + HELLO_AT_MAC_NONCE, n * 0x01010101U, 4);
			}
			f->source.ip[14] = (uint8_t)(way & 64 ? n : 0);
		}
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

	uint8_t what = take_byte();

	ev.order.order = what >= 250 ? ORDER_PRIVATE : (enum order)(what % (ORDER_RESTORE + 1));
	ev.order.peer = some_id();
	if (ev.order.order == ORDER_CHAT || ev.order.order == ORDER_PRIVATE) {
		ev.order.text_len = take_number() % sizeof(text);
		for (size_t i = 0; i < ev.order.text_len; i++) {
			text[i] = (char)(left > 0 ? take_byte() : 'x');
		}
		ev.order.text = text;
	} else if (ev.order.order == ORDER_SET_TIME) {
		uint8_t how = take_byte();

		ev.order.set_time.relative = how & 1;
		ev.order.set_time.step = how & 2;
		ev.order.dry_run = how & 4;
		ev.order.set_time.to.ns = ns_add(how & 8 ? WALL_NS : 0, (int64_t)take_number());
		ev.order.set_time.shift_ns = (int64_t)take_number();
		ev.order.uid = take_byte();
	} else {
		ev.order.dry_run = take_byte() & 1;
		ev.order.hold_ms = (uint32_t)take_number();
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

static void touch_packet(unsigned how)
{
	switch (how) {
	case 4:
		(void)take_flying(); /* it is lost */
		break;
	case 7:
		replace_message();
		break;
	case 8:
		divert_packet();
		break;
	default:
		bend_packet();
		break;
	}
}

static void operate(uint8_t op)
{
	unsigned k = (op >> 4) % N_NODES;
	struct node_event link = {.type = EV_LINK};

	switch (op % 16) {
	case 0:
		for (unsigned n = 1 + (op >> 4); n > 0 && n_flying > 0; n--) {
			deliver_packet();
		}
		break;
	case 1:
		reload_node(k);
		break;
	case 2:
		if (op >> 4 < 4) {
			fire_timers(1U + (op >> 4));
		} else {
			pass_time((int64_t)(op >> 4) * NS_PER_S / 10);
		}
		break;
	case 3:
		if (op >> 4 < 14) {
			pass_time((int64_t)(op >> 4) * 2 * NS_PER_S);
		} else { /* all machines stand still: sessions are old then, or over */
			skipped_ns += (op >> 4) % 2 ? EXPIRED_NS : OLD_NS;
			now += (op >> 4) % 2 ? EXPIRED_NS : OLD_NS;
		}
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		if (n_flying > 0) {
			touch_packet(op % 16);
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

/* Of the nodes 0 and 1, for lists. */
static void make_keys(void)
{
	for (unsigned k = 0; k < N_NODES; k++) {
		struct trust t;
		uint8_t rnd[2 * KEY_LEN] = {0}, secret[KEY_LEN] = {(uint8_t)(k + 1)};

		memcpy(t.secret, secret, KEY_LEN);
		trust_init(&t, rnd, (mono_t){0});
		memcpy(keys[k], t.pub, KEY_LEN);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	make_keys();
	now = NS_PER_S;
	skipped_ns = 0;
	n_flying = 0;
	n_events = 0;
	setup = data[0] | (unsigned)data[1] << 8;
	input = data + 2;
	left = size - 2;
	for (unsigned k = 0; k < N_NODES; k++) {
		unsigned offset = (setup & HOUR_AHEAD) && k == 2 ? 3600000 : k;

		host_clock_init(&host[k].clock, 0, (int64_t)k * 1000 * NS_PER_S,
				WALL_NS + (int64_t)offset * NS_PER_MS, (double)k * 20e-6);
		host[k].term = 0;
		host[k].line = (struct saved_line){.any = false};
		host[k].budget = (struct saved_budget){.any = false};
		host[k].n_row = host[k].n_revoked = 0;
		boot_node(k);
	}
	for (unsigned n = 0; left > 0 && n < 100 && now - skipped_ns < END_NS; n++) {
		n_events = 0;
		operate(take_byte());
	}
	return 0;
}
