/* fuzz_peer.c - whatever a proved member or master says, nothing crashes or overflows, terms only
 * grow, and the clock is never told to run beyond its limits.
 *
 * Input: records of FLAGS, LEN, LEN bytes of one message.  The flags put the fields right that
 * noise would never hit: a term of either side, the sequence of the last poll or reply. */
#include "berk/node.h"
#include "berk/term.h"
#include "core/wire/session.h"
#include "fuzz.h"
#include "tests/world/node.h"

#include <stdlib.h>
#include <string.h>

#define TABLE 4
#define LOG   16

enum {
	TERM_OURS = 1,	 /* the term of the node */
	TERM_NEXT = 2,	 /* the next one of the peer */
	SEQ_RIGHT = 4,	 /* POLL, PROBE: the next; replies, CORRECT: of what the node sent last */
	LONG_PAUSE = 8,	 /* four seconds pass, else a tenth */
	TYPE_HERE = 0xf0 /* if not 0: the message's type; 15: one of those from PROBE on */
};

struct stage {
	struct node *node;
	struct node_storage store;
	struct session peer; /* the other end */
	struct trust trust;
	uint32_t seq, polled, replied;
	uint64_t term;
	int64_t t, freq_ppb_max;
	struct node_effects fx;
};

static const struct addr peer_addr = {.ip = {[15] = 1}, .port = 1};

static void check_and_hear(struct stage *s)
{
	uint8_t plain[WIRE_MESSAGE_MAX];
	struct wire_msg m;
	size_t len;

	for (size_t i = 0; i < s->fx.n; i++) {
		const struct effect *e = &s->fx.fx[i];

		if ((e->type == FX_SAVE_TERM && e->term < s->term) ||
		    (e->type == FX_ADJ_FREQ && llabs(e->freq_ppb) > s->freq_ppb_max) ||
		    (e->type == FX_STATUS && e->status.max_error_ns < 0)) {
			abort();
		}
		if (e->type == FX_SAVE_TERM) {
			s->term = e->term;
		}
		if (e->type != FX_SEND ||
		    session_open(&s->peer, e->send.data, e->send.len, plain, &len) != SESSION_OK) {
			continue;
		}
		if (wire_decode(plain, len, &m) != WIRE_OK) {
			abort(); /* we say only what may be said */
		}
		s->polled = m.type == WIRE_POLL	   ? m.poll.seq
			    : m.type == WIRE_PROBE ? m.probe.seq
						   : s->polled;
		s->replied = m.type == WIRE_REPLY ? m.reply.stamps.seq : s->replied;
	}
}

static void step(struct stage *s, struct node_event *ev, int64_t pause)
{
	s->t += pause;
	ev->now = (mono_t){s->t};
	ev->pair = (struct clock_pair){{s->t}, {INT64_C(1700000000) * NS_PER_S + s->t}};
	memset(ev->rnd, (int)(s->t >> 20), sizeof(ev->rnd));
	node_step(s->node, ev, &s->fx);
	check_and_hear(s);
}

static void say(struct stage *s, const uint8_t *packet, size_t len)
{
	struct node_event ev = {.type = EV_RX};

	ev.rx.data = packet;
	ev.rx.len = len;
	ev.rx.from = peer_addr;
	ev.rx.at = (raw_t){s->t};
	ev.rx.quality = STAMP_KERNEL;
	step(s, &ev, 0);
}

static void answer_of(const struct stage *s, enum wire_packet type, uint8_t *out, size_t *ret_len)
{
	for (size_t i = 0; i < s->fx.n; i++) {
		const struct effect *e = &s->fx.fx[i];

		if (e->type == FX_SEND && e->send.data[3] == type) {
			memcpy(out, e->send.data, e->send.len);
			*ret_len = e->send.len;
			return;
		}
	}
	abort();
}

static void shake_hands(struct stage *s)
{
	uint8_t rnd[2 * KEY_LEN] = {5}, out[WIRE_PACKET_MAX], in[WIRE_PACKET_MAX];
	size_t len, n;

	memset(s->trust.secret, 9, KEY_LEN);
	s->trust.group_key[0] = 4;
	trust_init(&s->trust, rnd, (mono_t){0});
	session_init(&s->peer, 77);
	say(s, out, session_hello(&s->peer, &s->trust, rnd, (mono_t){0}, out, sizeof(out)));
	answer_of(s, WIRE_CHALLENGE, in, &len);
	if (session_on_challenge(&s->peer, &s->trust, in, len, (mono_t){0}, out, sizeof(out), &n) !=
	    SESSION_OK) {
		abort();
	}
	say(s, out, n);
	answer_of(s, WIRE_ACCEPT, in, &len);
	if (session_on_accept(&s->peer, &s->trust, in, len, (mono_t){0}) != SESSION_OK) {
		abort();
	}
}

static void start(struct stage *s)
{
	static const struct node_saved saved;
	struct node_config c = node_config_default();
	struct node_event ev = {.type = EV_START};

	c.name[0] = 'f';
	c.secret[1] = 1;
	c.group_key[0] = 4;
	s->freq_ppb_max = c.freq_ppb_max;
	if (!s->node) {
		s->node = node_room_new();
		s->store = node_storage_new(TABLE, TABLE, LOG);
	}
	s->seq = s->polled = s->replied = 0;
	s->term = 0;
	s->t = NS_PER_S;
	node_init(s->node, &c, &s->store, &saved, 1);
	step(s, &ev, 0);
	shake_hands(s);
}

static void put(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; v >>= 8) {
		p[i] = (uint8_t)v;
	}
}

static void put_right(struct stage *s, uint8_t *m, size_t len, unsigned flags)
{
	struct node_status now;

	node_status(s->node, (mono_t){s->t}, (struct clock_pair){{s->t}, {s->t}}, &now);
	if ((flags & TYPE_HERE) && len > 0) {
		unsigned type = flags >> 4;

		m[0] = (uint8_t)(type < WIRE_PROBE ? type
						   : type + m[0] % (WIRE_TYPE_MAX_ - WIRE_PROBE));
	}
	if ((flags & (TERM_OURS | TERM_NEXT)) && len >= 9) {
		put(m + 1, flags & TERM_NEXT ? term_next(now.term, s->trust.id) : now.term, 8);
	}
	if (!(flags & SEQ_RIGHT) || len < 21) {
		return;
	}
	if (m[0] == WIRE_POLL || m[0] == WIRE_PROBE) {
		put(m + 9, ++s->seq, 4);
	} else if (m[0] == WIRE_REPLY || m[0] == WIRE_PROBE_REPLY) {
		put(m + 9, s->polled, 4);
	} else if (m[0] == WIRE_CORRECT) {
		put(m + 17, s->replied, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage s;
	uint8_t plain[WIRE_MESSAGE_MAX], packet[WIRE_PACKET_MAX];

	start(&s);
	while (size > 2) {
		unsigned flags = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		struct node_event timer = {.type = EV_TIMER};

		memcpy(plain, data + 2, len);
		put_right(&s, plain, len, flags);
		say(&s, packet, session_seal(&s.peer, plain, len, packet, sizeof(packet)));
		step(&s, &timer, flags & LONG_PAUSE ? 4 * NS_PER_S : NS_PER_S / 10);
		data += 2 + len;
		size -= 2 + len;
	}
	return 0;
}
