/* identity.h - the id that a secret key makes. */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"

#include <stdint.h>

/* That of the host with the key @secret, as the core makes it.  Call before there is a node to ask. */
node_id identity_of(const uint8_t secret[static KEY_LEN]);
