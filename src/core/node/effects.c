/* effects.c - what a step asks of the shell, and what it has to say. */
#include "core/node/effects.h"

#include <assert.h>
#include <sodium.h>

#define CHAT_ROOM 16 /* effects kept free for lines to show and what follows a step */

struct effect *fx_add(struct node *n, enum effect_type type)
{
	assert(n->step.fx && n->step.fx->n < FX_MAX);
	struct effect *e = &n->step.fx->fx[n->step.fx->n++];

	e->type = type;
	return e;
}

bool fx_has_room(const struct node *n)
{
	return n->step.fx->n_send < FX_SEND_MAX && n->step.fx->n + CHAT_ROOM < FX_MAX;
}

uint8_t *fx_packet(struct node *n)
{
	assert(fx_has_room(n));
	return n->step.fx->bytes[n->step.fx->n_send];
}

struct effect *fx_add_packet(struct node *n, enum effect_type type, size_t len)
{
	uint8_t *bytes = fx_packet(n);
	struct effect *e = fx_add(n, type);

	assert(len > 0 && len <= WIRE_PACKET_MAX);
	n->step.fx->n_send++;
	e->send.to = (struct addr){0};
	e->send.from = (struct addr){0};
	e->send.tx_id = 0;
	e->send.promise = false;
	e->send.len = (uint16_t)len;
	e->send.data = bytes;
	return e;
}

void fx_tell_moved(struct node *n, int64_t moved_ns)
{
	n->step.fx->ordered.moved_ns = moved_ns;
}

void fx_tell_outcome(struct node *n, const struct order_outcome *o)
{
	n->step.fx->ordered = *o;
}

void fx_step_wall(struct node *n, int64_t step_ns)
{
	fx_add(n, FX_STEP)->step_ns = step_ns;
	n->step.pair.wall = wall_add(n->step.pair.wall, step_ns);
}

void notice_tell(struct node *n, const struct notice *what)
{
	assert(what->kind < NOTICE_MAX_);
	if (n->step.fx->n + CHAT_ROOM < FX_MAX) {
		fx_add(n, FX_NOTICE)->notice = *what;
	}
}

void fx_random(struct node *n, uint8_t *out, size_t len)
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
