/* discover.c - DISCOVER: header 16, pub 32, nonce 16, zero 70, mac 16 = 150 bytes, as the HELLO has
 * that answers it. */
#include "core/wire/discover.h"

#include "berk/wire.h"

#include <string.h>

#define DISCOVER_LEN WIRE_DISCOVER_LEN
#define AT_PUB	     16
#define AT_NONCE     48

size_t discover_encode(const struct trust *t, const uint8_t rnd[static NONCE_LEN], uint8_t *out,
		       size_t size)
{
	struct wire_header h = {.type = WIRE_DISCOVER};

	if (size < DISCOVER_LEN) {
		return 0;
	}
	memset(out, 0, DISCOVER_LEN);
	wire_header_put(&h, out);
	memcpy(out + AT_PUB, t->pub, KEY_LEN);
	memcpy(out + AT_NONCE, rnd, NONCE_LEN);
	mac_put(out, DISCOVER_LEN, t->group_key);
	return DISCOVER_LEN;
}

enum session_verdict discover_decode(const struct trust *t, const uint8_t *in, size_t len,
				     node_id *ret_id, const uint8_t **ret_nonce)
{
	if (len != DISCOVER_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_key(t, in, len)) {
		return SESSION_BAD_MAC;
	}
	enum session_verdict v = trust_check(t, in + AT_PUB);

	if (v != SESSION_OK && v != SESSION_SELF) {
		return v;
	}
	*ret_id = id_from_key(in + AT_PUB);
	*ret_nonce = in + AT_NONCE;
	return SESSION_OK;
}
