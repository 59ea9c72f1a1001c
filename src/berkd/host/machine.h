/* machine.h - which machine this is, for what must not be copied to another one. */
#pragma once

#include <stdint.h>

#define MACHINE_HASH_LEN 16

/* A hash of /etc/machine-id that is berkd's own, so that it tells nobody the id.  0, or a negative
 * errno when there is no machine id (yet).  Call before state_new(); it reads a file. */
int machine_hash(uint8_t ret[static MACHINE_HASH_LEN]);
