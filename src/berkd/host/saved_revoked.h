/* saved_revoked.h - who is revoked, as a text that a later start reads. */
#pragma once

#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>

#define SAVED_REVOKED_MAX (256 * (REVOKED_MAX + 1)) /* bytes of the text, its end included */

struct saved_revoked {
	struct revoked_host host[REVOKED_MAX]; /* ids rise */
	size_t n;
};

/* Returns the length of the text. */
size_t saved_revoked_format(const struct saved_revoked *, char buf[static SAVED_REVOKED_MAX]);
/* False: it is no such text, or damaged. */
bool saved_revoked_parse(const char *text, struct saved_revoked *ret);
