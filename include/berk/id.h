/* id.h - who a node is: the first 8 bytes of BLAKE2b of its X25519 public key, as a big-endian
 * number. 0 means nobody.  Order by id is the last tie-break of every rule.
 */
#pragma once

#include "berk/limits.h"

#include <stdint.h>

typedef uint64_t node_id;

/* The id that belongs to public key @pub; never 0.  Call at any time. */
node_id id_from_key(const uint8_t pub[static KEY_LEN]);
