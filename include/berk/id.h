/* id.h - who a node is: the first 8 bytes of BLAKE2b of its X25519 public key, as a big-endian
 * number. 0 means nobody.  Order by id is the last tie-break of every rule.
 */
#pragma once

#include <stdint.h>

typedef uint64_t node_id;
