/* reader.h - reads the fields of a message, checks each, and never reads past the end.
 *
 * A reader keeps the verdict on the first bad field; after it all fields read as 0.  So a
 * message is read to its end without a test after each field, and only then is the verdict
 * asked.  Loops over a count that was read stop when the verdict is no longer WIRE_OK. */
#pragma once

#include "berk/limits.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at, *end;
	enum wire_verdict verdict;
};

/* WIRE_BAD_RANGE, unless @ok holds of what was read. */
void require_range(struct reader *, bool ok);
/* A number of @bytes (1 to 8) bytes. */
uint64_t get_uint(struct reader *, unsigned bytes);
/* Eight bytes, two's complement. */
int64_t get_i64(struct reader *);
/* Eight bytes: an interval or error in ns that is not negative. */
int64_t get_ns(struct reader *);
/* One byte below @end. */
uint8_t get_enum(struct reader *, unsigned end);
/* One byte, 0 or 1. */
bool get_bool(struct reader *);
/* A rate in s/s: a double within +-0.01, for no oscillator is off by a percent. */
double get_rate(struct reader *);
/* @len bytes of UTF-8 without NUL, at least one; WIRE_BAD_TEXT otherwise. */
void get_text(struct reader *, char *ret, size_t len);
/* A name (put_name()), filled up with NULs. */
void get_name(struct reader *, char ret[NODE_NAME_MAX]);
/* All that is left: zeros. */
void get_padding(struct reader *);
