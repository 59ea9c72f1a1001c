/* host.h - one host of a test: a network namespace, a cable to the hub, and a real berkd with a
 * virtual clock whose true reading the harness knows at any instant. */
#pragma once

#include "netns/lib/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HUB_BRIDGE "br0"

struct virtual_truth;

struct host {
	unsigned number; /* 1, 2, ...: address 10.82.75.<number>, fd82:75::<number> */
	char name[16];
	char dir[64]; /* configuration, state, sockets, log, truth */
	struct netns ns;
	const char *program; /* berkd, unless the test has a variant of it */
	pid_t pid;	     /* 0: not running */

	/* The clock: of its own until berkd steers it. */
	int64_t offset_ns; /* WALL at the first start, against the machine's CLOCK_REALTIME */
	double freq_ppm;
	double wander_ppm;
	const struct virtual_truth *truth;
};

/* A namespace without a cable, and a folder. The clock is right and steady. */
void host_init(struct host *, unsigned number);
void host_fini(struct host *); /* kills the daemon if it runs */
/* A cable from eth0 of the host to port h<number> of the hub's bridge; no address yet. */
void host_cable(struct host *, struct netns *hub);
/* ...and up, with an IPv4 and an IPv6 address, at once usable. */
void host_connect(struct host *, struct netns *hub);

/* What this test wants other than the default, in berkd.conf's own words; replaces what was said
 * before. Goes into a drop-in. */
void host_config(const struct host *, const char *text);
/* The default configuration; host_start() does it too. */
void host_write_config(const struct host *);
/* Start berkd.  After a kill the clock goes on from where it is by then, as a real one does. */
void host_start(struct host *);
/* Send @sig and wait for the end; returns the wait status. */
int host_stop(struct host *, int sig);
/* Has the daemon ended by itself within @seconds?  Then @ret_status is its wait status. */
bool host_ended(struct host *, double seconds, int *ret_status);

/* Run a program in the host's namespace; its standard output and error go to @path (appended). */
pid_t host_spawn(const struct host *, const char *path, const char *const argv[]);
/* Run berkctl with these arguments (NULL ends them); returns its exit status. @out gets what it
 * printed, cut to @size. */
int host_berkctl(const struct host *, char *out, size_t size, const char *arg, ...)
	__attribute__((sentinel));
/* How many lines of the log of all its runs contain @text?  And is there one? */
unsigned host_count_logged(const struct host *, const char *text);
bool host_logged(const struct host *, const char *text);

/* --- The truth --- */
int64_t truth_now(void); /* the machine's CLOCK_MONOTONIC_RAW, ns */
struct host_reading {
	int64_t wall_ns;  /* what its WALL showed */
	uint64_t n_steps; /* how often it was ever stepped */
	bool late; /* the clock was changed since the instant: what it showed then is not known */
};
/* The host's clock at an instant of CLOCK_MONOTONIC_RAW, now or a moment ago; false: not known, as
 * before its first start. */
bool host_read(const struct host *, int64_t at_ns, struct host_reading *ret);
