/* welcome.h - what a new host is told of the group: its keys, and what must be the same on all
 * hosts. */
#pragma once

#include "berkd/config/config.h"

#include <stdbool.h>
#include <stddef.h>

#define WELCOME_TEXT_MAX 4096 /* of what is told, of the key file, and of the drop-in */

struct welcome {
	char group[64];
	unsigned n_keys; /* 1 to GROUP_KEYS_MAX; the first one is sent */
	uint8_t key[GROUP_KEYS_MAX][KEY_LEN];
	uint16_t port;
	enum quorum quorum;
	unsigned max_liars, min_hosts;
};

/* What this host knows of its group.  False: it has no key, or it cannot be read. */
bool welcome_of(const struct config *, struct welcome *ret);
/* As text, and back; the latter false when that is no welcome.  A line ends nowhere in what was
 * read, and no figure is out of its range. */
void welcome_write(const struct welcome *, char ret[static WELCOME_TEXT_MAX]);
bool welcome_read(const char *text, struct welcome *ret);

/* The file with the keys. */
void welcome_key_file(const struct welcome *, char ret[static WELCOME_TEXT_MAX]);
/* The drop-in that goes with it: what differs from the defaults.  @key_file: its path.  @peer:
 * NULL, or the address of a host that multicast does not reach.  @before: NULL, or the time daemons
 * that kept the clock, with a space between two. */
void welcome_dropin(const struct welcome *, const char *key_file, const char *peer,
		    const char *before, char ret[static WELCOME_TEXT_MAX]);
/* The time daemons that such a drop-in names; "" when there were none.  False: it is none of
 * ours. */
bool welcome_before(const char *dropin, char *ret, size_t size);
