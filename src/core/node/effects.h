/* effects.h - what a step asks of the shell, and what it has to say. */
#pragma once

#include "core/node/state.h"

/* Add an effect to this step's.  Call during node_step() only; the caller fills in what it is. */
struct effect *fx_add(struct node *, enum effect_type);
/* Where the bytes of this step's next packet go, WIRE_PACKET_MAX of them.  Call when
 * fx_has_room(). */
uint8_t *fx_packet(struct node *);
/* Send or multicast the @len bytes that now stand there; the caller says to whom. */
struct effect *fx_add_packet(struct node *, enum effect_type, size_t len);
/* WALL is to be stepped by @step_ns; the rest of this step sees it as if it were. */
void fx_step_wall(struct node *, int64_t step_ns);
/* Is there room for one more packet in this step?  Duties that send to many ask before each. */
bool fx_has_room(const struct node *);
/* Take @n fresh random bytes of this event, 16 to 64; call during node_step() only. */
void fx_random(struct node *, uint8_t *out, size_t n);
/* Tell people something.  Notices are dropped, never actions, when a step has too many. */
void notice_tell(struct node *, const struct notice *);
/* The same with the notice's parts: notice(n, NOTICE_STEP, LEVEL_NOTICE, peer or 0, .step = {...}). */
#define notice(n, kind_, level_, peer_, ...)                                                       \
	notice_tell(n, &(struct notice){                                                           \
			       .kind = (kind_), .level = (level_), .peer = (peer_), __VA_ARGS__})
