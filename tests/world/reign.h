/* reign.h - puppet 0 as the master of the node on the stage: it polls, hears the reply and says
 * the correction that a good master would, which the test may bend before it is said.  What the
 * node did is kept, for assertions.
 *
 * Group time is what the node's WALL would read if nobody steered it. */
#pragma once

#include "tests/world/stage.h"

struct reign {
	struct stage stage; /* first: the stage's callback gets this */
	uint64_t term, round, era;
	uint32_t poll_ms;		      /* that the master promises: a second */
	uint32_t max_drift_ppb;		      /* that it tells; 0: none */
	bool date_unknown;		      /* it says that the date is unconfirmed */
	int64_t wall_less_raw_ns;	      /* of group time */
	unsigned n_notice[NOTICE_MAX_];	      /* that the node gave */
	enum notice_level level[NOTICE_MAX_]; /* of the last one of each kind */
	unsigned n_drifts_saved;
	int64_t drift_ppb; /* the last one */
};

/* A node of @config that never stands for election, with @n_puppets that have met it. */
void reign_open(struct reign *, const struct node_config *, unsigned n_puppets);
void reign_close(struct reign *);
/* Puppet 0 polls in a new round and waits for the reply. */
const struct wire_reply *reign_poll(struct reign *);
/* The correction for the last reply that puts the node on group time, with a bound of 10 us. */
struct wire_msg reign_correction(const struct reign *);
void reign_say(struct reign *, const struct wire_msg *);
/* Poll and correct @n times, once a second, with group time @ahead_ns later than it was. */
void reign_lead(struct reign *, unsigned n, int64_t ahead_ns);
struct node_status reign_status(const struct reign *);
