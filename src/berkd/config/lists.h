/* lists.h - how the text of a list is read.
 *
 * A config_take_x() is the take of a key (key.h), called once for each line of the list: it adds to
 * what there is.  When it returns what would be allowed, the words before the bad one are in.
 */
#pragma once

#include "berkd/config/key.h"

/* Numeric addresses, with or without a port. */
const char *config_take_listen(struct config *, const struct config_key *, const char *value);
/* HOST, HOST:PORT, [ADDRESS]:PORT; looked up later. */
const char *config_take_peers(struct config *, const struct config_key *, const char *value);
/* Names of interfaces. */
const char *config_take_interfaces(struct config *, const struct config_key *, const char *value);
/* WHERE=TIME: of an interface, or of a numeric address. */
const char *config_take_asymmetry(struct config *, const struct config_key *, const char *value);
/* Keys in hex, into the field of the key. */
const char *config_take_hex_keys(struct config *, const struct config_key *, const char *value);

/* 64 hex digits and nothing else.  Call for any key that a person wrote.  False: @ret is
 * garbage. */
bool config_read_hex_key(const char *text, uint8_t ret[static KEY_LEN]);
