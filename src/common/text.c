/* text.c - escaping of foreign text.  A peer's line must not move the cursor, retitle the terminal,
 * forge a second log line or write from right to left over what stands before it. */
#include "common/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The character at @in: its length, and itself in @ret; 0 when it is not UTF-8 (Unicode, table
 * 3-7: shortest forms only, no surrogates, nothing above U+10FFFF). */
static size_t decode(const uint8_t *in, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = in[0] < 0x80		  ? 1
		   : (in[0] >> 5) == 0x06 ? 2
		   : (in[0] >> 4) == 0x0e ? 3
		   : (in[0] >> 3) == 0x1e ? 4
					  : 0;

	if (n == 0 || n > len) {
		return 0;
	}
	uint32_t c = n == 1 ? in[0] : in[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if ((in[i] & 0xc0) != 0x80) {
			return 0;
		}
		c = c << 6 | (in[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		return 0;
	}
	*ret = c;
	return n;
}

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

static char hex(uint32_t v)
{
	return "0123456789abcdef"[v & 0xf];
}

size_t text_escape(const char *in, size_t len, char *out, size_t size)
{
	size_t o = 0, used;

	assert(size > 0);
	for (size_t i = 0; i < len; i += used) {
		uint32_t c = 0;
		char piece[8];
		size_t n;

		used = decode((const uint8_t *)in + i, len - i, &c);
		if (used == 0 || is_control(c)) {
			uint8_t byte = (uint8_t)in[i];

			used = 1; /* of a C1 character its second byte comes next, and is not UTF-8
				   */
			piece[0] = '\\';
			piece[1] = 'x';
			piece[2] = hex(byte >> 4);
			piece[3] = hex(byte);
			n = 4;
		} else if (is_unseen(c)) {
			piece[0] = '\\';
			piece[1] = 'u';
			piece[2] = '{';
			for (unsigned k = 0; k < 4; k++) {
				piece[3 + k] = hex(c >> (12 - 4 * k));
			}
			piece[7] = '}';
			n = 8;
		} else {
			n = used;
			memcpy(piece, in + i, n);
			if (c == '\\') {
				piece[n++] = '\\';
			}
		}
		if (n >= size - o) {
			break;
		}
		memcpy(out + o, piece, n);
		o += n;
	}
	out[o] = '\0';
	return o;
}
