/* site.h - what setup and join put on a host's disk beside its configuration, and leave takes
 * away: the group's key, and a drop-in that names it. */
#pragma once

#include "berkctl/join/welcome.h"
#include "berkd/config/config.h"

#include <stdbool.h>

#define SITE_DROPIN "group.conf"

struct site {
	struct config config; /* as it is now */
	bool has_key;	      /* in key_file or a credential */
	char folder[512], dropin[544], key_file[512];
};

/* Look at the configuration @path.  False: it has errors, which were printed. */
bool site_look(const char *path, struct site *ret);
/* Write both files; the arguments are those of welcome_dropin().  False: an error was printed, and
 * nothing is left of what was written. */
bool site_put(const struct site *, const struct welcome *, const char *peer, const char *before);
/* The time daemons that kept the clock before, as the drop-in says; false: there is none of
 * ours. */
bool site_before(const struct site *, char *ret, size_t size);
/* Take both away, but no key that the drop-in does not name.  False: an error was printed. */
bool site_clear(const struct site *);
