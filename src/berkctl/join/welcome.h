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

/* What this host knows of its group.  0; -ENOENT without complaint: it has no key; else negative
 * errno, and what is wrong was reported. */
int welcome_of(const struct config *, struct welcome *ret, config_report report);
/* As text, and back; the latter false when that is no welcome.  A line ends nowhere in what was
 * read, and no figure is out of its range. */
void welcome_write(const struct welcome *, char ret[static WELCOME_TEXT_MAX]);
bool welcome_read(const char *text, struct welcome *ret);

/* The file with the keys. */
void welcome_key_file(const struct welcome *, char ret[static WELCOME_TEXT_MAX]);
/* The drop-in that goes with it: what @now, the configuration of this host, has otherwise.
 * @key_file: its path.  @peer: NULL, or the address of a host that multicast does not reach.
 * @before: NULL, or the time daemons that kept the clock, with a space between two.  False: it does
 * not fit. */
bool welcome_dropin(const struct welcome *, const struct config *now, const char *key_file,
		    const char *peer, const char *before, char ret[static WELCOME_TEXT_MAX]);
/* The first of these that @c has otherwise, as "[group] name"; NULL: none. */
const char *welcome_differs(const struct welcome *, const struct config *c, const char *key_file,
			    const char *peer);
/* The time daemons that such a drop-in names; "" when there were none.  False: it is none of
 * ours. */
bool welcome_before(const char *dropin, char *ret, size_t size);
