/* lie.h - a node, and a master that says what the test wants. */
#pragma once

#include "core/node/state.h"
#include "tests/world/master.h"

#define YEAR_NS	  (INT64_C(31557600) * NS_PER_S)
#define DAY_NS	  (86400 * NS_PER_S)
#define HOUR_NS	  (3600 * NS_PER_S)
#define MINUTE_NS (60 * NS_PER_S)

/* A node, its master, and what the master has made of the node's clock. */
struct deceit {
	struct stage s; /* first: the stage's callback gets this */
	struct master m;
	struct node_saved disk;
	int64_t wall_less_raw_ns; /* before the lies */
	unsigned n_steps, n_order_refused, n_held, n_hold_ended, n_tripped[LIMIT_MAX_];
	bool forgets_rate; /* at the next start, its own is not known */
	bool keeps_still;  /* its corrections allow no step */
};

extern const struct wire_poll lie_confirmed;

/* Settled under a master that has said nothing yet but what is so; in an open group? */
void lie_begin(struct deceit *, bool open);
/* How far its clock is from where its oscillator would have taken it. */
int64_t lie_moved_ns(const struct deceit *);
void lie_poll(struct deceit *, const struct wire_poll *with);
void lie_correct(struct deceit *, const struct wire_correct *with);
/* Puppet @k leads from now on, in a term above. */
void lie_next_term(struct deceit *, unsigned k);
/* Wants the clock to go @ns further, again and again for @for_ns. */
void lie_want(struct deceit *, const struct wire_poll *, int64_t ns, int64_t for_ns);
/* A rate of @rate, and no offset beside it, for so long, once in ten seconds. */
void lie_want_rate(struct deceit *, double rate, int64_t for_ns);
/* The daemon is started again, or the host is. */
void lie_start_anew(struct deceit *, bool reboot);
