/* identity.h - a secret key as a text, and the id that it makes. */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"
#include "berkd/host/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define IDENTITY_TEXT_MAX (2 * KEY_LEN + 1 + 2 * MACHINE_HASH_LEN + 1) /* its end included */

/* That of the host with the key @secret, as the core makes it.  Call before there is a node to
 * ask. */
node_id identity_of(const uint8_t secret[static KEY_LEN]);
/* The key and the @machine that it is bound to (MACHINE_HASH_LEN bytes; NULL: none) as a text,
 * both in hex. */
void identity_format(char ret[static IDENTITY_TEXT_MAX], const uint8_t secret[static KEY_LEN],
		     const uint8_t *machine);
/* What identity_format() has written; @ret_bound: there is a machine.  False: it is no such
 * text, and nothing returned is of any meaning. */
bool identity_parse(const char *text, uint8_t ret_secret[static KEY_LEN], bool *ret_bound,
		    uint8_t ret_machine[static MACHINE_HASH_LEN]);
