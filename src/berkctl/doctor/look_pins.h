/* look_pins.h - whom the configuration on disk pins, and whether the daemon holds the same. */
#pragma once

#include "berkctl/pins.h"

#include <jansson.h>

/* The members that @config and its drop-ins name, without names, in @ret.  False: they cannot be
 * read, or the daemon's @answer to Trust is another list, which was printed.  What a daemon says is
 * no reason to write a list: it may have been taken over. */
bool look_pins_agree(const char *config, const json_t *answer, struct pins *ret);
