/* moves.h - what a traitor does that takes more than one wrong value in one message.
 *
 * Each move comes in stretches.  How often, for how long, and whether at all, is drawn once for a
 * run; to whom, how much of what could be bent, and how, for each stretch.  Each move draws with a
 * generator of its own: one that is left out changes no other.
 */
#pragma once

#include "berk/rng.h"
#include "berk/wire.h"
#include "core/wire/session.h"

#include <stdbool.h>
#include <stdint.h>

enum move {
	/* Whoever calls it is answered in the caller's own name: he is to take himself for cloned. */
	MOVE_CLONE,
	/* No PREVOTE and no VOTE is granted: one member alone is to end each ballot. */
	MOVE_REFUSE,
	/* As master, each POLL is of another founding: members are to forget what it said before. */
	MOVE_ERA,
	/* As master, its group is founded anew with each POLL: members are to step again and again. */
	MOVE_FOUND,
	/* As master, all others have left: members are to have nobody to ask. */
	MOVE_GONE,
	/* As master, oscillators may be as bad as the wire has it: members are to run away. */
	MOVE_RATE,
	/* Well-formed RESPONSEs in numbers: they are to fill what a host keeps of packets it saw. */
	MOVE_PROOFS,
	/* HELLOs in numbers: they are to use up what strangers are answered. */
	MOVE_CALLS,
	/* Recorded HELLOs as if from a peer: they are to use up what that peer is answered.  This is
	 * the outsider's (tests/sim/outsider.c): a member of its own address cannot. */
	MOVE_RECALL,
	/* Asks for votes in numbers, and never leads with them: the others are to wait. */
	MOVE_VOTES,
	MOVE_MAX_
};

#define MOVES_ALL   ((1U << MOVE_MAX_) - 1)
#define MOVES_WORDS (1U << MOVE_MAX_) /* not a move: whatever words.c and claim.c draw */

struct stretch {
	struct rng rng;
	bool never, drawn;	   /* not in this run; its first stretch is due */
	bool on;		   /* a stretch goes on */
	int64_t gap_ns, length_ns; /* means: between two stretches, and of one */
	mono_t begins, ends;
	mono_t next;		/* word or packet of its own */
	uint64_t whom;		/* bit mask of the peers that hear it so */
	double share;		/* of what could be bent so that is */
	unsigned kind;		/* of a stretch: one of KINDS */
	uint64_t value;		/* of a stretch: whatever the move needs */
	size_t victim;		/* slot of the one whom it is against */
	struct session session; /* that is asked for, in whoever's name */
	uint8_t pub[KEY_LEN];
	uint8_t response[WIRE_PACKET_MAX]; /* whose cookie is good, of @len bytes; 0: not yet */
	size_t len;
	uint64_t n_begun, n_sent, n_arrived;
};

struct traitor;
struct node_event;

/* moves.c */
/* What it is called in options and lists, and what the traitor does then. */
const char *move_name(enum move);
const char *move_text(enum move);
/* Draw how often each comes.  Call once in a run. */
void moves_begin(struct traitor *t, uint64_t seed);
/* Does @k go on, towards the peer in slot @whom, and is this one of its share? */
bool move_hits(struct traitor *t, enum move k, size_t whom);
/* Begin and end stretches that are due, and say what they have to say. */
void moves_tick(struct traitor *t);
mono_t moves_deadline(const struct traitor *t);
/* What the moves that go on make of @m, for the peer in slot t->to; t->moved has which. */
void moves_bend(struct traitor *t, struct wire_msg *m);
/* These moves have sent this packet. */
void moves_note(unsigned moves, const uint8_t *packet, size_t len);
/* It reaches a node: if it is one of these, it has arrived. */
void moves_note_arrival(const uint8_t *packet, size_t len);

/* forge.c */
/* What it makes of a packet that its node has just taken. */
void forge_answer(struct traitor *t, const struct node_event *ev);
/* A stretch of @k begins; packets of its own that are due. */
void forge_begin(struct traitor *t, enum move k);
void forge_tick(struct traitor *t);
