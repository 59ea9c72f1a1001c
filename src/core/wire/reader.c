/* reader.c - bytes as the fields of a message. */
#include "core/wire/reader.h"

#include "berk/utf8.h"

#include <assert.h>
#include <string.h>

/* The next @n bytes; NULL when the message is bad already or ends before them. */
static const uint8_t *take_bytes(struct reader *r, size_t n)
{
	const uint8_t *bytes = r->at;

	if (r->verdict != WIRE_OK) {
		return NULL;
	}
	if ((size_t)(r->end - r->at) < n) {
		r->verdict = WIRE_TRUNCATED;
		return NULL;
	}
	r->at += n;
	return bytes;
}

void require_range(struct reader *r, bool ok)
{
	if (r->verdict == WIRE_OK && !ok) {
		r->verdict = WIRE_BAD_RANGE;
	}
}

uint64_t get_uint(struct reader *r, unsigned bytes)
{
	assert(bytes >= 1 && bytes <= 8);
	const uint8_t *from = take_bytes(r, bytes);
	uint64_t v = 0;

	for (unsigned i = 0; from && i < bytes; i++) {
		v = v << 8 | from[i];
	}
	return v;
}

int64_t get_i64(struct reader *r)
{
	return (int64_t)get_uint(r, 8);
}

int64_t get_ns(struct reader *r)
{
	int64_t v = get_i64(r);

	require_range(r, v >= 0);
	return v;
}

uint8_t get_enum(struct reader *r, unsigned end)
{
	uint64_t v = get_uint(r, 1);

	require_range(r, v < end);
	return (uint8_t)v;
}

bool get_bool(struct reader *r)
{
	return get_enum(r, 2) == 1;
}

double get_rate(struct reader *r)
{
	uint64_t bits = get_uint(r, 8);
	double v;

	memcpy(&v, &bits, sizeof(v));
	require_range(r, v >= -WIRE_RATE_MAX && v <= WIRE_RATE_MAX); /* false for NaN */
	return v;
}

void get_text(struct reader *r, char *ret, size_t len)
{
	const uint8_t *from = take_bytes(r, len);

	if (!from) {
		return;
	}
	if (!utf8_is_text((const char *)from, len)) {
		r->verdict = WIRE_BAD_TEXT;
		return;
	}
	memcpy(ret, from, len);
}

void get_name(struct reader *r, char ret[NODE_NAME_MAX])
{
	size_t len = (size_t)get_uint(r, 1);

	memset(ret, 0, NODE_NAME_MAX);
	require_range(r, len < NODE_NAME_MAX);
	get_text(r, ret, len);
}

void get_padding(struct reader *r)
{
	while (r->verdict == WIRE_OK && r->at < r->end) {
		require_range(r, get_uint(r, 1) == 0);
	}
}
