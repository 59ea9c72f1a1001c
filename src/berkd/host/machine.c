/* machine.c - a hash of /etc/machine-id. */
#include "berkd/host/machine.h"

#include <assert.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* Of berkd alone, made by systemd-id128 new; another one makes each host a new one. */
#define BERKD_APP SD_ID128_MAKE(4b, 1e, 0d, 9c, 86, 53, 4f, 7a, 9e, 21, c3, 5a, 70, d8, b6, 12)

static_assert(sizeof(sd_id128_t) == MACHINE_HASH_LEN, "the hash of a machine is an id");

int machine_hash(uint8_t ret[static MACHINE_HASH_LEN])
{
	sd_id128_t id;
	int r = sd_id128_get_machine_app_specific(BERKD_APP, &id);

	if (r >= 0) {
		memcpy(ret, id.bytes, MACHINE_HASH_LEN);
	}
	return r < 0 ? r : 0;
}
