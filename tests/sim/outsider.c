/* outsider.c - an attacker without any key, on the path of all packets: it keeps some of them, and
 * says them again, from wherever it likes, to whomever it likes; it delays and reorders others.
 * Calls of all hosts it keeps as well, for a call is for anybody: in numbers, and as if from a
 * peer, they are to use up what that peer is answered. */
#include "tests/sim/attack.h"
#include "tests/traitor/moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRANGERS 64 /* addresses of no host */
#define CROWD	  40 /* HELLOs before one that passes: more than a host answers at once */
#define CROWD_NS  (NS_PER_S / 2)

void outsider_init(struct world *w)
{
	struct outsider *o = &attack_of(w)->out;

	o->captured = calloc(CAPTURED_MAX, sizeof(*o->captured));
	o->calls = calloc(CALLS_MAX, sizeof(*o->calls));
	if (!o->captured || !o->calls) {
		abort();
	}
}

void outsider_fini(struct world *w)
{
	free(attack_of(w)->out.captured);
	free(attack_of(w)->out.calls);
}

static void inject(struct world *w, int64_t in_ns, unsigned from, unsigned to, const uint8_t *data,
		   uint16_t len)
{
	if (to < w->n) {
		attack_of(w)->n_attacks++;
		world_inject(w, in_ns, from, to, data, len);
	}
}

static unsigned any_host(struct world *w)
{
	return (unsigned)rng_below(&w->rng, w->n);
}

static unsigned any_address(struct world *w)
{
	return rng_below(&w->rng, 2) ? any_host(w) : w->n + (unsigned)rng_below(&w->rng, STRANGERS);
}

/* Recorded HELLOs, each under its own MAC, reach @to as if from @from.  Those that came longest ago
 * go first, for a host knows copies of what came of late. */
static void send_crowd(struct world *w, unsigned from, unsigned to, unsigned n, int64_t in_ns)
{
	struct outsider *o = &attack_of(w)->out;
	unsigned kept = o->n_calls < CALLS_MAX ? o->n_calls : CALLS_MAX;

	if (!(attack_of(w)->may >> MOVE_RECALL & 1)) {
		return;
	}
	for (unsigned i = 0; i < n && i < kept; i++) {
		const struct captured_call *c = &o->calls[o->next_call++ % kept];
		int64_t at_ns = (int64_t)rng_below(&w->rng, (uint64_t)in_ns);

		if (c->from != from && c->from != to) {
			moves_note(1U << MOVE_RECALL, c->data, sizeof(c->data));
			inject(w, at_ns, from, to, c->data, sizeof(c->data));
		}
	}
}

static void keep_call(struct world *w, unsigned from, const uint8_t *data)
{
	struct outsider *o = &attack_of(w)->out;
	struct captured_call *c = &o->calls[o->n_calls++ % CALLS_MAX];

	c->from = from;
	memcpy(c->data, data, sizeof(c->data));
}

void outsider_see(struct world *w, unsigned from, unsigned to, const uint8_t *data, uint16_t len)
{
	struct attack *a = attack_of(w);
	struct outsider *o = &a->out;
	bool handshake = len > 3 && data[3] != WIRE_DATA;

	if (a->fallen || to >= w->n) {
		return;
	}
	if (handshake || rng_below(&w->rng, 8) == 0) {
		struct captured *c = &o->captured[o->n_captured++ % CAPTURED_MAX];

		*c = (struct captured){.from = from, .to = to, .len = len};
		memcpy(c->data, data, len);
	}
	bool calls = handshake && data[3] == WIRE_HELLO && len == WIRE_HELLO_LEN;

	if (calls) {
		keep_call(w, from, data);
	}
	if (from != o->victim && to != o->victim) {
		return;
	}
	switch (o->mischief) {
	case MISCHIEF_NONE:
		break;
	case MISCHIEF_MIRROR: /* back to its sender, as if from the receiver */
		inject(w, 2 * w->net.base_ns, to, from, data, len);
		break;
	case MISCHIEF_ECHO: /* back to its sender, as if from itself */
		inject(w, w->net.base_ns / 2, from, from, data, len);
		break;
	case MISCHIEF_COPY: /* on its way, as if from elsewhere, and before itself */
		inject(w, w->net.base_ns / 4, w->n + from, to, data, len);
		break;
	case MISCHIEF_CROWD: /* others' calls, as if from its sender, and before itself */
		if (calls && w->now - o->crowded >= CROWD_NS) {
			o->crowded = w->now;
			send_crowd(w, from, to, CROWD, w->net.base_ns / 2 + 1);
		}
		break;
	}
}

static const struct captured *any_captured(struct world *w)
{
	const struct outsider *o = &attack_of(w)->out;
	unsigned n = o->n_captured < CAPTURED_MAX ? o->n_captured : CAPTURED_MAX;

	return n > 0 ? &o->captured[rng_below(&w->rng, n)] : NULL;
}

/* One packet, or all that are kept, again. */
static void replay(struct world *w)
{
	const struct outsider *o = &attack_of(w)->out;
	bool spoofs = rng_below(&w->rng, 2), anywhere = rng_below(&w->rng, 4) == 0;
	unsigned n = o->n_captured < CAPTURED_MAX ? o->n_captured : CAPTURED_MAX;
	unsigned some = rng_below(&w->rng, 2) ? n : 1;

	for (unsigned i = 0; i < some; i++) {
		const struct captured *c = any_captured(w);
		unsigned from, to;

		if (!c) {
			return;
		}
		from = spoofs ? any_address(w) : c->from;
		to = anywhere ? any_host(w) : c->to;
		inject(w, (int64_t)rng_below(&w->rng, NS_PER_S), from, to, c->data, c->len);
	}
}

/* As if from a peer of the victim's, whose calls it is to answer no more. */
static void crowd(struct world *w)
{
	unsigned from = any_host(w), to = any_host(w);
	unsigned n = CROWD + (unsigned)rng_below(&w->rng, CROWD);
	int64_t in_ns = (int64_t)(1 + rng_below(&w->rng, 10)) * NS_PER_S;

	if (from != to) {
		send_crowd(w, from, to, n, in_ns);
	}
}

/* Some of its bytes are others. */
static void forge(struct world *w)
{
	const struct captured *kept = any_captured(w);

	for (unsigned i = 0; kept && i < 20; i++) {
		struct captured c = *kept;
		unsigned n = 1 + (unsigned)rng_below(&w->rng, 4);

		while (n-- > 0 && c.len > 0) {
			size_t at = rng_below(&w->rng, rng_below(&w->rng, 2) ? c.len : 16);

			c.data[at % c.len] = (uint8_t)rng_u64(&w->rng);
		}
		c.len = rng_below(&w->rng, 4) ? c.len : (uint16_t)rng_below(&w->rng, c.len);
		unsigned from = any_address(w);

		inject(w, (int64_t)rng_below(&w->rng, NS_PER_S), from, c.to, c.data, c.len);
	}
}

/* Of one direction of a link, asymmetric: mostly so short that the group goes on. */
static void delay(struct world *w)
{
	double mean_ns = rng_below(&w->rng, 4) ? 2e6 : 100e6;

	double ns = -log(1 - rng_unit(&w->rng)) * mean_ns;
	unsigned from = any_host(w), to = any_host(w);

	w->net.extra_ns[from][to] = (int64_t)ns;
}

static void disorder(struct world *w)
{
	w->net.reorder = 0.1 * rng_unit(&w->rng);
	w->net.dup = 0.3 * rng_unit(&w->rng);
}

static void end_noise(struct world *w)
{
	memset(w->net.extra_ns, 0, sizeof(w->net.extra_ns));
	w->net.reorder = w->net.dup = 0;
}

static void begin_mischief(struct world *w)
{
	struct outsider *o = &attack_of(w)->out;

	o->mischief = (enum mischief)rng_below(&w->rng, MISCHIEF_CROWD + 1);
	o->victim = any_host(w);
}

void outsider_act(struct world *w)
{
	switch (rng_below(&w->rng, 9)) {
	case 0:
	case 1:
		replay(w);
		break;
	case 2:
		forge(w);
		break;
	case 3:
		delay(w);
		break;
	case 4:
		disorder(w);
		break;
	case 5:
		end_noise(w);
		break;
	case 6:
		crowd(w);
		break;
	default:
		begin_mischief(w);
		break;
	}
}

void outsider_stop(struct world *w)
{
	attack_of(w)->out.mischief = MISCHIEF_NONE;
	end_noise(w);
}
