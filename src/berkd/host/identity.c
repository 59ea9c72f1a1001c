/* identity.c - a secret key as a text, and the id that it makes. */
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

void identity_format(char ret[static IDENTITY_TEXT_MAX], const uint8_t secret[static KEY_LEN],
		     const uint8_t *machine)
{
	sodium_bin2hex(ret, IDENTITY_TEXT_MAX, secret, KEY_LEN);
	if (machine) {
		ret[2 * KEY_LEN] = ' ';
		sodium_bin2hex(ret + 2 * KEY_LEN + 1, 2 * MACHINE_HASH_LEN + 1, machine,
			       MACHINE_HASH_LEN);
	}
}
