/* precision.h - one run of that model, and what it is measured by. */
#pragma once

#include "tests/world/net.h"

#define N_LEVELS    3 /* 1 ms, 100 us, 10 us */
#define SECONDS_MIN 130

struct setup {
	struct net net;
	double wander, master_wander, seconds, poll_s, poll_min_s, precision_us;
	double failover_s; /* the master is lost then; 0: never */
	unsigned nodes;
	uint64_t seed;
};

/* berkd as it is shipped; the net is to be named. */
#define PRECISION_DEFAULTS                                                                         \
	{                                                                                          \
		.wander = 1e-9, .master_wander = -1, .seconds = 20000, .poll_s = 1,                \
		.poll_min_s = 0.25, .nodes = 5, .seed = 1                                          \
	}

struct figures {
	double p50_us, p95_us, p99_us, max_us;
	double failover_us;	  /* largest in the two minutes after the master was lost */
	double below_s[N_LEVELS]; /* since then below the level for a minute; -1: never */
	uint64_t hash;
};

void precision_measure(const struct setup *, struct figures *ret);
/* Of doubles, for qsort(3). */
int precision_ascending(const void *a, const void *b);
