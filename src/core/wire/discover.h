/* discover.h - DISCOVER: a multicast call to the group, "say HELLO to me".
 *
 * It is signed with the group key and carries the caller's public key.  Anybody may keep one and
 * send it again from any address: so it is as long as the HELLO that answers it, and
 * contact_ask() says how many are answered.
 */
#pragma once

#include "core/wire/keys.h"
#include "core/wire/trust.h"

/* Write a call of ours; returns its length, 0 when @size is too small.  @rnd makes each differ. */
size_t discover_encode(const struct trust *, const uint8_t rnd[static NONCE_LEN], uint8_t *out,
		       size_t size);
/* Whose call is it?  Not SESSION_OK when that node may not come in; our own call is SESSION_OK.
 * @ret_nonce: the NONCE_LEN bytes of @in that make it differ from others. */
enum session_verdict discover_decode(const struct trust *, const uint8_t *in, size_t len,
				     node_id *ret_id, const uint8_t **ret_nonce);
