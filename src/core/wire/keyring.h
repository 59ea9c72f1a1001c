/* keyring.h - the keys of the group: the first is sent, all are taken, so that a key is exchanged
 * for another host by host, and nobody is left out meanwhile. */
#pragma once

#include "core/wire/trust.h"

/* The group's keys are these from now on, @first and @n others (at most GROUP_KEYS_MAX - 1).  Call
 * at the start and on reload. */
void keyring_set(struct trust *, const uint8_t first[static KEY_LEN],
		 const uint8_t (*others)[KEY_LEN], size_t n);
/* Were other keys set since the last call? */
bool keyring_take_change(struct trust *);
/* Is the key of that serial still one of them? */
bool keyring_takes(const struct trust *, uint32_t serial);
/* The serial of the first key. */
uint32_t keyring_first(const struct trust *);

/* The serial of the key under which the MAC at the end of these @len bytes is good; 0: of none that
 * is taken.  Call with a packet of a handshake. */
uint32_t keyring_serial_of(const struct trust *, const uint8_t *in, size_t len);
