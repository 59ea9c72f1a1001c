/* utf8.h - UTF-8 in the text of peers, files and people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character that the @len bytes at @in (1 or more) begin with, and the character
 * in @ret; 0, and @ret as it was, when they begin with none: it is cut, not in its shortest form, a
 * surrogate, or above U+10FFFF (Unicode, table 3-7). */
static inline size_t utf8_decode(const uint8_t *in, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	/* The first byte begins with a one for each byte of the character, or with none if it is
	 * alone. */
	unsigned n_ones = (unsigned)__builtin_clz(~((uint32_t)in[0] << 24));
	size_t n = n_ones == 0 ? 1 : n_ones;
	uint32_t c = in[0] & (0x7fU >> n_ones);

	if (n_ones == 1 || n_ones > 4 || n > len) {
		return 0;
	}
	for (size_t i = 1; i < n; i++) {
		if ((in[i] & 0xc0) != 0x80) {
			return 0;
		}
		c = c << 6 | (in[i] & 0x3fU);
	}
	if (c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff) {
		return 0;
	}
	*ret = c;
	return n;
}

/* Are the @len bytes at @in text: UTF-8, without NUL, and not empty? */
static inline bool utf8_is_text(const char *in, size_t len)
{
	size_t used;

	for (size_t i = 0; i < len; i += used) {
		uint32_t c = 0;

		used = utf8_decode((const uint8_t *)in + i, len - i, &c);
		if (used == 0 || c == 0) {
			return false;
		}
	}
	return len > 0;
}
