/* identity.c - the id that a secret key makes. */
#include "berkd/host/identity.h"

#include <sodium.h>

#define ID_HASH 16 /* bytes hashed, of which an id is the first 8 */

node_id identity_of(const uint8_t secret[static KEY_LEN])
{
	uint8_t pub[KEY_LEN], hash[ID_HASH];
	node_id id = 0;

	crypto_scalarmult_base(pub, secret);
	crypto_generichash(hash, sizeof(hash), pub, sizeof(pub), NULL, 0);
	for (size_t i = 0; i < sizeof(id); i++) {
		id = id << 8 | hash[i];
	}
	return id;
}
