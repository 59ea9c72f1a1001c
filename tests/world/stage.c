/* stage.c - see stage.h. */
#include "tests/world/stage.h"

#include "berk/term.h"
#include "core/node/state.h"
#include "tests/world/node.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_NS	   (3500 * NS_PER_S) /* a puppet keeps its keys so long: a node, an hour at most */
#define N_CHAT_LOG 64
#define WALL_NS	   (INT64_C(1700000000) * NS_PER_S)

struct clock_pair stage_pair(const struct stage *s)
{
	return (struct clock_pair){host_clock_raw(&s->clock, s->now),
				   host_clock_wall(&s->clock, s->now)};
}

struct node_status stage_status(const struct stage *s)
{
	struct node_status st;

	node_status(s->node, host_clock_boot(&s->clock, s->now), stage_pair(s), &st);
	return st;
}

/* --- What the puppets hear --- */

struct wire_msg stage_reply(const struct stage *s, unsigned k, const struct wire_msg *poll)
{
	const struct puppet *p = &s->puppet[k];
	raw_t now = stage_pair(s).raw;
	struct wire_msg m = {.type = WIRE_REPLY, .term = poll->term};

	m.reply.stamps = (struct wire_stamps){.seq = poll->poll.seq,
					      .raw_life = 1,
					      .rec = now,
					      .xmt = now,
					      .rec_quality = STAMP_KERNEL};
	m.reply.pair = stage_pair(s);
	m.reply.settled = true;
	m.reply.date = DATE_AGREES;
	m.reply.priority = 100;
	m.reply.floor = p->floor;
	m.reply.max_drift_ppb = p->max_drift_ppb;
	m.reply.deaf = (uint8_t)p->deaf;
	m.reply.bound_ns = INT64_MAX;
	if (p->applies && p->heard[WIRE_CORRECT].term == poll->term) {
		m.reply.applied_round = p->heard[WIRE_CORRECT].correct.round;
	}
	m.reply.name[0] = (char)('a' + k);
	return m;
}

static void answer_poll(struct stage *s, unsigned k, const struct wire_msg *poll)
{
	struct wire_msg m = stage_reply(s, k, poll);

	stage_say(s, k, &m);
}

static void answer_vote(struct stage *s, unsigned k, const struct wire_msg *ask)
{
	struct puppet *p = &s->puppet[k];
	bool vote = ask->type == WIRE_VOTE;
	struct wire_msg m = {.type = vote ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY};

	p->term_granted = vote && p->grants ? ask->vote.new_term : p->term_granted;
	m.term = p->term_granted;
	m.vote_reply.new_term = ask->vote.new_term;
	m.vote_reply.granted = p->grants;
	m.vote_reply.refusal = (uint8_t)(p->grants ? REFUSAL_NONE : p->refuses);
	m.vote_reply.n_alive = (uint16_t)(s->n_puppets + 1);
	stage_say(s, k, &m);
}

static void testify(struct stage *s, unsigned k)
{
	struct puppet *p = &s->puppet[k];
	struct wire_msg m = {.type = WIRE_TESTIMONY, .term = p->term_granted, .testimony = p->word};

	m.testimony.error_ns = p->word.error_ns ? p->word.error_ns : INT64_MAX;
	stage_say(s, k, &m);
}

static void hear_message(struct stage *s, unsigned k, const struct wire_msg *m)
{
	struct puppet *p = &s->puppet[k];

	p->n_heard[m->type]++;
	p->heard[m->type] = *m;
	if (m->type == WIRE_POLL && p->answers_polls) {
		answer_poll(s, k, m);
	} else if (m->type == WIRE_PING && m->ping.token != 0 && !m->ping.back && !p->is_moved) {
		struct wire_msg back = *m;

		back.ping.back = true;
		stage_say(s, k, &back);
	} else if (m->type == WIRE_WITNESS && !p->is_silent) {
		testify(s, k);
	} else if ((m->type == WIRE_VOTE || m->type == WIRE_PREVOTE) &&
		   (p->grants || p->refuses != REFUSAL_NONE)) {
		answer_vote(s, k, m);
	}
}

/* --- Events and effects --- */

static struct puppet *puppet_at(struct stage *s, const struct addr *a)
{
	unsigned k = a->ip[15] - 1U; /* or it was there before it moved */

	for (unsigned i = 0; i < s->n_puppets; i++) {
		if (addr_equal(&s->puppet[i].addr, a)) {
			return &s->puppet[i];
		}
	}
	return k < s->n_puppets ? &s->puppet[k] : NULL;
}

/* To be stamped and heard once the step is over: answers are steps of their own. */
static void take_sent(struct stage *s, const struct effect *e)
{
	uint8_t plain[WIRE_MESSAGE_MAX];
	struct puppet *p = puppet_at(s, &e->send.to);
	struct stage_sent *sent = &s->sent[s->n_sent++ % STAGE_SENT_MAX];
	size_t len;

	if (s->n_sent - s->n_heard > STAGE_SENT_MAX) {
		abort(); /* each message makes the node say more than one: it never ends */
	}
	sent->tx_id = e->send.tx_id;
	sent->to = NULL;
	if (p && session_open(&p->session, e->send.data, e->send.len, plain, &len) == SESSION_OK) {
		sent->to = p;
		if (wire_decode(plain, len, &sent->msg) != WIRE_OK) {
			abort(); /* a node says only what may be said */
		}
	}
}

static void apply_effect(struct stage *s, const struct effect *e)
{
	switch (e->type) {
	case FX_SEND:
		take_sent(s, e);
		break;
	case FX_ADJ_FREQ:
		host_clock_freq(&s->clock, s->now, e->freq_ppb);
		break;
	case FX_STEP:
		host_clock_step(&s->clock, s->now, e->step_ns);
		break;
	case FX_STATUS:
	case FX_SAVE_TERM:
	case FX_SAVE_DRIFT:
	case FX_SAVE_LINE:
	case FX_SAVE_BUDGET:
	case FX_SAVE_TIME:
	case FX_SAVE_TABLE:
	case FX_SAVE_CHAT:
	case FX_SAVE_REVOKED:
	case FX_NOTICE:
	case FX_CHAT:
	case FX_ORDERED:
	case FX_DISCOVER:
	case FX_PRIVATE:
	case FX_PRIVATE_DONE:
	case FX_FORGOTTEN:
		break;
	}
	if (s->effect) {
		s->effect(s, e);
	}
}

static void step_node(struct stage *s, struct node_event *ev)
{
	ev->now = host_clock_boot(&s->clock, s->now);
	ev->chat_is_read = true;
	ev->pair = stage_pair(s);
	if (s->trusts_master) {
		s->node->steering.doubt.own_fault = ev->now;
	}
	for (unsigned k = 0; k < NODE_RAND_LEN; k++) {
		ev->rnd[k] = (uint8_t)((uint64_t)s->now >> k % 32);
	}
	node_step_checked(s->node, ev, &s->fx);
	s->deadline = s->fx.deadline;
	for (size_t i = 0; i < s->fx.n; i++) {
		apply_effect(s, &s->fx.fx[i]);
	}
}

void stage_event(struct stage *s, struct node_event *ev)
{
	bool within_another = s->busy;

	step_node(s, ev);
	s->busy = true;
	while (!within_another && s->n_heard < s->n_sent) {
		struct stage_sent *sent = &s->sent[s->n_heard++ % STAGE_SENT_MAX];
		struct node_event stamp = {.type = EV_TX_STAMP};

		if (sent->tx_id) {
			stamp.tx.tx_id = sent->tx_id;
			stamp.tx.at = stage_pair(s).raw;
			stamp.tx.quality = STAMP_KERNEL;
			step_node(s, &stamp);
		}
		if (sent->to) {
			hear_message(s, (unsigned)(sent->to - s->puppet), &sent->msg);
		}
	}
	s->busy = within_another;
}

void stage_hold(struct stage *s, int64_t ns)
{
	s->now += ns;
}

void stage_wait(struct stage *s, int64_t ns)
{
	int64_t end = s->now + ns;
	unsigned n_at_once = 0;

	while (!mono_is_never(s->deadline)) {
		struct node_event timer = {.type = EV_TIMER};
		int64_t at = host_clock_when(&s->clock, s->now, s->deadline);

		if (at > end) {
			break;
		}
		n_at_once = at > s->now ? 0 : n_at_once + 1;
		if (n_at_once > STAGE_SENT_MAX) {
			abort(); /* its timer is due again and again, and nothing is done */
		}
		s->now = at;
		stage_event(s, &timer);
	}
	s->now = end;
}

/* --- What the puppets say --- */

void stage_send(struct stage *s, unsigned k, const uint8_t *packet, size_t len)
{
	struct node_event ev = {.type = EV_RX};

	ev.rx.data = packet;
	ev.rx.len = len;
	ev.rx.from = s->puppet[k].addr;
	ev.rx.to = s->to;
	ev.rx.at = raw_add(stage_pair(s).raw, -s->waited_ns);
	ev.rx.quality = STAMP_KERNEL;
	stage_event(s, &ev);
}

void stage_say_bytes(struct stage *s, unsigned k, const uint8_t *plain, size_t len)
{
	uint8_t packet[WIRE_PACKET_MAX];

	stage_send(s, k, packet,
		   session_seal(&s->puppet[k].session, plain, len, packet, sizeof(packet)));
}

size_t stage_seal(struct stage *s, unsigned k, const struct wire_msg *m,
		  uint8_t ret[static WIRE_PACKET_MAX])
{
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t len = wire_encode(m, plain, sizeof(plain));

	return session_seal(&s->puppet[k].session, plain, len, ret, WIRE_PACKET_MAX);
}

void stage_say(struct stage *s, unsigned k, const struct wire_msg *m)
{
	const struct session *p = &s->puppet[k].session;
	uint8_t packet[WIRE_PACKET_MAX];

	if (p->now.valid && mono_sub((mono_t){s->now}, p->now.since) > KEYS_NS) {
		(void)stage_try_meet(s, k); /* it answers no call for new keys */
	}
	stage_send(s, k, packet, stage_seal(s, k, m, packet));
}

/* --- Handshakes --- */

size_t stage_find_packet(const struct stage *s, unsigned k, enum wire_packet type,
			 uint8_t ret[static WIRE_PACKET_MAX])
{
	for (size_t i = 0; i < s->fx.n; i++) {
		const struct effect *e = &s->fx.fx[i];

		if (e->type == FX_SEND && e->send.data[3] == type &&
		    addr_equal(&e->send.to, &s->puppet[k].addr)) {
			memcpy(ret, e->send.data, e->send.len);
			return e->send.len;
		}
	}
	return 0;
}

size_t stage_hello(struct stage *s, unsigned k, uint8_t ret[static WIRE_PACKET_MAX])
{
	struct puppet *p = &s->puppet[k];
	uint8_t rnd[SESSION_RAND_LEN] = {5, (uint8_t)k, (uint8_t)(s->now / NS_PER_S)};

	session_init(&p->session, 77);
	return session_hello(&p->session, &p->trust, rnd, (mono_t){s->now}, ret, WIRE_PACKET_MAX);
}

void stage_trust_master(struct stage *s)
{
	s->trusts_master = true;
}

bool stage_try_meet(struct stage *s, unsigned k)
{
	struct puppet *p = &s->puppet[k];
	const uint8_t rnd[SESSION_RAND_LEN] = {7, (uint8_t)k, (uint8_t)(s->now / NS_PER_S)};
	uint8_t out[WIRE_PACKET_MAX], in[WIRE_PACKET_MAX];
	mono_t now = {s->now};
	size_t len, n;

	stage_send(s, k, out, stage_hello(s, k, out));
	len = stage_find_packet(s, k, WIRE_CHALLENGE, in);
	if (len == 0 || session_on_challenge(&p->session, &p->trust, in, len, rnd, now, out,
					     sizeof(out), &n) != SESSION_OK) {
		return false;
	}
	stage_send(s, k, out, n);
	len = stage_find_packet(s, k, WIRE_ACCEPT, in);
	if (len == 0 || session_on_accept(&p->session, &p->trust, in, len, now) != SESSION_OK) {
		return false;
	}
	stage_say(s, k, &(struct wire_msg){.type = WIRE_PING});
	return true;
}

void stage_meet(struct stage *s, unsigned k)
{
	if (!stage_try_meet(s, k)) {
		abort();
	}
}

void stage_meet_all(struct stage *s)
{
	for (unsigned k = 0; k < s->n_puppets; k++) {
		stage_meet(s, k);
		s->puppet[k].grants = s->puppet[k].answers_polls = s->puppet[k].applies = true;
	}
}

bool stage_try_call(struct stage *s, unsigned k)
{
	static const struct addr node_addr = {.ip = {[15] = 100}, .port = 1};
	struct puppet *p = &s->puppet[k];
	uint8_t out[WIRE_PACKET_MAX], in[WIRE_PACKET_MAX], pub[KEY_LEN];
	uint8_t rnd[SESSION_RAND_LEN] = {6};
	struct node_event ev = {.type = EV_LINK};
	unsigned pings = p->n_heard[WIRE_PING];
	struct noise noise;
	size_t len, n;

	session_init(&p->session, 78);
	if (!node_add_contact(s->node, &p->addr, (int)(p - s->puppet))) {
		abort();
	}
	stage_event(s, &ev);
	len = stage_find_packet(s, k, WIRE_HELLO, in);
	if (len == 0 || session_check_hello(&p->trust, in, len, pub) != SESSION_OK) {
		abort();
	}
	n = session_challenge(&p->trust, &node_addr, in, out, sizeof(out));
	stage_send(s, k, out, n);
	len = stage_find_packet(s, k, WIRE_RESPONSE, in);
	if (len == 0) {
		return false;
	}
	if (session_check_response(&p->trust, &node_addr, in, len, pub) != SESSION_OK ||
	    session_prove_response(&p->trust, in, &noise) != SESSION_OK ||
	    session_accept(&p->session, &p->trust, &noise, in, rnd, (mono_t){s->now}, out,
			   sizeof(out), &n) != SESSION_OK) {
		abort();
	}
	stage_send(s, k, out, n);
	return p->n_heard[WIRE_PING] > pings;
}

void stage_give_secret(struct stage *s, unsigned k, const uint8_t secret[static KEY_LEN])
{
	static const uint8_t rnd[2 * KEY_LEN];
	struct puppet *p = &s->puppet[k];

	memcpy(p->trust.secret, secret, KEY_LEN);
	trust_init(&p->trust, rnd, (mono_t){0});
}

/* --- The stage --- */

static void puppet_init(struct stage *s, unsigned k)
{
	struct puppet *p = &s->puppet[k];
	uint8_t secret[KEY_LEN];

	*p = (struct puppet){.addr = {.ip = {[15] = (uint8_t)(k + 1)}, .port = 1}};
	memset(secret, 9 + (int)k, KEY_LEN);
	memcpy(p->trust.group_key, s->config.group_key, KEY_LEN);
	stage_give_secret(s, k, secret);
}

void stage_open(struct stage *s, const struct node_config *config, unsigned n_puppets,
		size_t n_table)
{
	static const struct node_saved nothing;
	struct node_event ev = {.type = EV_START};

	if (!s->node) {
		s->node = node_room_new();
		s->store = node_storage_new(n_table, n_table, N_CHAT_LOG);
	}
	s->config = *config;
	s->config.name[0] = 'n';
	s->config.secret[1] = 1;
	s->config.group_key[0] = 4;
	s->now = NS_PER_S;
	s->n_puppets = n_puppets;
	s->n_sent = s->n_heard = 0;
	host_clock_init(&s->clock, 0, 0, WALL_NS, 0);
	for (unsigned k = 0; k < n_puppets; k++) {
		puppet_init(s, k);
	}
	node_init(s->node, &s->config, &s->store, s->saved ? s->saved : &nothing, 1);
	stage_event(s, &ev);
}

void stage_close(struct stage *s)
{
	node_storage_free(&s->store);
	free(s->node);
	*s = (struct stage){0};
}
