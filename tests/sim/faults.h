/* faults.h - one run of berksim faults: what its parts share. */
#pragma once

#include "tests/sim/weather.h"

#include <stdint.h>

#define CALM_NS	  (180 * NS_PER_S) /* at the end: no trouble */
#define HOSTS_MAX NET_LINKS_MAX

enum lie_kind { LIE_NONE, LIE_DEAF, LIE_FAST, LIE_RAW_JUMPS, LIE_WALL, N_LIES };

/* Values of AT_SCRIPT: a command in the high half, a host in the low. */
enum script { DO_BOOT, DO_TROUBLE, DO_CALM, DO_LOOK, DO_CONTINUE, DO_WAKE, DO_ORDER };

struct faults {
	int64_t end;
	bool orders;	/* operators slew group time, too, until the calm */
	int64_t healed; /* since then the group is one; -1: it is not */
	char why[128];	/* it is not */
	enum lie_kind lie;
	unsigned liar;
	int64_t slept_at[HOSTS_MAX];
	uint64_t life_of_stop[HOSTS_MAX];
	unsigned lines;
	int64_t down_since[HOSTS_MAX]; /* 0: it is up */
	int64_t next_check;
	unsigned n_checks;
};

static inline struct faults *faults_of(struct world *w)
{
	return w->scenario.user;
}

static inline void script_at(struct world *w, int64_t in_ns, enum script what, unsigned host)
{
	world_at(w, w->now + in_ns, (uint64_t)what << 32 | host);
}

/* trouble.c */
/* Some trouble, by chance, to some host that runs. */
void trouble_begin(struct world *);
/* An operator orders group time to be moved. */
void trouble_order(struct world *);
/* Host @i, if it sleeps or is stopped, goes on. */
void trouble_end(struct world *, unsigned i);
/* All trouble is taken back but the liar's. */
void trouble_end_all(struct world *);

/* liar.c */
/* In half of the runs one host is a liar, by chance. */
void liar_init(struct world *);
/* Its tale goes on; the honest have none. */
void liar_go_on(struct world *);
