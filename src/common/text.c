/* text.c - escaping of foreign text.  A peer's line must not move the cursor, retitle the terminal,
 * forge a second log line or write from right to left over what stands before it. */
#include "common/text.h"

#include "berk/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PIECE_MAX 16 /* "\\u{10ffff}" */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Marks, embeddings, overrides and isolates of the bidirectional algorithm; line separators. */
static bool is_unseen(uint32_t c)
{
	return c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Put the first character of the @len bytes at @in into @piece as it is to be shown, and return its
 * length there.  @ret_used: how many bytes of @in it takes. */
static size_t escape_first(const char *in, size_t len, char piece[static PIECE_MAX],
			   size_t *ret_used)
{
	uint32_t c = 0;
	size_t used = utf8_decode((const uint8_t *)in, len, &c);

	if (used == 0 || is_control(c)) {
		*ret_used = 1; /* the second byte of a C1 character comes next, and is not UTF-8 */
		return (size_t)snprintf(piece, PIECE_MAX, "\\x%02x", (unsigned)(uint8_t)in[0]);
	}
	*ret_used = used;
	if (is_unseen(c)) {
		return (size_t)snprintf(piece, PIECE_MAX, "\\u{%04x}", (unsigned)c);
	}
	memcpy(piece, in, used);
	if (c == '\\') {
		piece[used++] = '\\';
	}
	return used;
}

size_t text_escape(const char *in, size_t len, char *out, size_t size)
{
	size_t o = 0, used;

	assert(size > 0);
	for (size_t i = 0; i < len; i += used) {
		char piece[PIECE_MAX];
		size_t n = escape_first(in + i, len - i, piece, &used);

		if (n >= size - o) {
			break;
		}
		memcpy(out + o, piece, n);
		o += n;
	}
	out[o] = '\0';
	return o;
}
