/* key.h - one key of berkd.conf: where it stands, how its text is taken, where its value goes. */
#pragma once

#include "berkd/config/config.h"

struct config_key {
	const char *section, *name;
	/* Take @value into @c; NULL, or what would be allowed. */
	const char *(*take)(struct config *c, const struct config_key *, const char *value);
	size_t offset, size; /* of the field in struct config */
	int64_t min, max;    /* of numbers; durations in ns, parts in ppb */
	bool live;	     /* may change on reload */
	size_t count;	     /* of a list: offset of its number of entries; 0: not a list */
	const char *allowed; /* in words */
};

/* The field of @k in @c. */
static inline void *config_key_field(struct config *c, const struct config_key *k)
{
	return (char *)c + k->offset;
}

/* How many entries the list @k has in @c.  Call for a list only. */
static inline size_t *config_key_count(struct config *c, const struct config_key *k)
{
	return (size_t *)(void *)((char *)c + k->count);
}
