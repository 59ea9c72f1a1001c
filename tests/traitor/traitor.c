/* traitor.c - see traitor.h. */
#include "tests/traitor/traitor.h"

#include "core/node/state.h"
#include "core/wire/session.h"

#include <math.h>
#include <string.h>

#define CAMPAIGN_NS 10e9 /* mean */
#define TERMS_TAKEN 4096 /* a term further above is taken by nobody */

struct traitor the_traitor;

void __real_node_step(struct node *, const struct node_event *, struct node_effects *);
void __wrap_node_step(struct node *, const struct node_event *, struct node_effects *);
size_t __real_wire_encode(const struct wire_msg *, uint8_t *out, size_t size);
size_t __wrap_wire_encode(const struct wire_msg *, uint8_t *out, size_t size);
bool __real_outbox_send(struct node *, struct peer *, const struct wire_msg *, bool, uint32_t);
bool __wrap_outbox_send(struct node *, struct peer *, const struct wire_msg *, bool, uint32_t);
enum wire_verdict __real_wire_decode(const uint8_t *in, size_t len, struct wire_msg *);
enum wire_verdict __wrap_wire_decode(const uint8_t *in, size_t len, struct wire_msg *);

void traitor_clear(void)
{
	the_traitor = (struct traitor){.to = TRAITOR_PEERS, .may = MOVES_ALL | MOVES_WORDS};
}

void traitor_begin(struct node *node, uint64_t seed)
{
	traitor_clear();
	the_traitor.node = node;
	the_traitor.adopts = !node;
	rng_seed(&the_traitor.rng, seed);
	moves_begin(&the_traitor, seed);
}

void traitor_end(void)
{
	the_traitor.node = NULL;
	the_traitor.adopts = false;
}

static double exponential(struct traitor *t)
{
	return -log(1 - rng_unit(&t->rng));
}

/* --- What it hears, and what it makes of what its node says --- */

static void keep(struct traitor *t, const struct wire_msg *m)
{
	t->heard[t->n_heard++ % TRAITOR_HEARD] = *m;
}

static void note_term(struct traitor *t, uint64_t term)
{
	if (term > t->term_seen && term - t->term_seen < TERMS_TAKEN * term_unit()) {
		t->term_seen = term;
	}
}

enum wire_verdict __wrap_wire_decode(const uint8_t *in, size_t len, struct wire_msg *ret)
{
	enum wire_verdict v = __real_wire_decode(in, len, ret);

	if (the_traitor.stepping && v == WIRE_OK) {
		keep(&the_traitor, ret);
		note_term(&the_traitor, ret->term);
	}
	return v;
}

/* @m as bytes, if others take it so; 0: they do not. */
static size_t encode_taken(struct wire_msg *m, uint8_t *out, size_t size)
{
	struct wire_msg back;

	word_mend(m);
	size_t len = __real_wire_encode(m, out, size);

	return len > 0 && __real_wire_decode(out, len, &back) == WIRE_OK ? len : 0;
}

/* Do these bytes say something else than @msg? */
static bool is_another(const uint8_t *said, size_t len, const struct wire_msg *msg)
{
	uint8_t meant[WIRE_MESSAGE_MAX];

	return __real_wire_encode(msg, meant, sizeof(meant)) != len ||
	       memcmp(said, meant, len) != 0;
}

size_t __wrap_wire_encode(const struct wire_msg *msg, uint8_t *out, size_t size)
{
	struct traitor *t = &the_traitor;
	struct wire_msg m = *msg;
	size_t len = 0;

	if (t->stepping && !t->quiet) {
		keep(t, msg);
		for (unsigned i = 0; i < TRAITOR_BENDS; i++) {
			word_bend_by(t, &t->bend[i], &m);
		}
		if (rng_unit(&t->rng) < t->noise) {
			word_bend(t, &m);
		}
		moves_bend(t, &m);
		if (t->twist) {
			t->twist(t, &m);
		}
		len = encode_taken(&m, out, size);
		t->n_bent[m.type] += len > 0 && is_another(out, len, msg);
		t->moved = len > 0 ? t->moved : 0;
	}
	return len > 0 ? len : __real_wire_encode(msg, out, size);
}

/* Whatever moves have bent is on its way in this packet. */
static void note_moved(struct traitor *t, const struct effect *e)
{
	if (t->moved) {
		moves_note(t->moved, e->send.data, e->send.len);
	}
	t->moved = 0;
}

bool __wrap_outbox_send(struct node *n, struct peer *p, const struct wire_msg *m, bool want_stamp,
			uint32_t seq)
{
	struct traitor *t = &the_traitor;

	if (!t->stepping) {
		return __real_outbox_send(n, p, m, want_stamp, seq);
	}
	t->to = (size_t)(p - n->store.peers);
	t->moved = 0;
	if (!__real_outbox_send(n, p, m, want_stamp, seq)) {
		return false;
	}
	note_moved(t, &t->fx->fx[t->fx->n - 1]);
	return true;
}

/* --- Words of its own --- */

uint8_t *traitor_room(struct traitor *t)
{
	struct node_effects *fx = t->fx;

	return fx->n_send < FX_SEND_MAX && fx->n < FX_MAX ? fx->bytes[fx->n_send] : NULL;
}

void traitor_send(struct traitor *t, const struct peer *p, size_t len)
{
	struct node_effects *fx = t->fx;
	struct effect *e = &fx->fx[fx->n++];

	*e = (struct effect){.type = FX_SEND,
			     .send = {.to = p->addr,
				      .from = p->local,
				      .len = (uint16_t)len,
				      .data = fx->bytes[fx->n_send++]}};
	note_moved(t, e);
}

void traitor_say(struct traitor *t, size_t to, const struct wire_msg *m)
{
	uint8_t plain[WIRE_MESSAGE_MAX], *data = traitor_room(t);
	struct peer *p = &t->node->store.peers[to];
	struct wire_msg said = *m;

	if (!data || !p->used || !session_can_send(&p->session) || p->addr.port == 0) {
		t->moved = 0;
		return;
	}
	size_t len = encode_taken(&said, plain, sizeof(plain));

	len = len > 0 ? session_seal(&p->session, plain, len, data, WIRE_PACKET_MAX) : 0;
	if (len > 0) {
		traitor_send(t, p, len);
		t->n_said[said.type]++;
	}
	t->moved = 0;
}

static void campaign_draw(struct traitor *t)
{
	uint64_t n = rng_below(&t->rng, TRAITOR_BENDS + 1);

	memset(t->bend, 0, sizeof(t->bend));
	t->claim.any = false;
	for (unsigned i = 0; i < n; i++) {
		bend_draw(t, &t->bend[i]);
	}
	t->noise = rng_below(&t->rng, 2) ? 0 : 0.3 * rng_unit(&t->rng);
	t->gap_ns = (int64_t)(1e6 * pow(10, 4 * rng_unit(&t->rng)));
	if (rng_below(&t->rng, 3) == 0) {
		claim_begin(t);
	}
	t->campaign_begun = t->now;
	t->campaign_end = mono_add(t->now, (int64_t)(exponential(t) * CAMPAIGN_NS));
}

static void speak(struct traitor *t)
{
	struct wire_msg m;

	claim_tick(t);
	if (t->script) {
		t->script(t);
		return;
	}
	moves_tick(t);
	if (!(t->may & MOVES_WORDS)) {
		t->next_word = MONO_NEVER;
		return;
	}
	size_t n = t->node->store.n_peers < TRAITOR_PEERS ? t->node->store.n_peers : TRAITOR_PEERS;

	if (t->now.ns >= t->campaign_end.ns) {
		campaign_draw(t);
	}
	if (t->now.ns < t->next_word.ns) {
		return;
	}
	t->next_word = mono_add(t->now, (int64_t)(exponential(t) * (double)t->gap_ns) + 1);
	word_draw(t, &m);
	bool to_all = rng_below(&t->rng, 4) == 0;
	size_t first = rng_below(&t->rng, n), said = 0;

	for (size_t k = 0; k < n && (to_all || said == 0); k++) {
		size_t slot = (first + k) % n;

		t->to = slot;
		if (t->node->store.peers[slot].used) {
			traitor_say(t, slot, &m);
			said++;
		}
	}
}

size_t traitor_slot(const struct traitor *t, const struct addr *from)
{
	for (size_t k = 0; k < t->node->store.n_peers && k < TRAITOR_PEERS; k++) {
		const struct peer *p = &t->node->store.peers[k];

		if (p->used && addr_equal(&p->addr, from)) {
			return k;
		}
	}
	return TRAITOR_PEERS;
}

void __wrap_node_step(struct node *n, const struct node_event *ev, struct node_effects *fx)
{
	struct traitor *t = &the_traitor;

	if (ev->type == EV_RX) {
		moves_note_arrival(ev->rx.data, ev->rx.len);
	}
	if (t->adopts && !t->node) {
		t->node = n;
	}
	if (t->node != n) {
		__real_node_step(n, ev, fx);
		return;
	}
	unsigned heard = t->n_heard;

	t->stepping = true;
	t->fx = fx;
	t->now = ev->now;
	t->pair = ev->pair;
	t->to = TRAITOR_PEERS;
	__real_node_step(n, ev, fx);
	t->stepping = false;
	note_term(t, n->election.term);
	if (t->watch) {
		t->watch(t);
	}
	if (t->quiet || !n->self.started || n->self.stopped) {
		return;
	}
	if (ev->type == EV_RX && t->n_heard != heard) {
		size_t from = traitor_slot(t, &ev->rx.from);

		if (from < TRAITOR_PEERS) {
			t->to = from;
			claim_hear(t, from, &t->heard[heard % TRAITOR_HEARD]);
		}
	}
	if (ev->type == EV_RX) {
		forge_answer(t, ev);
	}
	speak(t);
	fx->deadline = mono_min(fx->deadline, mono_min(t->next_word, moves_deadline(t)));
	if (t->claim.any) {
		fx->deadline = mono_min(fx->deadline, t->claim.next_poll);
	}
}
