/* keys.h - the table of keys: the one place that knows name, type and range of each. */
#pragma once

#include "berkd/config/key.h"

extern const struct config_key config_keys[];
extern const size_t config_n_keys;

/* The key, or NULL; @ret_section_known when only the section exists.  Call with any text: it is
 * compared, never trusted. */
const struct config_key *config_key_find(const char *section, const char *name,
					 bool *ret_section_known);
