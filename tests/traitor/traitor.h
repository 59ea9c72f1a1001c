/* traitor.h - a member with all its keys that says whatever it likes.
 *
 * It is a whole node, so its sessions are real, it is polled, votes, and may be elected.  The
 * linker puts the traitor between that node and its messages (--wrap=node_step, outbox_send,
 * wire_encode and wire_decode): it hears what the node hears, bends what the node says, and says
 * words of its own to anybody at any time.  Whatever it says is well formed: wire_decode() takes
 * it.  What is after something in particular is a move (moves.h).
 *
 * The simulator and the daemon of tests/netns run the same object code.
 */
#pragma once

#include "berk/node.h"
#include "berk/rng.h"
#include "berk/wire.h"
#include "tests/traitor/moves.h"

#include <stdbool.h>
#include <stdint.h>

#define TRAITOR_HEARD 64 /* messages kept, for replays under its own keys */
#define TRAITOR_BENDS 3	 /* fields that one campaign bends */
#define TRAITOR_PEERS 64 /* of the table; it says nothing to others */

struct field;
struct peer;

/* How one field of all messages of a type is bent. */
struct bend {
	const struct field *field; /* NULL: it is not */
	uint64_t value;		   /* as its kind has it */
	bool add;		   /* to what is true, else instead of it */
	bool ramp;		   /* @value more with each second */
	uint64_t whom;		   /* bit mask of peers that hear it so */
};

/* A mastership that it claims, with or without the grants. */
struct claim {
	bool any;
	uint64_t term, round;
	mono_t next_poll;
	int64_t poll_gap_ns;
	struct wire_poll poll;
	struct wire_correct correct; /* the lie; offset_ns is added to what is true */
	bool ramp, split; /* the offset grows; each other member is told the opposite one */
	bool true_rate;	  /* of the line, else that of @correct */
	mono_t begun;
};

struct traitor {
	struct node *node; /* NULL: nobody is one */
	bool adopts;	   /* the next node that steps is it, if there is none */
	/* Called in each step, quiet or not; NULL: not. */
	void (*watch)(struct traitor *);
	/* What it says of its own; NULL: what is drawn. */
	void (*script)(struct traitor *);
	/* What it makes of each message of its node, besides; NULL: nothing. */
	void (*twist)(struct traitor *, struct wire_msg *);
	/* Called when a stretch of a move begins; NULL: nobody asks. */
	void (*tell)(struct traitor *, enum move);
	void *user;
	unsigned may; /* bit mask of the moves that it makes, and MOVES_WORDS; at first all */
	struct stretch move[MOVE_MAX_];
	unsigned moved; /* bit mask: which have bent the message that is about to be sent */
	struct rng rng;
	bool quiet;    /* it is as honest as the node */
	bool stepping; /* its node is */
	struct node_effects *fx;
	uint64_t term_seen; /* the highest that it has heard or claimed */
	mono_t now;
	struct clock_pair pair;
	size_t to; /* slot of the peer that is spoken to, or TRAITOR_PEERS: not known */
	mono_t next_word, campaign_begun, campaign_end;
	int64_t gap_ns; /* between words of its own */
	double noise;	/* share of the node's messages that have some wrong field */
	struct bend bend[TRAITOR_BENDS];
	struct claim claim;
	struct wire_msg heard[TRAITOR_HEARD]; /* and said */
	unsigned n_heard;
	/* By type: words of its own, and words of its node that are others now. */
	uint64_t n_said[WIRE_TYPE_MAX_], n_bent[WIRE_TYPE_MAX_];
};

/* The one traitor of this process. */
extern struct traitor the_traitor;

/* @node (NULL: the next one that steps) is one from now on; the same @seed gives the same words. */
void traitor_begin(struct node *node, uint64_t seed);
void traitor_end(void);
/* The same, and all that it has said is forgotten. */
void traitor_clear(void);
/* The slot of the peer that is at @from; TRAITOR_PEERS: nobody it knows is. */
size_t traitor_slot(const struct traitor *t, const struct addr *from);
/* Where the bytes of its next packet go, WIRE_PACKET_MAX of them; NULL: this step sends no more. */
uint8_t *traitor_room(struct traitor *t);
/* Send the @len bytes that stand there to @p. */
void traitor_send(struct traitor *t, const struct peer *p, size_t len);

/* words.c */
/* Some message, by chance, to the peer in slot t->to. */
void word_draw(struct traitor *t, struct wire_msg *ret);
/* A drawn field of @m gets a drawn value. */
void word_bend(struct traitor *t, struct wire_msg *m);
/* What the campaign does to @m. */
void word_bend_by(struct traitor *t, const struct bend *b, struct wire_msg *m);
void bend_draw(struct traitor *t, struct bend *ret);
/* A span of time: extreme, or about what somebody believes just so, or of any size. */
int64_t word_ns(struct traitor *t);
/* From one term of a host to its next. */
uint64_t term_unit(void);
/* A term: of its own or of another, one more or the last. */
uint64_t word_term(struct traitor *t);
/* Counts that wire_encode() takes for granted hold. */
void word_mend(struct wire_msg *m);

/* claim.c */
void claim_begin(struct traitor *t);
/* To be the master of @n hosts, all of them alive, in the next term; @lie is added to what is true,
 * but for its rate. */
void claim_as(struct traitor *t, unsigned n, const struct wire_correct *lie);
/* Polls that are due. */
void claim_tick(struct traitor *t);
/* @reply came from the peer in slot @from: a correction goes back. */
void claim_hear(struct traitor *t, size_t from, const struct wire_msg *reply);
/* Seal and send @m to the peer in slot @to, as far as there is room. */
void traitor_say(struct traitor *t, size_t to, const struct wire_msg *m);
