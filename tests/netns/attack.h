/* attack.h - the lanes of test_attack, by who attacks. */
#pragma once

#include "netns/lib/lanes.h"
#include "netns/treason.h"

#define PORT 5252
#define SLOW 2 /* what takes a time takes this many times as long on a machine that is loaded */

static inline double seconds_since(int64_t then)
{
	return (double)(truth_now() - then) / 1e9;
}

#define TREASON_WHEN SANDBOX_DIR "/treason" /* the traitor begins once this exists, ... */
#define TREASON_SAID SANDBOX_DIR "/said"    /* ...and what it has said is here */

/* Four hosts or so, and @traitor that will do as case @treason of treason.c says once it is told; they
 * are a group. */
void treason_plan(struct group *, unsigned traitor, const char *treason);
void treason_begin(void);
/* How many messages of @type it has sent by now that are not what an honest host would have said. */
uint64_t treason_count(enum wire_type type);

extern const struct lane lanes_outside[], lanes_rights[];
extern const size_t n_lanes_outside, n_lanes_rights;
