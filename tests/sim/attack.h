/* attack.h - one run of berksim attack: what its parts share. */
#pragma once

#include "tests/traitor/moves.h"
#include "tests/world/world.h"

#include <stdint.h>

#define ATTACK_HOSTS_MAX 32
#define FALL_NS		 (120 * NS_PER_S) /* before the end, the attackers fall silent */
#define FOUND_NS	 (30 * NS_PER_S)  /* by then all honest hosts follow one master again */
#define ONE_NS		 (60 * NS_PER_S)  /* by then they are one group, if nobody was misled */
#define CAPTURED_MAX	 128
#define CALLS_MAX	 512 /* HELLOs that are kept besides */
#define WINDOW_S	 60

struct captured {
	unsigned from, to;
	uint16_t len;
	uint8_t data[WIRE_PACKET_MAX];
};

struct captured_call {
	unsigned from; /* whose it is */
	uint8_t data[WIRE_HELLO_LEN];
};

/* What an outsider does with the packets that pass it, besides keeping some of them. */
enum mischief { MISCHIEF_NONE, MISCHIEF_MIRROR, MISCHIEF_ECHO, MISCHIEF_COPY, MISCHIEF_CROWD };

struct outsider {
	struct captured *captured; /* a ring */
	unsigned n_captured;
	struct captured_call *calls; /* another */
	unsigned n_calls, next_call; /* the latter is sent next */
	int64_t crowded;	     /* when they went before one that passed, last */
	enum mischief mischief;
	unsigned victim;
};

/* How an honest host's clock went, once a second. */
struct track {
	bool known;	/* it was settled once in this life */
	int64_t since;	/* true time */
	int64_t lo, hi; /* of WALL less RAW since then */
	int64_t second[WINDOW_S];
	unsigned n_second;
	uint64_t n_tx, boot;
	uint64_t seen;			   /* bit k: host k is in its table as a member */
	int64_t lost_at[ATTACK_HOSTS_MAX]; /* when it was a member last */
	uint64_t rows;			   /* and was once, so that its row must stay */
	uint64_t n_steps;		   /* of its clock, in this life */
	int64_t cloned_since;		   /* it takes itself for cloned, or now */
};

struct attack {
	int64_t end;
	unsigned traitor; /* the number of hosts: nobody is */
	unsigned may;	  /* bit mask of moves: tests/traitor/moves.h */
	bool fallen, split;
	uint64_t side;	      /* bit k: host k is in the one part of the split, else in the other */
	int64_t one_is_whole; /* at most one of the two took itself for the whole group, last */
	int64_t terms_ns;     /* so much later some may come back: see attack_terms_ns() */
	struct outsider out;
	struct track track[ATTACK_HOSTS_MAX];
	uint64_t n_attacks, n_attacks_before; /* packets of the attackers */
	/* Figures of the run. */
	int64_t moved_as_member, moved_as_master; /* most within a minute */
	uint64_t tx_most;			  /* packets of one honest host in a second */
	int64_t led_at;				  /* most honest hosts had a master last */
	int64_t leaderless_ns, cloned_ns;	  /* longest: most had none; one was cloned */
	int64_t found_ns, one_ns;		  /* after the fall; -1: not yet, or not any more */
	char why[128];
};

/* Values of AT_SCRIPT: a command in the high half, a host in the low. */
enum attack_script {
	AT_BOOT,
	AT_TREASON,
	AT_OUTSIDER,
	AT_WATCH,
	AT_FALL,
	AT_CRASH,
	AT_SPLIT,
	AT_HEAL,
};

static inline struct attack *attack_of(struct world *w)
{
	return w->scenario.user;
}

static inline void attack_at(struct world *w, int64_t in_ns, enum attack_script what, unsigned host)
{
	world_at(w, w->now + in_ns, (uint64_t)what << 32 | host);
}

/* outsider.c */
void outsider_init(struct world *);
void outsider_fini(struct world *);
/* A packet passes it. */
void outsider_see(struct world *, unsigned from, unsigned to, const uint8_t *data, uint16_t len);
/* It does something, by chance. */
void outsider_act(struct world *);
/* All that it did is taken back. */
void outsider_stop(struct world *);

/* attack_moves.c */
/* For --moves: @text names them; false: no such move.  @mask: unsigned. */
bool attack_take_moves(void *mask, const char *text);
/* How these are said in an option; nothing where all are made. */
void attack_print_moves(unsigned mask);
/* The traitor of @w tells of what it begins, if anybody listens. */
void attack_listen(struct world *w);
/* How often each was sent, and arrived, by now. */
struct moves_count {
	uint64_t n_begun[MOVE_MAX_], n_sent[MOVE_MAX_], n_arrived[MOVE_MAX_];
};
void attack_count_moves(struct moves_count *);
void attack_print_counts(const struct moves_count *);

/* attack_rules.c */
/* The term of a host that the traitor had to itself may be beyond the windows of all others, who
 * come to it by a block in a minute: how long that takes from now on, as window.h has it. */
int64_t attack_terms_ns(const struct world *);
/* Once a second: do the promises hold? */
void attack_watch(struct world *);
