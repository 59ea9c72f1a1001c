/* world.h - whole groups of struct node in one process: true time, hosts, packets, disks.
 *
 * Everything is drawn from one seed: the same seed gives the same events and effects to the bit,
 * which world.hash proves.  Nothing here decides anything for a node; a host is the daemon's shell
 * in small.
 */
#pragma once

#include "berk/node.h"
#include "tests/world/clock.h"
#include "tests/world/net.h"
#include "tests/world/queue.h"

#include <stdbool.h>
#include <stdint.h>

#define WORLD_WALL  (INT64_C(1700000000) * NS_PER_S) /* group time is about this at true time 0 */
#define WORLD_BUILD (WORLD_WALL - INT64_C(100 * 86400) * NS_PER_S) /* when berkd was built */
#define WORLD_LAST                                                                                 \
	(WORLD_BUILD + INT64_C(30 * 365 * 86400) * NS_PER_S) /* no later date is possible */
#define BACKLOG_MAX   256 /* packets kept for a stopped process */
#define DISK_ROWS_MAX 64  /* hosts that are kept on disk; more are forgotten */
#define CONTACTS_MAX  16  /* addresses in a host's configuration: the first hosts of its group */

struct packet {
	uint32_t next; /* in the free list: index + 1 */
	uint16_t len;
	uint8_t data[WIRE_PACKET_MAX];
};

/* What a liar adds to what its node sees of its own clocks. */
struct lie {
	int64_t raw_ns, wall_ns;
};

struct host {
	struct node *node;
	struct node_config config;
	struct node_storage store;
	struct host_clock clock;
	struct lie lie;
	unsigned group, group_first, group_n; /* hosts [first, first + n) know each other */
	uint16_t contacts; /* bit k: the address of the group's k-th host is configured; all are */
	bool up;	   /* the process runs (or is stopped) */
	bool stopped;	   /* SIGSTOP: packets wait, timers too */
	bool asleep;	   /* suspended */
	bool liar;
	enum leap leap;	  /* that its kernel will make */
	bool chat_unread; /* nobody follows the chat there */
	bool may_step;	  /* a step of WALL is allowed: newcomer, or by order */
	unsigned dies_in; /* effects until it crashes amid a step; 0: not */
	uint64_t boot;	  /* counts lives */
	uint64_t timer;	  /* generation: older AT_TIMERs are void */
	mono_t deadline;
	struct { /* what survives a crash */
		uint64_t term;
		int64_t freq_ppb;
		bool has_freq;
		struct saved_line line;
		struct saved_budget budget;
		int64_t time; /* group time as last saved; 0: never */
		bool unconfirmed, told;
		unsigned n_table;
		struct node_row *row; /* n_row of DISK_ROWS_MAX; NULL: none was ever saved */
		size_t n_row;
		bool guest;
		struct revoked_host revoked[REVOKED_MAX];
		size_t n_revoked;
		struct chat_disk { /* its lines stay where they are, in the ring of @store */
			struct chat_pos last, next_last;
			uint64_t stable, next_stable;
			int64_t due; /* when @next_last will be on disk; 0: it is */
		} chat;
	} disk;
	struct happening *backlog;
	unsigned n_backlog;
	uint64_t n_steps_second; /* node_step() calls in this second of true time */
};

struct world;

struct scenario {
	void (*script)(struct world *, uint64_t value); /* AT_SCRIPT */
	/* The host has carried out this effect of its node; NULL: nobody looks. */
	void (*effect)(struct world *, unsigned host, const struct effect *);
	/* This packet leaves @from for @to; NULL: nobody listens. */
	void (*packet)(struct world *, unsigned from, unsigned to, const uint8_t *data,
		       uint16_t len);
	void *user;
};

struct world {
	uint64_t seed;
	int64_t now;
	unsigned n;
	struct host *host;
	struct net net;
	struct rng rng;
	struct queue queue;
	struct packet *packets;
	uint32_t n_packets, max_packets, free_packet; /* index + 1; 0: none */
	uint32_t n_flying;
	int64_t timer_late_ns; /* mean lateness of timers; 0: none */
	int64_t stamp_read_ns; /* until a transmit stamp is read from the error queue */
	int64_t stamp_late_ns; /* the next transmit stamp alone is wrong by so much */
	uint8_t stamp_quality; /* of transmit stamps; a receive stamp is the kernel's */
	struct scenario scenario;
	struct checks *checks; /* NULL: invariants are not looked at */
	uint64_t hash, n_events;
	bool failed;
	unsigned verbose; /* 1: what happens, 2: debug notices too */
	char failure[256];
	struct node_effects fx;
};

/* @n hosts, none booted, in groups of @group_n; the first @electable of each group may be master
 * and have tables of @table entries, the others (priority 0) small ones.  Aborts without memory. */
struct world *world_new(uint64_t seed, unsigned n, unsigned group_n, unsigned electable,
			const struct net *, size_t table);
void world_free(struct world *);
/* Give host @i, not yet booted, clocks of its own: WALL within +-@offset_ns of WORLD_WALL,
 * frequency within +-@freq, RAW anywhere. */
void world_draw_clock(struct world *, unsigned i, int64_t offset_ns, double freq);
/* Let things happen until true time @until, or until an invariant breaks. */
void world_run(struct world *, int64_t until);
/* Cut the hosts from @first on off from those before it, in both ways; 0: nothing is cut. */
void world_split(struct world *, unsigned first);
/* Call the scenario's script with @value at @at. */
void world_at(struct world *, int64_t at, uint64_t value);
/* These bytes reach host @to after @in_ns, as if from the address of host @from; there need be no
 * such host. */
void world_inject(struct world *, int64_t in_ns, unsigned from, unsigned to, const uint8_t *data,
		  uint16_t len);
/* An invariant is broken: the first one is kept, with its instant; the run ends. */
void world_fail(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_mix(struct world *, uint64_t v); /* into the hash */

/* A scenario's script that boots host @value. */
void world_boot_script(struct world *, uint64_t value);

/* packets */
uint32_t packet_take(struct world *, const uint8_t *data, uint16_t len);
void packet_give(struct world *, uint32_t);

/* host.c */
void host_boot(struct world *, unsigned i);
void host_crash(struct world *, unsigned i);
/* Off and on again: RAW and BOOTTIME begin anew, WALL is off by @wall_error_ns, steering is gone.
 */
void host_power_cycle(struct world *, unsigned i, int64_t wall_error_ns);
/* A new disk: no term, no drift, another identity. */
void host_new_disk(struct world *, unsigned i);
/* Its link has come up. */
void host_link(struct world *, unsigned i);
/* The name of the @k-th host of its group resolves from now on. */
void host_add_contact(struct world *, unsigned i, unsigned k);
/* No date before this is possible, as the host can prove: the largest of the build date and what is
 * on disk. */
int64_t host_floor(const struct world *, unsigned i);
void host_stop(struct world *, unsigned i);	/* SIGSTOP */
void host_continue(struct world *, unsigned i); /* SIGCONT */
void host_sleep(struct world *, unsigned i);
void host_wake(struct world *, unsigned i, int64_t slept_ns);
void host_foreign_step(struct world *, unsigned i, int64_t step_ns);
/* The hypervisor says so of a host that runs; its clocks have jumped by so much (not back), and run
 * on at @freq. */
void host_interrupt(struct world *, unsigned i, enum interruption what, int64_t jump_ns,
		    double freq);
enum order_verdict host_order(struct world *, unsigned i, enum order, node_id peer,
			      const char *text, size_t len);
/* Order host @i to set the group's time to @to, by steps; w->fx says what that does. */
enum order_verdict host_set_time(struct world *, unsigned i, wall_t to, bool dry_run, uint32_t uid);
/* To move it by @by_ns, by steps or by slewing. */
enum order_verdict host_move_time(struct world *, unsigned i, int64_t by_ns, bool step,
				  bool dry_run, uint32_t uid);
/* Feed @ev (its type and particulars) and carry out what comes of it. */
void host_event(struct world *, unsigned i, struct node_event *ev);
void host_timer(struct world *, unsigned i, uint64_t generation);
/* Does it run, so that it takes events now? */
bool host_runs(const struct host *);
/* What its node is told of its own clocks: the truth, or a liar's tale. */
struct clock_pair host_pair(const struct world *, unsigned i);
raw_t host_stamp(const struct world *, unsigned i); /* RAW as its kernel stamps packets */
struct addr host_addr(unsigned i);
unsigned host_of_addr(const struct addr *);

/* Views. */
struct node_status world_status(const struct world *, unsigned i);
wall_t world_wall(const struct world *, unsigned i);
/* How far host @i's clock is from the right time, ns. */
int64_t world_off_ns(const struct world *, unsigned i);
/* What host @viewer shows of its @k-th member, or of host @of; false: nothing. */
bool world_member(const struct world *, unsigned viewer, size_t *at, struct member_view *ret);
bool world_member_of(const struct world *, unsigned viewer, unsigned of, struct member_view *ret);
/* Largest difference of two WALLs among the honest hosts of group 0 that are up; -1: fewer than
 * two. */
int64_t world_spread(const struct world *);
/* The one master among the hosts of @group that are up; -1: none or several. */
int world_master(const struct world *, unsigned group);
/* Print every host as it is now. */
void world_describe(const struct world *);
