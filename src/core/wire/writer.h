/* writer.h - writes the fields of a message, big-endian, into a buffer that it never overruns.
 *
 * A writer goes bad at the first field that does not fit and stays bad; so only the end of a
 * message is asked whether all went well.
 */
#pragma once

#include "berk/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	uint8_t *at, *end;
	bool bad;
};

/* The lowest @bytes (1 to 8) bytes of @v. */
void put_uint(struct writer *, uint64_t v, unsigned bytes);
/* Eight bytes, two's complement. */
void put_i64(struct writer *, int64_t v);
/* @len bytes as they are. */
void put_bytes(struct writer *, const void *data, size_t len);
/* A rate in s/s: the eight bytes of an IEEE 754 double. */
void put_rate(struct writer *, double v);
/* A name: its length (one byte), then its bytes without the NUL. */
void put_name(struct writer *, const char name[NODE_NAME_MAX]);
/* Zeros, until @len bytes stand behind @start.  Call when all other fields of a request are
 * written: requests are as long as their replies, so that nobody makes us send more than he
 * sends. */
void put_padding(struct writer *, const uint8_t *start, size_t len);
