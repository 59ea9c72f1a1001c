/* path.h - where people were told that a peer is, and an address that it may have moved to. */
#pragma once

#include "berk/addr.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

struct told_path {
	struct addr addr;
	mono_t at;
};

/* A packet of a peer came from another address than its own.  Whoever is on the way can make it
 * so; therefore the peer is asked there whether it hears. */
struct asked_path {
	struct addr addr; /* port 0: none */
	uint64_t token;	  /* 0: it was asked in a handshake, and has answered */
	mono_t at;
};
