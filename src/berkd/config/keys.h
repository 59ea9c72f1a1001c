/* keys.h - the table of keys: the one place that knows name, type, range and default of
 * each. */
#pragma once

#include "berkd/config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct config_key {
	const char *section, *name;
	/* Take @value into @c; NULL, or what would be allowed. */
	const char *(*take)(struct config *c, const struct config_key *, const char *value);
	size_t offset;	     /* of the field */
	size_t size;	     /* of the field: for comparing and copying */
	int64_t min, max;    /* of numbers; durations in ns, parts in ppb */
	bool live;	     /* may change on reload */
	bool list;	     /* may go on in further lines */
	const char *allowed; /* in words */
};

extern const struct config_key config_keys[];
extern const size_t config_n_keys;

/* 64 hex digits and nothing else. */
bool config_key_from_hex(const char *text, uint8_t out[static 32]);
/* The key, or NULL; @ret_section_known when only the section exists. */
const struct config_key *config_key_find(const char *section, const char *name,
					 bool *ret_section_known);
