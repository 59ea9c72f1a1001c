/* identity.c - a secret key as a text, and the id that it makes. */
#include "berkd/host/identity.h"

#include <sodium.h>
#include <string.h>

node_id identity_of(const uint8_t secret[static KEY_LEN])
{
	uint8_t pub[KEY_LEN];

	crypto_scalarmult_base(pub, secret);
	return id_from_key(pub);
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

bool identity_parse(const char *text, uint8_t ret_secret[static KEY_LEN], bool *ret_bound,
		    uint8_t ret_machine[static MACHINE_HASH_LEN])
{
	const char *end;
	size_t len;

	if (sodium_hex2bin(ret_secret, KEY_LEN, text, strlen(text), NULL, &len, &end) != 0 ||
	    len != KEY_LEN) {
		return false;
	}
	*ret_bound = *end == ' ';
	return !*ret_bound ? *end == '\0'
			   : sodium_hex2bin(ret_machine, MACHINE_HASH_LEN, end + 1, strlen(end + 1),
					    NULL, &len, NULL) == 0 &&
				     len == MACHINE_HASH_LEN;
}
