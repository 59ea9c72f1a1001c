/* master.h - a puppet of a stage as the master of its node: polls, corrections, handing over. */
#pragma once

#include "tests/world/stage.h"

struct master {
	unsigned k; /* the puppet */
	uint64_t term;
	unsigned n_table, n_alive;
	bool island;
	node_id succession[WIRE_SUCCESSION_MAX];
	unsigned n_succession;
	uint64_t round, era;
};

/* What a correction says. */
struct master_word {
	int64_t offset_ns; /* group time less the WALL of the last reply */
	int64_t error_ns, sd_ns;
};

/* Puppet @k, in the next term that it may have, of a whole group of the node and all puppets; the
 * node is its deputy, and the other puppets come after it. */
struct master master_begin(struct stage *, unsigned k);
/* Poll the node once, or again if it asks others first, and wait for its reply, 5 ms; NULL: there is
 * none. */
const struct wire_reply *master_poll(struct stage *, struct master *);
/* Correct the node's clock as of its last reply. */
void master_correct(struct stage *, const struct master *, const struct master_word *);
/* Poll and correct the node @n times, once a second. */
void master_lead(struct stage *, struct master *, unsigned n, const struct master_word *);
/* Hand over to the node: it stands for election at once. */
void master_hand_over(struct stage *, const struct master *);
