/* writer.c - the fields of a message as bytes. */
#include "core/wire/writer.h"

#include <assert.h>
#include <string.h>

/* The place of the next @n bytes; NULL, and a bad writer, when they do not fit. */
static uint8_t *take_room(struct writer *w, size_t n)
{
	uint8_t *room = w->at;

	if ((size_t)(w->end - w->at) < n) {
		w->bad = true;
		return NULL;
	}
	w->at += n;
	return room;
}

void put_uint(struct writer *w, uint64_t v, unsigned bytes)
{
	assert(bytes >= 1 && bytes <= 8);
	uint8_t *to = take_room(w, bytes);

	for (unsigned i = 0; to && i < bytes; i++) {
		to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
	}
}

void put_i64(struct writer *w, int64_t v)
{
	put_uint(w, (uint64_t)v, 8);
}

void put_bytes(struct writer *w, const void *data, size_t len)
{
	uint8_t *to = take_room(w, len);

	if (to) {
		memcpy(to, data, len);
	}
}

void put_rate(struct writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_uint(w, bits, 8);
}

void put_name(struct writer *w, const char name[NODE_NAME_MAX])
{
	size_t len = strnlen(name, NODE_NAME_MAX - 1);

	put_uint(w, len, 1);
	put_bytes(w, name, len);
}

void put_padding(struct writer *w, const uint8_t *start, size_t len)
{
	while (!w->bad && (size_t)(w->at - start) < len) {
		put_uint(w, 0, 1);
	}
}
