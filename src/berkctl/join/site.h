/* site.h - what setup and join put on a host's disk beside its configuration, and leave takes
 * away: the group's key, and a drop-in that names it. */
#pragma once

#include "berkctl/join/welcome.h"
#include "berkd/config/config.h"

#include <stdbool.h>

#define SITE_DROPIN "group.conf"

struct site {
	struct config config; /* as it is now */
	bool has_key;	      /* in key_file */
	char path[256], folder[264], dropin[288], key_file[288];
};

/* Look at the configuration @path.  False: it has errors, its key cannot be read, or the drop-in is
 * somebody else's, which was printed. */
bool site_look(const char *path, struct site *ret);
/* Write both files, with the arguments of welcome_dropin(), and see that they are what the whole
 * configuration says then.  False: an error was printed, and nothing is left of what was
 * written. */
bool site_put(const struct site *, const struct welcome *, const char *peer, const char *before);
/* Take away what site_put() wrote, just now. */
void site_take_back(const struct site *);
/* The time daemons that kept the clock before, as the drop-in says; false: there is none. */
bool site_before(const struct site *, char *ret, size_t size);
/* Take both files away, but no key that the configuration does not name.  False: an error was
 * printed. */
bool site_clear(const struct site *);
