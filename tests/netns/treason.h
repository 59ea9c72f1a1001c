/* treason.h - what the traitor of test_attack has really said, for an attack that never reached
 * anybody proves nothing. */
#pragma once

#include "berk/wire.h"

#include <stdint.h>

/* The content of the file BERKD_TREASON_SAID, by type of message: words of its own that went to a
 * peer, and words of its node that were others when they were sealed. */
struct treason {
	uint64_t said[WIRE_TYPE_MAX_], bent[WIRE_TYPE_MAX_];
};
