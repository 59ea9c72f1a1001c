/* effects.h - what a step asks of the shell, and what it has to say. */
#pragma once

#include "core/node/state.h"

/* Add an effect to this step's, whose fields the caller fills in.  Call during node_step() only,
 * at most FX_MAX times in one step. */
struct effect *fx_add(struct node *, enum effect_type);
/* Where the bytes of this step's next packet go, WIRE_PACKET_MAX of them.  Call when
 * fx_has_room(). */
uint8_t *fx_packet(struct node *);
/* Send or multicast the @len bytes (1 to WIRE_PACKET_MAX) that now stand there; the caller says to
 * whom. Call when fx_has_room(). */
struct effect *fx_add_packet(struct node *, enum effect_type, size_t len);
/* WALL is to be stepped by @step_ns; the rest of this step sees it as if it were.  Call during
 * node_step() only. */
void fx_step_wall(struct node *, int64_t step_ns);
/* The order of this event moves WALL by so much (ns).  Call while it is carried out. */
void fx_tell_moved(struct node *, int64_t moved_ns);
/* It has come to this, but for the verdict.  Call likewise. */
void fx_tell_outcome(struct node *, const struct order_outcome *);
/* Is there room for one more packet in this step?  Call before each packet to one of many. */
bool fx_has_room(const struct node *);
/* Take @n fresh random bytes (16 to 64) of this event.  Call during node_step() only. */
void fx_random(struct node *, uint8_t *out, size_t n);
/* Tell people something.  Call during node_step() only.  Notices are dropped, never actions, when
 * a step has too many. */
void notice_tell(struct node *, const struct notice *);
/* The same with the notice's parts: notice(n, NOTICE_STEP, LEVEL_NOTICE, peer or 0, .step =
 * {...}). */
#define notice(n, kind_, level_, peer_, ...)                                                       \
	notice_tell(n, &(struct notice){                                                           \
			       .kind = (kind_), .level = (level_), .peer = (peer_), __VA_ARGS__})
