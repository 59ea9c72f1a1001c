/* stage.h - one real node among scripted peers.  A peer (here a "puppet") says nothing of its
 * own: the test says each of its messages, truly sealed, and reads what it was told.  For
 * transcripts of one rule, and for fuzzing what a proved peer may say.
 *
 * The node's oscillator is true time; its WALL and BOOTTIME follow what it commands.  A packet
 * takes no time, and each transmit stamp is there at once. */
#pragma once

#include "berk/node.h"
#include "core/wire/handshake.h"
#include "tests/world/clock.h"

#define STAGE_PUPPETS_MAX 6
#define STAGE_SENT_MAX	  (4 * FX_SEND_MAX)

struct puppet {
	struct addr addr;
	struct trust trust;
	struct session session;
	unsigned n_heard[WIRE_TYPE_MAX_];
	struct wire_msg heard[WIRE_TYPE_MAX_]; /* the last one of each type */
	/* Answers of its own, for what a test takes for granted. */
	bool answers_polls;
	bool applies;		    /* says in its replies that it has taken the last correction */
	wall_t floor;		    /* that its replies tell */
	uint32_t max_drift_ppb;	    /* that its replies tell; 0: they do not say */
	enum deaf deaf;		    /* that its replies tell */
	bool grants;		    /* votes and pre-votes; false: it says nothing, ... */
	enum refusal refuses;	    /* ... or, where this is not REFUSAL_NONE, that */
	struct wire_testimony word; /* when it is asked; error_ns 0: it knows no clock */
	bool is_silent;		    /* it does not say when it is asked */
	bool is_moved;		    /* somebody only says that it is there: it does not answer */
	uint64_t term_granted;
	uint32_t seq;
};

/* What the node sent and is not yet stamped and heard. */
struct stage_sent {
	uint32_t tx_id;
	struct puppet *to; /* NULL: to nobody here, or no message */
	struct wire_msg msg;
};

struct stage {
	struct node *node;
	struct node_config config;
	struct node_storage store;
	const struct node_saved *saved; /* what is on the node's disk; NULL: nothing */
	struct host_clock clock;
	int64_t now; /* true time */
	mono_t deadline;
	struct node_effects fx; /* of the last event */
	unsigned n_puppets;
	struct puppet puppet[STAGE_PUPPETS_MAX];
	struct stage_sent sent[STAGE_SENT_MAX]; /* a ring */
	size_t n_sent, n_heard;
	int64_t waited_ns;  /* each packet lay in the node's socket for so long */
	struct addr to;	    /* of the node's addresses, that packets come to */
	bool trusts_master; /* see stage_trust_master() */
	bool busy;	    /* these are being heard: answers to them are, when they are done */
	void (*effect)(struct stage *, const struct effect *); /* looks at each; NULL: none */
};

/* Start a node of @config (its keys are set here) before @n_puppets that have not met it.  A stage
 * that was all zero, or that stage_close() has left. */
void stage_open(struct stage *, const struct node_config *, unsigned n_puppets, size_t n_table);
void stage_close(struct stage *);
/* Feed @ev, its type and particulars, and hear what the node says. */
void stage_event(struct stage *, struct node_event *ev);
/* True time goes on; the node's timer fires when it asked for it. */
void stage_wait(struct stage *, int64_t ns);
/* Only true time goes on: a timer that is due is not fired. */
void stage_hold(struct stage *, int64_t ns);
/* Puppet @k shakes hands with the node.  Aborts when the node will not. */
void stage_meet(struct stage *, unsigned k);
/* Every puppet meets the node, and from then on grants, answers polls and applies corrections. */
void stage_meet_all(struct stage *);
/* From now on the node takes it for its own clock's fault when its master contradicts itself: the
 * caps on what it takes are all that is left.  Call in tests of these. */
void stage_trust_master(struct stage *);
/* As stage_meet(), but false when the node will not. */
bool stage_try_meet(struct stage *, unsigned k);
/* The node is told where puppet @k is and calls it; false when it does not like who answers. */
bool stage_try_call(struct stage *, unsigned k);
/* The first packet of such a handshake; returns its length. */
size_t stage_hello(struct stage *, unsigned k, uint8_t ret[static WIRE_PACKET_MAX]);
/* The packet of @type that the last step sent to puppet @k; returns its length, 0: none. */
size_t stage_find_packet(const struct stage *, unsigned k, enum wire_packet type,
			 uint8_t ret[static WIRE_PACKET_MAX]);
/* Another identity for puppet @k, which has not met the node. */
void stage_give_secret(struct stage *, unsigned k, const uint8_t secret[static KEY_LEN]);
/* Puppet @k says @m, or these @len bytes of a message. */
void stage_say(struct stage *, unsigned k, const struct wire_msg *m);
void stage_say_bytes(struct stage *, unsigned k, const uint8_t *plain, size_t len);
/* @m as a packet of puppet @k; returns its length. */
size_t stage_seal(struct stage *, unsigned k, const struct wire_msg *m,
		  uint8_t ret[static WIRE_PACKET_MAX]);
/* What puppet @k replies to @poll now. */
struct wire_msg stage_reply(const struct stage *, unsigned k, const struct wire_msg *poll);
/* These bytes come from where puppet @k is. */
void stage_send(struct stage *, unsigned k, const uint8_t *packet, size_t len);
struct node_status stage_status(const struct stage *);
/* RAW and WALL of the node. */
struct clock_pair stage_pair(const struct stage *);
