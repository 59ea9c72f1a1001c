/* header.c - the 16 bytes in front of each packet.  The picture is in berk/wire.h. */
#include "berk/wire.h"

#include "core/wire/reader.h"
#include "core/wire/writer.h"

#include <assert.h>

static bool is_packet_type(uint64_t type)
{
	return (type >= WIRE_HELLO && type <= WIRE_DISCOVER) || type == WIRE_DATA;
}

void wire_header_put(const struct wire_header *h, uint8_t out[static WIRE_HEADER_LEN])
{
	struct writer w = {.at = out, .end = out + WIRE_HEADER_LEN};

	assert(is_packet_type(h->type));
	put_uint(&w, 'B', 1);
	put_uint(&w, 'k', 1);
	put_uint(&w, WIRE_VERSION, 1);
	put_uint(&w, h->type, 1);
	put_uint(&w, h->session, 4);
	put_uint(&w, h->counter, 8);
	assert(!w.bad);
}

enum wire_verdict wire_header_get(const uint8_t *in, size_t len, struct wire_header *ret)
{
	struct reader r = {.at = in, .end = in + len};
	uint64_t magic = get_uint(&r, 2);
	uint64_t version = get_uint(&r, 1);
	uint64_t type = get_uint(&r, 1);

	require_range(&r, magic == ('B' << 8 | 'k'));
	if (r.verdict == WIRE_OK && version != WIRE_VERSION) {
		r.verdict = WIRE_BAD_VERSION;
	}
	require_range(&r, is_packet_type(type));
	struct wire_header h = {.type = (uint8_t)type};

	h.session = (uint32_t)get_uint(&r, 4);
	h.counter = get_uint(&r, 8);
	if (r.verdict == WIRE_OK) {
		*ret = h;
	}
	return r.verdict;
}
