/* node.c - the one entry point: an event in, effects out.  ARCHITECTURE.md, "The core".
 *
 * The only file that knows all the others; it decides nothing but who is asked, and in which order.
 */
#include "berk/node.h"

#include "core/node/budget.h"
#include "core/node/carried.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/clock.h"
#include "core/node/clone.h"
#include "core/node/contacts.h"
#include "core/node/date.h"
#include "core/node/deputy.h"
#include "core/node/doubt.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/exchange.h"
#include "core/node/expel.h"
#include "core/node/follow.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/hint.h"
#include "core/node/interruption.h"
#include "core/node/invariants.h"
#include "core/node/join.h"
#include "core/node/keep.h"
#include "core/node/knock.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/meet.h"
#include "core/node/order.h"
#include "core/node/outbox.h"
#include "core/node/path.h"
#include "core/node/peer.h"
#include "core/node/poll.h"
#include "core/node/private.h"
#include "core/node/recall.h"
#include "core/node/rekey.h"
#include "core/node/renew.h"
#include "core/node/reply.h"
#include "core/node/revoke.h"
#include "core/node/role.h"
#include "core/node/roster.h"
#include "core/node/settime.h"
#include "core/node/state.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/node/vote.h"
#include "core/node/witness.h"
#include "core/wire/keyring.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

size_t node_size(void)
{
	return sizeof(struct node);
}

size_t contact_size(void)
{
	return sizeof(struct contact);
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
	rng_seed(&n->rng, seed);
	(void)rng_u64(&n->rng);
	memcpy(n->trust.secret, config->secret, KEY_LEN);
	keyring_set(&n->trust, config->group_key, config->other_group_keys,
		    config->n_other_group_keys);
	trust_set_members(&n->trust, config->member_keys, config->n_member_keys);
	grant_init(n, saved);
	role_init(n);
	vote_init(n);
	census_init(n, saved);
	carried_init(n, saved);
	date_init(n, saved);
	timeline_init(n, saved);
	order_init(n);
	settime_init(n, saved);
	keep_init(n, saved);
	clock_init(n, saved);
	budget_init(n, saved);
	chatting_init(n, saved);
	follow_init(n);
	lead_init(n);
	join_init(n);
	revoke_init(n, saved);
	clone_init(n);
	recall_init(n, saved);
	witness_init(n);
	doubt_init(n);
}

void node_reconfigure(struct node *n, const struct node_config *c)
{
	struct node_config kept = n->config;

	n->config = *c;
	memcpy(n->config.name, kept.name, sizeof(kept.name));
	memcpy(n->config.secret, kept.secret, KEY_LEN);
	n->config.mode = kept.mode;
	n->config.freq_ppb_max = kept.freq_ppb_max;
	n->config.floor =
		kept.floor; /* time has passed since: what is on disk now is our own word */
	n->config.ceiling = kept.ceiling;
	n->config.reset = kept.reset;
	n->config.earliest = kept.earliest;
	keyring_set(&n->trust, c->group_key, c->other_group_keys, c->n_other_group_keys);
	trust_set_members(&n->trust, c->member_keys, c->n_member_keys);
	clock_reconfigure(n);
	estimators_configure(n);
	revoke_reconfigure(n);
}

/* --- Messages --- */

static void on_election(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	switch (msg->type) {
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		vote_on_request(n, p, msg);
		break;
	case WIRE_PREVOTE_REPLY:
		vote_on_reply(n, p, msg);
		break;
	case WIRE_VOTE_REPLY:
		if (n->election.role == ROLE_MASTER) {
			meet_on_refusal(n, p, msg);
		} else {
			vote_on_reply(n, p, msg);
		}
		break;
	case WIRE_TRANSFER:
		vote_on_transfer(n, p, msg);
		break;
	case WIRE_BYE:
		vote_on_goodbye(n, p);
		break;
	case WIRE_WITNESS:
		witness_on_question(n, p);
		break;
	case WIRE_TESTIMONY:
		witness_on_testimony(p, msg);
		break;
	default:
		break;
	}
}

static void on_message(struct node *n, struct peer *p, const struct wire_msg *msg,
		       const struct node_event *ev)
{
	switch (msg->type) {
	case WIRE_POLL:
		meet_on_poll(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_REPLY:
		poll_on_reply(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_CORRECT:
		follow_on_correct(n, p, msg);
		if (doubt_condemns(n)) {
			vote_master_ends(n, n->election.deputy);
		}
		break;
	case WIRE_ROSTER:
		roster_on_message(n, p, msg);
		break;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
	case WIRE_TRANSFER:
	case WIRE_BYE:
	case WIRE_WITNESS:
	case WIRE_TESTIMONY:
		on_election(n, p, msg);
		break;
	case WIRE_CHAT_POST:
	case WIRE_CHAT_LINES:
	case WIRE_CHAT_PULL:
		chatting_on_message(n, p, msg);
		break;
	case WIRE_PRIVATE:
	case WIRE_PRIVATE_REPLY:
		private_on_message(n, p, msg);
		break;
	case WIRE_PROBE:
		deputy_on_probe(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_PROBE_REPLY:
		deputy_on_reply(n, p, msg, ev->rx.at, ev->rx.quality);
		break;
	case WIRE_CLOSURE:
		deputy_on_closure(n, p, msg);
		break;
	case WIRE_ORDER:
	case WIRE_ORDER_REPLY:
	case WIRE_REVOKED:
	case WIRE_REVOKED_REPLY:
		order_on_message(n, p, msg);
		break;
	case WIRE_PING: /* it may have been for proving the session */
		path_on_ping(n, p, &msg->ping, &ev->rx.from, &ev->rx.to);
		break;
	case WIRE_TYPE_MAX_:
		break;
	}
}

/* A session with @p is open. */
static void on_session(struct node *n, struct peer *p)
{
	clone_tell(n, p);
	revoke_tell(n, p);
	if (rekey_on_session(n, p)) {
		return;
	}
	if (n->election.role == ROLE_MASTER) {
		lead_on_session(n, p);
	} else {
		hint_send(n, p);
	}
}

/* A packet of the session with @p. */
static void on_data(struct node *n, struct peer *p, const struct node_event *ev)
{
	uint8_t plain[WIRE_MESSAGE_MAX];
	struct wire_msg msg;
	bool offered = p->session.next.valid;
	size_t len;
	enum session_verdict v = session_open(&p->session, ev->rx.data, ev->rx.len, plain, &len);

	if (v != SESSION_OK) {
		outbox_count_bad(n);
		if (v != SESSION_REPLAYED) {
			notice(n, NOTICE_PEER_REFUSED, LEVEL_DEBUG, p->id,
			       .peer_refused = {.addr = ev->rx.from, .verdict = v});
		}
		return;
	}
	if (!expel_unless_trusted(n, p)) {
		outbox_count_bad(n);
		return;
	}
	enum wire_verdict w = wire_decode(plain, len, &msg);

	if (w != WIRE_OK) {
		outbox_count_bad(n);
		notice(n, NOTICE_PACKET_BAD, LEVEL_WARNING, p->id, .packet_bad = {w});
		return;
	}
	peer_note_packet(n, p, msg.type == WIRE_BYE);
	path_track(n, p, &ev->rx.from, &ev->rx.to);
	clone_track(n, p, &ev->rx.from);
	if (offered && !p->session.next.valid) { /* the keys that we offered are proved */
		knock_admit(n, &ev->rx.from);
		notice(n, NOTICE_SESSION_OPEN, LEVEL_DEBUG, p->id);
		on_session(n, p);
	}
	if (clone_on_claim(n, p, &msg, &ev->rx.from)) {
		return;
	}
	if (peer_is_twin(p)) {
		meet_twin(n, p, &msg);
	} else {
		on_message(n, p, &msg, ev);
	}
}

static void on_packet(struct node *n, const struct node_event *ev)
{
	struct wire_header h;
	struct peer *p;

	outbox_count_received(n);
	enum wire_verdict v = wire_header_get(ev->rx.data, ev->rx.len, &h);

	if (v != WIRE_OK) {
		outbox_count_bad(n);
		if (v == WIRE_BAD_VERSION) {
			knock_refuse(n, &ev->rx.from, ev->rx.len, KNOCK_OTHER_VERSION);
		}
		return;
	}
	if (h.type == WIRE_DATA) {
		p = join_peer_of(n, h.session);
		if (p) {
			on_data(n, p, ev);
		} else {
			/* A session of an earlier boot: its owner will notice the silence. */
			outbox_count_bad(n);
		}
		return;
	}
	p = join_on_handshake(n, ev, &h);
	if (p) {
		on_session(n, p);
	}
}

static void on_stamp(struct node *n, const struct node_event *ev)
{
	struct pending_stamp s;

	if (!outbox_take_stamp(n, ev->tx.tx_id, &s)) {
		return;
	}
	struct peer *p = &n->store.peers[s.peer];

	if (!p->used) {
		return; /* forgotten meanwhile */
	}
	if (s.is_reply) {
		reply_stamp(p, s.seq, ev->tx.at, ev->tx.quality);
	} else {
		exchange_stamp(p, s.seq, ev->tx.at, ev->tx.quality);
	}
}

/* --- Beginning, end, and each step --- */

static void start_node(struct node *n)
{
	uint8_t rnd[2 * KEY_LEN];

	n->self.started = true;
	n->self.started_at = n->step.now;
	fx_random(n, rnd, sizeof(rnd));
	trust_init(&n->trust, rnd, n->step.now);
	n->self.id = n->trust.id;
	reply_begin_life(n);
	clock_start(n);
	date_start(n);
	chatting_start(n);
	if (n->config.mode == MODE_STEER && n->steering.clock.servo.freq_ppb != 0) {
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = n->steering.clock.servo.freq_ppb;
	}
	budget_start(n);
	handover_restore(n);
	join_start(n);
	recall_start(n);
	vote_start(n);
}

static void stop_node(struct node *n)
{
	handover_say_goodbye(n);
	clock_stop(n);
	keep_last(n);
	budget_save(n);
	date_save(n);
	recall_save(n);
	n->self.stopped = true;
}

/* A term of ours that is not on disk might be made again after a restart. */
static void on_disk(struct node *n, const struct node_event *ev)
{
	bool ours = n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE;

	grant_set_disk(n, ev->disk.failed);
	if (ev->disk.failed && ours &&
	    (n->election.role == ROLE_CANDIDATE || n->election.term > ev->disk.term)) {
		step_down(n, 0, 0);
	}
}

static void on_event(struct node *n, const struct node_event *ev)
{
	switch (ev->type) {
	case EV_START:
		start_node(n);
		break;
	case EV_RX:
		on_packet(n, ev);
		break;
	case EV_TX_STAMP:
		on_stamp(n, ev);
		break;
	case EV_TIMER:
		break;
	case EV_CLOCK_STEPPED:
		interruption_begin(n, ev);
		break;
	case EV_LINK:
		join_retry_all(n);
		break;
	case EV_CLOCK_TOUCHED:
		interruption_undo(n, ev);
		break;
	case EV_ORDER:
		n->step.fx->ordered.verdict = order_execute(n, ev);
		break;
	case EV_STOP:
		stop_node(n);
		break;
	case EV_DISK:
		on_disk(n, ev);
		break;
	}
}

/* A clone of ours could have a term that is the same as ours; and a bad oscillator leads nobody. */
static bool has_no_right_to_lead(const struct node *n)
{
	return (n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE) &&
	       (has_clone(n) || is_unfit(n) || budget_is_spent(n));
}

static void do_what_is_due(struct node *n)
{
	expel_tick(n);
	revoke_tick(n);
	rekey_tick(n);
	order_tick(n);
	private_tick(n);
	handover_tick(n);
	clone_tick(n);
	census_tick(n);
	renew_tick(n);
	join_tick(n);
	vote_tick(n);
	if (lead_lost_quorum(n) || has_no_right_to_lead(n)) {
		step_down(n, 0, 0);
	}
	lead_tick(n);
	deputy_tick(n);
	reply_tick(n);
	clock_tick(n);
	keep_line(n);
	date_tick(n);
	recall_tick(n);
	chatting_tick(n);
	chatting_emit(n);
}

static mono_t next_deadline(const struct node *n)
{
	const mono_t due[] = {join_deadline(n),	  vote_deadline(n),   lead_deadline(n),
			      deputy_deadline(n), reply_deadline(n),  chatting_deadline(n),
			      clone_deadline(n),  order_deadline(n),  handover_deadline(n),
			      rekey_deadline(n),  revoke_deadline(n), private_deadline(n)};
	mono_t first = clock_deadline(n);

	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++) {
		first = mono_min(first, due[i]);
	}
	return first;
}

static void step_begin(struct node *n, const struct node_event *ev, struct node_effects *fx)
{
	fx->n = 0;
	fx->n_send = 0;
	fx->ordered = (struct order_outcome){.verdict = ORDER_OK};
	fx->deadline = MONO_NEVER;
	n->step.fx = fx;
	n->step.now = ev->now;
	n->step.pair = ev->pair;
	n->step.read_error_ns = ev->read_error_ns;
	n->step.leap = ev->leap;
	n->step.chat_is_read = ev->chat_is_read;
	memcpy(n->step.random_pool, ev->rnd, sizeof(n->step.random_pool));
	n->step.n_random = 0;
}

void node_step(struct node *n, const struct node_event *ev, struct node_effects *fx)
{
	step_begin(n, ev, fx);
	if (!n->self.stopped && (n->self.started || ev->type == EV_START)) {
		on_event(n, ev);
	}
	if (n->self.started && !n->self.stopped) {
		do_what_is_due(n);
		fx->deadline = next_deadline(n);
	} else if (n->self.stopped) {
		handover_tick(n);
		fx->deadline = handover_deadline(n);
	}
	n->step.fx = NULL;
	sodium_memzero(n->step.random_pool, sizeof(n->step.random_pool)); /* ephemeral keys */
	assert(!node_broken_cheap_invariant(n));
}
