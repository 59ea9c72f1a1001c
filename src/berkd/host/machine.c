/* machine.c - a hash of /etc/machine-id. */
#include "berkd/host/machine.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* Of berkd alone, made by systemd-id128 new; another one makes each host a new one. */
#define BERKD_APP SD_ID128_MAKE(4b, 1e, 0d, 9c, 86, 53, 4f, 7a, 9e, 21, c3, 5a, 70, d8, b6, 12)

static_assert(sizeof(sd_id128_t) == MACHINE_HASH_LEN, "the hash of a machine is an id");

/* As sd_id128_get_machine_app_specific() makes it: libelogind asks the kernel for the HMAC, which
 * many a kernel does not have. */
int machine_hash(uint8_t ret[static MACHINE_HASH_LEN])
{
	sd_id128_t id, app = BERKD_APP;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	int r = sd_id128_get_machine(&id);

	if (r < 0) {
		return r;
	}
	crypto_auth_hmacsha256_init(&state, id.bytes, sizeof(id.bytes));
	crypto_auth_hmacsha256_update(&state, app.bytes, sizeof(app.bytes));
	crypto_auth_hmacsha256_final(&state, mac);
	memcpy(ret, mac, MACHINE_HASH_LEN);
	ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x40); /* a UUID of version 4, ... */
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80); /* ... and its variant */
	return 0;
}
