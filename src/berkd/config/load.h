/* load.h - berkd.conf and its drop-ins, read and checked. */
#pragma once

#include "berkd/config/config.h"

/* Read @path and @path.d/\*.conf (in name order).  Reports every error found, not just the first;
 * returns 0, -EINVAL when there was any error, or -errno when the main file cannot be read.  @ret
 * is valid only on 0.  Call at start and at each reload; it blocks on the disk. */
int config_load(const char *path, struct config *ret, config_report report, void *userdata);
/* The same for @len bytes of text that came from @file, over what @c holds by now; returns how many
 * errors it has.  Call after config_defaults(), for drop-ins, tests and fuzzing. */
unsigned config_parse(struct config *c, const char *file, const char *text, size_t len,
		      config_report report, void *userdata);
