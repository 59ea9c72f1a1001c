/* history_bytes.h - numbers as the history has them: little-endian, one after the other. */
#pragma once

#include <stdint.h>

static inline void bytes_put(uint8_t *to, unsigned len, uint64_t v)
{
	for (unsigned i = 0; i < len; i++) {
		to[i] = (uint8_t)(v >> (8 * i));
	}
}

static inline uint64_t bytes_get(const uint8_t *from, unsigned len)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < len; i++) {
		v |= (uint64_t)from[i] << (8 * i);
	}
	return v;
}
