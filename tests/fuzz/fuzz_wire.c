/* fuzz_wire.c - any bytes: decoded or refused; what is decoded can be encoded and decoded again. */
#include "berk/wire.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_msg m, back;
	struct wire_header h;
	uint8_t again[WIRE_MESSAGE_MAX];

	(void)wire_header_get(data, size, &h);
	if (size <= WIRE_MESSAGE_MAX && wire_decode(data, size, &m) == WIRE_OK) {
		size_t n = wire_encode(&m, again, sizeof(again));

		if (n == 0 || wire_decode(again, n, &back) != WIRE_OK) {
			abort();
		}
	}
	return 0;
}
