/* node.c - the one entry point: an event in, effects out.  ARCHITECTURE.md, "The core". */
#include "berk/node.h"

#include "core/node/node_private.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define SILENT_NS (4 * NS_PER_S) /* without any answer: ask for new keys */
#define CHAT_ROOM 16		 /* effects kept free for lines to show and what follows a step */

size_t node_size(void)
{
	return sizeof(struct node);
}

size_t peer_size(void)
{
	return sizeof(struct peer);
}

size_t contact_size(void)
{
	return sizeof(struct contact);
}

static struct effect *fx_push(struct node *n, enum effect_type type)
{
	assert(n->step.fx->n < FX_MAX);
	struct effect *e = &n->step.fx->fx[n->step.fx->n++];

	e->type = type;
	return e;
}

struct effect *fx_add(struct node *n, enum effect_type type)
{
	return fx_push(n, type);
}

bool fx_room_to_send(const struct node *n)
{
	return n->step.fx->n_send < FX_SEND_MAX && n->step.fx->n + CHAT_ROOM < FX_MAX;
}

/* Notices are for people: when a step has too many of them, the rest is dropped, never an action.
 */
static void notice_add(struct node *n, const struct notice *what)
{
	if (n->step.fx->n + CHAT_ROOM / 2 < FX_MAX) {
		fx_push(n, FX_NOTICE)->notice = *what;
	}
}

void notice(struct node *n, enum notice_kind kind, enum notice_level level, node_id peer, int64_t a,
	    int64_t b, int64_t c)
{
	notice_add(n, &(struct notice){
			      .kind = kind, .level = level, .peer = peer, .a = a, .b = b, .c = c});
}

void notice_reason(struct node *n, enum notice_kind kind, enum notice_level level, node_id peer,
		   enum reason reason, int64_t a)
{
	notice_add(n,
		   &(struct notice){
			   .kind = kind, .level = level, .peer = peer, .reason = reason, .a = a});
}

void node_random(struct node *n, uint8_t *out, size_t len)
{
	/* One hash per request: distinct outputs however much one event asks for. */
	uint8_t counter[8];

	for (unsigned i = 0; i < 8; i++) {
		counter[i] = (uint8_t)(n->step.n_random >> (8 * i));
	}
	n->step.n_random++;
	assert(len >= crypto_generichash_BYTES_MIN && len <= crypto_generichash_BYTES_MAX);
	crypto_generichash(out, len, counter, sizeof(counter), n->step.random_pool,
			   sizeof(n->step.random_pool));
}

void node_send_bytes(struct node *n, const struct addr *to, const struct addr *from,
		     const uint8_t *data, size_t len)
{
	if (!fx_room_to_send(n)) {
		return;
	}
	uint8_t *bytes = n->step.fx->bytes[n->step.fx->n_send++];
	struct effect *e = fx_push(n, FX_SEND);

	memcpy(bytes, data, len);
	e->send.to = *to;
	e->send.from = from ? *from : (struct addr){0};
	e->send.tx_id = 0;
	e->send.len = (uint16_t)len;
	e->send.data = bytes;
	n->outbox.n_tx++;
}

static uint32_t stamp_wanted(struct node *n, const struct peer *p, bool is_reply, uint32_t seq)
{
	if (++n->outbox.tx_id == 0) {
		n->outbox.tx_id = 1;
	}
	n->outbox.stamps[n->outbox.tx_id & (STAMPS_KEPT - 1)] =
		(struct pending_stamp){.tx_id = n->outbox.tx_id,
				       .peer = peer_index(n, p),
				       .is_reply = is_reply,
				       .seq = seq};
	return n->outbox.tx_id;
}

/* Is silence after it a sign of lost keys? */
static bool answered(enum wire_type t)
{
	return t == WIRE_POLL || t == WIRE_PROBE || t == WIRE_PREVOTE || t == WIRE_VOTE ||
	       t == WIRE_CHAT_POST || t == WIRE_CHAT_PULL;
}

bool node_send(struct node *n, struct peer *p, const struct wire_msg *msg, bool want_stamp,
	       uint32_t seq)
{
	uint8_t plain[WIRE_MESSAGE_MAX];

	if (!session_can_send(&p->session)) {
		join_want_session(n, p);
		return false;
	}
	if (!fx_room_to_send(n) || p->addr.port == 0) {
		return false;
	}
	if (answered(msg->type) && p->asked.ns == INT64_MAX) {
		p->asked = n->step.now;
	} else if (answered(msg->type) && mono_sub(n->step.now, p->asked) > SILENT_NS) {
		join_want_session(
			n, p); /* it may have lost its keys: restarted, or lost a handshake */
	}
	size_t len = wire_encode(msg, plain, sizeof(plain));

	assert(len > 0);
	uint8_t *bytes = n->step.fx->bytes[n->step.fx->n_send];

	len = session_seal(&p->session, plain, len, bytes, WIRE_PACKET_MAX);
	if (len == 0) {
		return false;
	}
	n->step.fx->n_send++;
	struct effect *e = fx_push(n, FX_SEND);

	e->send.to = p->addr;
	e->send.from = p->local;
	e->send.tx_id =
		want_stamp ? stamp_wanted(n, p,
					  msg->type == WIRE_REPLY || msg->type == WIRE_PROBE_REPLY,
					  seq)
			   : 0;
	e->send.len = (uint16_t)len;
	e->send.data = bytes;
	n->outbox.n_tx++;
	return true;
}

void node_save_term(struct node *n)
{
	fx_push(n, FX_SAVE_TERM)->term = n->election.term;
}

void node_init(struct node *n, const struct node_config *config, const struct node_storage *store,
	       const struct node_saved *saved, uint64_t seed)
{
	assert(store->n_peers > 0 && store->n_peers <= NODE_PEERS_MAX);
	assert(store->n_contacts <= NODE_CONTACTS_MAX);

	memset(n, 0, sizeof(*n));
	n->config = *config;
	n->store = *store;
	memset(store->peers, 0, store->n_peers * sizeof(struct peer));
	memset(store->contacts, 0, store->n_contacts * sizeof(struct contact));
	for (size_t i = 0; i < store->n_peers; i++) {
		store->peers[i].measure.estimator = NO_INDEX;
		store->peers[i].contact = NO_INDEX;
	}
	rng_seed(&n->rng, seed);
	(void)rng_u64(&n->rng);
	memcpy(n->trust.secret, config->secret, KEY_LEN);
	memcpy(n->trust.group_key, config->group_key, KEY_LEN);
	n->trust.member_keys = config->member_keys;
	n->trust.n_member_keys = config->n_member_keys;
	n->election.term = saved->term;
	n->election.term_seen = saved->term;
	n->election.heard = NEVER_HEARD;
	n->chat.source = NO_INDEX;
	n->chat.lead_at = MONO_NEVER;
	n->steering.clock.servo_due = MONO_NEVER;
	n->election.stand_at = MONO_NEVER;
	n->leading.next_round = MONO_NEVER;
	n->leading.cold_until = MONO_NEVER;
	n->joining.next_discover = MONO_NEVER;
	n->chat.resend = MONO_NEVER;
	n->steering.clock.drift_due = MONO_NEVER;
	n->steering.taken.limit_told = NEVER_HEARD;
	n->election.lease_poll_ns = config->poll_ns;
	n->election.census.n_table = 1;
	n->election.census.group_new = true;
	servo_init(&n->steering.clock.servo,
		   &(struct servo_config){.slew_ppb_max = config->max_slew_ppb,
					  .freq_ppb_max = config->freq_ppb_max,
					  .interval_ns = config->poll_ns},
		   saved->has_freq ? saved->freq_ppb : 0);
}

void node_reconfigure(struct node *n, const struct node_config *c)
{
	struct node_config kept = n->config;
	struct estimator_config config;

	n->config = *c;
	memcpy(n->config.name, kept.name, sizeof(kept.name));
	memcpy(n->config.secret, kept.secret, KEY_LEN);
	memcpy(n->config.group_key, kept.group_key, KEY_LEN);
	n->config.mode = kept.mode;
	n->config.freq_ppb_max = kept.freq_ppb_max;
	n->trust.member_keys = c->member_keys;
	n->trust.n_member_keys = c->n_member_keys;
	n->steering.clock.servo.config.slew_ppb_max = c->max_slew_ppb;
	n->steering.clock.servo.config.interval_ns = c->poll_ns;
	config = estimator_config_of(n);
	for (size_t i = 0; i < n->store.n_estimators; i++) {
		estimator_configure(estimator_slot(n->store.estimators, i), &config);
	}
}

static void start(struct node *n)
{
	uint8_t rnd[2 * KEY_LEN];

	n->self.started = true;
	n->self.started_at = n->step.now;
	node_random(n, rnd, sizeof(rnd));
	trust_init(&n->trust, rnd, n->step.now);
	n->self.id = n->trust.id;
	/* Own lines of this boot are numbered above those of any other. */
	chat_init(&n->chat.log, n->store.chat_log, n->store.n_chat_log, n->self.id,
		  (rng_u64(&n->rng) >> 24) << 20);
	if (n->config.mode == MODE_STEER && n->steering.clock.servo.freq_ppb != 0) {
		fx_push(n, FX_ADJ_FREQ)->freq_ppb = n->steering.clock.servo.freq_ppb;
	}
	join_start(n);
	vote_start(n);
}

static void on_message(struct node *n, struct peer *p, const struct wire_msg *msg,
		       const struct node_event *ev)
{
	if (msg->term > n->election.term_seen) {
		n->election.term_seen = msg->term;
	}
	switch (msg->type) {
	case WIRE_POLL:
		member_on_poll(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_REPLY:
		master_on_reply(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_CORRECT:
		member_on_correct(n, p, msg);
		break;
	case WIRE_ROSTER:
		join_on_roster(n, p, msg);
		break;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		vote_on_request(n, p, msg);
		break;
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
		vote_on_reply(n, p, msg);
		break;
	case WIRE_TRANSFER:
		vote_on_transfer(n, p, msg);
		break;
	case WIRE_BYE:
		p->left = true;
		p->in_table = false;
		if (n->election.role != ROLE_MASTER && n->election.census.n_table > 1) {
			n->election.census.n_table--; /* until the next poll says so */
		}
		if (p->id == n->election.master &&
		    (n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY)) {
			vote_master_ends(n, n->election.deputy);
		} else if (n->election.role == ROLE_MASTER) {
			n->election.census.n_expected -= n->election.census.n_expected > 0;
			notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id, 0, 0, 0);
		}
		break;
	case WIRE_CHAT_POST:
	case WIRE_CHAT_LINES:
	case WIRE_CHAT_PULL:
		chat_on_msg(n, p, msg);
		break;
	case WIRE_PROBE:
		member_on_probe(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_PROBE_REPLY:
		deputy_on_reply(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_CLOSURE:
		master_on_closure(n, p, msg);
		break;
	case WIRE_TYPE_MAX_:
	case WIRE_PING:
		break; /* it has proved the session, that is all it is for */
	}
}

static void rx(struct node *n, const struct node_event *ev)
{
	struct wire_header h;
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t len;
	struct wire_msg msg;

	n->outbox.n_rx++;
	if (wire_header_get(ev->rx.data, ev->rx.len, &h) != WIRE_OK) {
		n->outbox.n_bad++;
		return;
	}
	if (h.type != WIRE_DATA) {
		join_rx_handshake(n, ev, &h);
		return;
	}
	struct peer *p = join_peer_of(n, h.session);

	if (!p) {
		n->outbox
			.n_bad++; /* a session of an earlier boot: its owner will notice the silence */
		return;
	}
	bool first = p->session.next.valid;
	enum session_verdict v = session_open(&p->session, ev->rx.data, ev->rx.len, plain, &len);

	if (v != SESSION_OK) {
		n->outbox.n_bad++;
		if (v != SESSION_REPLAYED) {
			notice(n, NOTICE_PEER_REFUSED, LEVEL_DEBUG, p->id, (int64_t)v, 0, 0);
		}
		return;
	}
	enum wire_verdict w = wire_decode(plain, len, &msg);

	if (w != WIRE_OK) {
		n->outbox.n_bad++;
		notice(n, NOTICE_PACKET_BAD, LEVEL_WARNING, p->id, (int64_t)w, 0, 0);
		return;
	}
	p->heard = n->step.now;
	p->asked = MONO_NEVER;
	p->listed = n->step.now;
	if (msg.type != WIRE_BYE) {
		p->left = false;
	}
	peer_moved(n, p, &ev->rx.from, &ev->rx.to);
	if (first && !p->session.next.valid) {
		notice(n, NOTICE_SESSION_OPEN, LEVEL_DEBUG, p->id, 0, 0, 0);
		master_on_session(n, p);
	}
	on_message(n, p, &msg, ev);
}

static void tx_stamp(struct node *n, const struct node_event *ev)
{
	struct pending_stamp *s = &n->outbox.stamps[ev->tx.tx_id & (STAMPS_KEPT - 1)];

	if (ev->tx.tx_id == 0 || s->tx_id != ev->tx.tx_id) {
		return;
	}
	struct peer *p = &n->store.peers[s->peer];

	s->tx_id = 0;
	if (!p->used) {
		return;
	}
	if (s->is_reply) {
		if (p->as_member.reply_seq == s->seq) {
			p->as_member.reply_xmt = ev->tx.at;
			p->as_member.reply_quality = ev->tx.quality;
			p->as_member.reply_stamped = true;
		}
		return;
	}
	for (unsigned i = 0; i < EXCHANGES_KEPT; i++) {
		struct exchange_slot *x = &p->measure.exchange[i];

		if (x->seq == s->seq) {
			x->x.org = ev->tx.at;
			x->org_quality = ev->tx.quality;
		}
	}
}

static void clock_stepped(struct node *n, const struct node_event *ev)
{
	bool slept = ev->stepped.suspend_ns > 0;

	if (slept) {
		notice(n, NOTICE_SUSPENDED, LEVEL_NOTICE, 0, ev->stepped.suspend_ns, 0, 0);
	} else {
		notice(n, NOTICE_CLOCK_INTERFERENCE, LEVEL_WARNING, 0, ev->stepped.step_ns, 1, 0);
	}
	n->steering.clock.epoch++;
	member_newcomer(n, slept);
}

static enum order_verdict order_peer(struct node *n, const struct node_event *ev)
{
	struct peer *p = peer_find(n, ev->order.peer);

	if (n->election.role != ROLE_MASTER) {
		return ORDER_NOT_MASTER;
	}
	if (!p) {
		return ORDER_NO_SUCH_PEER;
	}
	p->as_master.judged.operator_excluded = ev->order.order == ORDER_EXCLUDE;
	return ORDER_OK;
}

static enum order_verdict order_transfer(struct node *n, node_id to)
{
	if (n->election.role != ROLE_MASTER) {
		return ORDER_NOT_MASTER;
	}
	if (to == 0) {
		to = n->election.deputy;
	}
	if (to == 0) {
		return ORDER_NO_DEPUTY;
	}
	struct peer *p = peer_find(n, to);

	if (!p) {
		return ORDER_NO_SUCH_PEER;
	}
	if (!peer_may_lead(n, p) || !peer_alive(n, p) || !p->settled) {
		return ORDER_NOT_ALLOWED;
	}
	n->election.transfer_to = to;
	n->election.transfer_until = mono_add(n->step.now, 3 * lease_unit(n));
	vote_hand_over(n, to);
	return ORDER_OK;
}

static enum order_verdict order(struct node *n, const struct node_event *ev)
{
	switch (ev->order.order) {
	case ORDER_TRANSFER:
		return order_transfer(n, ev->order.peer);
	case ORDER_STEP_DOWN:
		return order_transfer(n, 0);
	case ORDER_STEP:
		if (n->config.mode != MODE_STEER) {
			return ORDER_NO_STEP;
		}
		if (!n->steering.has_line) {
			return ORDER_NO_LINE;
		}
		clock_step(n,
			   wall_sub(line_at(&n->steering.line, n->step.pair.raw),
				    n->step.pair.wall),
			   1);
		n->steering.clock.joined = true;
		clock_follow(n, false);
		return ORDER_OK;
	case ORDER_CHAT:
		return chat_order(n, ev->order.text, ev->order.text_len);
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
		return order_peer(n, ev);
	case ORDER_TRACE:
		return ORDER_OK; /* the shell filters */
	}
	return ORDER_NOT_ALLOWED;
}

static void stop(struct node *n)
{
	struct wire_msg msg = {.type = WIRE_BYE,
			       .term = n->election.term,
			       .bye.resign = n->election.role == ROLE_MASTER};

	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && session_can_send(&p->session)) {
			node_send(n, p, &msg, false, 0);
		}
	}
	fx_push(n, FX_SAVE_DRIFT)->freq_ppb = n->steering.has_line
						      ? ns_from_double(n->steering.line.rate * 1e9)
						      : n->steering.clock.servo.freq_ppb;
	n->self.stopped = true;
}

static void ticks(struct node *n)
{
	join_tick(n);
	vote_tick(n);
	master_tick(n);
	deputy_tick(n);
	reply_tick(n);
	clock_tick(n);
	chat_tick(n);
}

void node_step(struct node *n, const struct node_event *ev, struct node_effects *fx)
{
	fx->n = 0;
	fx->n_send = 0;
	fx->verdict = ORDER_OK;
	fx->deadline = MONO_NEVER;
	n->step.fx = fx;
	n->step.now = ev->now;
	n->step.pair = ev->pair;
	n->step.read_error_ns = ev->read_error_ns;
	memcpy(n->step.random_pool, ev->rnd, sizeof(n->step.random_pool));
	n->step.n_random = 0;
	if (n->self.stopped || (!n->self.started && ev->type != EV_START)) {
		return;
	}
	switch (ev->type) {
	case EV_START:
		start(n);
		break;
	case EV_RX:
		rx(n, ev);
		break;
	case EV_TX_STAMP:
		tx_stamp(n, ev);
		break;
	case EV_TIMER:
		break;
	case EV_CLOCK_STEPPED:
		clock_stepped(n, ev);
		break;
	case EV_LINK:
		join_retry_all(n);
		break;
	case EV_CLOCK_TOUCHED:
		notice(n, NOTICE_CLOCK_INTERFERENCE, LEVEL_WARNING, 0, ev->touched.value,
		       ev->touched.what, 0);
		if (n->config.mode == MODE_STEER) {
			fx_push(n, FX_ADJ_FREQ)->freq_ppb = n->steering.clock.servo.freq_ppb;
		}
		clock_follow(n, false);
		break;
	case EV_ORDER:
		fx->verdict = order(n, ev);
		break;
	case EV_STOP:
		stop(n);
		return;
	}
	ticks(n);
	chat_emit(n);
	const mono_t due[] = {join_deadline(n),
			      vote_deadline(n),
			      master_deadline(n),
			      deputy_deadline(n),
			      n->steering.clock.servo_due,
			      reply_deadline(n),
			      chat_deadline(n)};

	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++) {
		fx->deadline = mono_min(fx->deadline, due[i]);
	}
	n->step.fx = NULL;
}
