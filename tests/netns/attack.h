/* attack.h - the lanes of test_attack, by who attacks. */
#pragma once

#include "netns/lib/lanes.h"

#define PORT 5252
#define SLOW 2 /* what takes a time takes this many times as long on a machine that is loaded */

static inline double seconds_since(int64_t then)
{
	return (double)(truth_now() - then) / 1e9;
}

extern const struct lane lanes_outside[], lanes_rights[];
extern const size_t n_lanes_outside, n_lanes_rights;
