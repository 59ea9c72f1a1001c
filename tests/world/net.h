/* net.h - what a packet suffers between two hosts: delay, loss, copies, cut links, an adversary. */
#pragma once

#include "berk/rng.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

#define NET_LINKS_MAX                                                                              \
	64 /* hosts up to this number have a link state of their own per direction                 \
	    */

enum shape {
	SHAPE_EXP,
	SHAPE_GAMMA,
	SHAPE_PARETO,
	SHAPE_SUMEXP,
	SHAPE_UNIFORM,
	SHAPE_NETEM,
	SHAPE_RARE
};

struct net {
	const char *name;
	int64_t base_ns, jitter_ns; /* one way; jitter is the mean of what is added */
	enum shape shape;
	double shape_k;	  /* of gamma or Pareto */
	double asym;	  /* share of the jitter on the way to the lower-numbered host; 0.5: even */
	double loss;	  /* probability, per packet */
	double dup;	  /* a second copy */
	double reorder;	  /* held back by 20 ms on the average */
	int64_t grain_ns; /* of time stamps */
	int64_t route_at, route_end; /* from then on ... */
	int64_t route_extra_ns;	     /* ... what host 1 sends takes so much longer */
	uint64_t cut[NET_LINKS_MAX]; /* [from], bit to: nothing passes */
	int64_t extra_ns[NET_LINKS_MAX][NET_LINKS_MAX]; /* an adversary's delay, [from][to] */
};

/* lan, noisy or wan, as in doc/benchmarks.md. */
bool net_named(const char *name, struct net *ret);
/* exp, gamma (k 2), pareto (k 2.5: finite variance), sumexp (two of half the mean), uniform (0
 * .. twice the mean, as netem's), rare (97 of 100 packets to a higher number wait for 30 times
 * the jitter, which comes on top of the mean). */
bool net_shape(struct net *, const char *name);
bool net_is_cut(const struct net *, unsigned from, unsigned to);
/* Draw what happens to a packet sent at @now: how many copies arrive, and after how long. */
unsigned net_send(const struct net *, unsigned from, unsigned to, int64_t now, struct rng *,
		  int64_t ret_delay_ns[2]);
