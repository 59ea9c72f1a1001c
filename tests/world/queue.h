/* queue.h - what is to happen, in the order of true time; of two things at one instant the one
 * queued first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum occasion {
	AT_TIMER,  /* value: generation of the host's timer */
	AT_TX,	   /* the packet leaves @host for @peer; id: transmit stamp wanted; value: boot */
	AT_STAMP,  /* a transmit stamp is read; id, value: the stamp, packet: boot */
	AT_RX,	   /* the packet of @peer reaches @host */
	AT_SECOND, /* oscillators wander */
	AT_SCRIPT, /* the scenario's own; value: its own too */
};

struct happening {
	int64_t at; /* true ns */
	uint64_t order;
	enum occasion what;
	uint32_t host, peer;
	uint32_t packet;
	uint32_t id;
	uint64_t value;
	int64_t stamp; /* RAW; of a packet that waited while its host was stopped */
};

struct queue {
	struct happening *heap;
	size_t n, max;
	uint64_t order;
};

void queue_fini(struct queue *);
/* @h.order is given here.  Aborts when there is no memory. */
void queue_push(struct queue *, struct happening h);
/* Take the next; false when there is none up to @until. */
bool queue_pop(struct queue *, int64_t until, struct happening *ret);
