/* world.h - a few nodes on a perfect network, for unit tests of node.c's rules: no randomness but
 * the seed, fixed delays, clocks with fixed rates.  What is asserted here are rules; the simulator
 * has the weather. */
#pragma once

#include "berk/node.h"

#define WORLD_NODES_MAX 7
#define WORLD_START	INT64_C(1000000000)

struct world_node {
	struct node *node;
	struct node_config config;
	struct node_storage store;
	double rate; /* of the oscillator against true time */
	int64_t raw0;
	raw_t raw_ref; /* WALL = wall_ref + (RAW - raw_ref) * (1 + freq) */
	wall_t wall_ref;
	int64_t freq_ppb;
	mono_t deadline;
	bool stuck; /* its clock ignores all that it is told */
	bool down;  /* crashed: neither steps nor receives */
	uint64_t term_saved;
	unsigned n_steps;  /* FX_STEP seen */
	unsigned n_hellos; /* sent */
	unsigned n_notice[NOTICE_MAX_];
	struct notice last_notice[NOTICE_MAX_];
	char chat[4096]; /* lines shown, each ended by \n */
	bool synced;
	int64_t max_error_ns;
	int64_t first_correction; /* true ns of the first correction taken after world_mark() */
};

struct world_packet {
	int64_t at;
	uint64_t order;
	uint8_t to, from;
	bool is_stamp;
	uint32_t tx_id;
	raw_t stamp;
	size_t len;
	uint8_t data[WIRE_PACKET_MAX];
};

struct world {
	int64_t now;
	unsigned n;
	struct world_node node[WORLD_NODES_MAX];
	bool cut[WORLD_NODES_MAX][WORLD_NODES_MAX];
	struct world_packet *queue;
	size_t n_queue, max_queue;
	uint64_t order;
	struct rng *rng;
	struct node_effects fx;
	int64_t delay_ns;
	double jitter_ns; /* mean of what queues add */
	int64_t stamp_ns; /* a transmit stamp comes so long after the packet went */
	int64_t late_ns;  /* added to the next transmit stamp alone */
	uint8_t tx_quality;
	int64_t extra_ns[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* from, to: delay on top of it */
};

/* @n nodes, not started: node[i].config may still be changed. */
struct world *world_new(unsigned n);
void world_free(struct world *);
void world_boot(struct world *, unsigned i); /* (re)start node i with its saved term */
void world_boot_all(struct world *);
void world_run(struct world *, double seconds);
void world_crash(struct world *, unsigned i);
enum order_verdict world_order(struct world *, unsigned i, enum order, node_id peer,
			       const char *text);
void world_event(struct world *, unsigned i, struct node_event *);
void world_partition(struct world *, unsigned first_of_second_side); /* 0: heal */
raw_t world_raw(const struct world *, unsigned i);
wall_t world_wall(const struct world *, unsigned i);
struct node_status world_status(const struct world *, unsigned i);
int world_master(const struct world *);	    /* the one master among those up, -1: none or several */
int64_t world_spread(const struct world *); /* max - min of the WALLs of those up */
void world_mark(struct world *);
