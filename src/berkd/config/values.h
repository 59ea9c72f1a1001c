/* values.h - how the text of a value is read: numbers, times, words, texts.
 *
 * A config_take_x() is the take of a key (key.h).  Call it with a key whose field has the type that
 * is named here; it leaves the field alone when it returns what would be allowed.
 */
#pragma once

#include "berkd/config/key.h"

/* A time with its unit, within the limits of the key: int64_t, ns. */
const char *config_take_time(struct config *, const struct config_key *, const char *value);
/* The same, or "never": INT64_MAX. */
const char *config_take_time_or_never(struct config *, const struct config_key *,
				      const char *value);
/* A part of one as ppb, ppm or %: int64_t, ppb. */
const char *config_take_part(struct config *, const struct config_key *, const char *value);
/* The same for the virtual oscillator: double, ppm. */
const char *config_take_ppm(struct config *, const struct config_key *, const char *value);
/* A whole number of 0 or more: an unsigned field of 1, 2, 4 or 8 bytes. */
const char *config_take_whole(struct config *, const struct config_key *, const char *value);
/* Bytes, with K, M or G of 1024 each, within the limits of the key, or 0: uint64_t. */
const char *config_take_size(struct config *, const struct config_key *, const char *value);
/* yes or no, and their synonyms: bool. */
const char *config_take_bool(struct config *, const struct config_key *, const char *value);
/* One of @words, which ends with NULL, as its index: an enum of the size of int. */
const char *config_take_word(struct config *, const struct config_key *, const char *value,
			     const char *const *words);
/* UTF-8 that fits: an array of char.  With a least value of 1 it must not be empty. */
const char *config_take_text(struct config *, const struct config_key *, const char *value);
/* The same for an absolute path, which means the same whatever the working directory is. */
const char *config_take_path(struct config *, const struct config_key *, const char *value);

/* Call for what is only a part of a value.  False, and @ret as it was, when @text is no such thing
 * or beyond the limits of the key. */
bool config_read_time(const char *text, const struct config_key *, int64_t *ret_ns);
bool config_read_bool(const char *text, bool *ret);
