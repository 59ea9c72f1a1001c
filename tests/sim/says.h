/* says.h - what `berkctl check` says on a simulated host. */
#pragma once

#include "tests/world/world.h"

#include <stdbool.h>
#include <stdint.h>

/* Would `berkctl check` end with status 0 on host @i, which runs, now?  Bit k of @peers: it has
 * host k in peers =. */
bool says_ok(const struct world *, unsigned i, uint64_t peers);
