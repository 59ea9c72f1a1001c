/* quiet.h - a world without weather, for unit tests of a whole node's rules: each packet takes
 * 100 us and none is lost, oscillators keep their rates, and the invariants of check.h are looked
 * at all the time.  It keeps what the nodes did, for assertions. */
#pragma once

#include "tests/world/world.h"

#define QUIET_HOSTS_MAX 8

/* What one host's node did. */
struct deeds {
	unsigned n_steps;	    /* of its clock */
	enum step_cause step_cause; /* of the last */
	enum departure departure;   /* how the last member left, as it told */
	unsigned n_hellos;	    /* handshakes begun */
	unsigned n_tables_saved;
	bool synced; /* as the kernel was told last */
	unsigned n_notice[NOTICE_MAX_], n_limit[LIMIT_MAX_];
	/* Orders that its master has answered, or not in time, and what the last one came to. */
	unsigned n_ordered;
	enum order_verdict ordered;
	int64_t takes_ns;
	struct deaf_hosts deaf;
	struct order_outcome outcome;
	unsigned n_forgotten; /* times that its shell was told so, by an order of another host */
	/* Lines for one host alone: those that it showed, and what became of its own. */
	char private[4096];
	node_id private_from; /* of the last */
	unsigned n_done[PRIVATE_SILENT + 1];
	int64_t own_rate_ppb;	  /* as it told it of itself */
	int64_t slew_left_ns;	  /* when the last slew ended */
	int64_t first_correction; /* true time of the first after quiet_mark(); 0: none */
	char chat[4096];	  /* the lines it showed, each ended by a newline */
	/* By the other host: when a packet whose stamp is wanted last went there, and how long
	 * after that one's last. */
	int64_t stamped_at[QUIET_HOSTS_MAX], answer_ns[QUIET_HOSTS_MAX];
};

/* @n hosts, none booted: host i runs (i - 2) x 20 ppm fast and (i - 2) x 10 ms ahead; configuration
 * and clocks may still be changed. */
struct world *quiet_new(unsigned n);
void quiet_free(struct world *);
/* A fixture of five hosts for cmocka. */
int quiet_setup(void **state);
/* All take orders of each other. */
void quiet_take_orders(struct world *);
/* The same, who know which times their clocks can be set to, and take orders of each other. */
int quiet_setup_dated(void **state);
int quiet_teardown(void **state);
void quiet_boot_all(struct world *);
/* Go on for @seconds; the test fails when an invariant breaks. */
void quiet_run(struct world *, double seconds);
/* Boot all, then that. */
void quiet_begin(struct world *, double seconds);
/* The same, and host 0 leads and host 1 is its deputy. */
void quiet_begin_under_0(struct world *, double seconds);
/* Nothing passes between host @i and any other; or again between it and all that are not
 * isolated. */
void quiet_isolate(struct world *, unsigned i);
void quiet_rejoin(struct world *, unsigned i);
struct deeds *quiet_deeds(const struct world *, unsigned i);
/* Steps of all clocks so far. */
unsigned quiet_steps(const struct world *);
/* Forget all first corrections. */
void quiet_mark(struct world *);
/* Order without text, and of text alone. */
enum order_verdict quiet_order(struct world *, unsigned i, enum order, node_id peer);
/* Host @i gives the order @ev, which travels; what its master answers within 10 ms. */
const struct order_outcome *quiet_ask(struct world *, unsigned i, struct node_event *ev);
enum order_verdict quiet_chat(struct world *, unsigned i, const char *text);
