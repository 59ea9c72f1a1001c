/* reload.c - which changes of berkd.conf a running daemon takes over. */
#include "berkd/config/reload.h"

#include "berkd/config/keys.h"

#include <stdio.h>
#include <string.h>

static bool is_same(const struct config *a, const struct config *b, const struct config_key *k)
{
	const char *x = (const char *)a, *y = (const char *)b;

	if (k->count && memcmp(x + k->count, y + k->count, sizeof(size_t)) != 0) {
		return false;
	}
	return memcmp(x + k->offset, y + k->offset, k->size) == 0;
}

unsigned config_needs_restart(const struct config *now, const struct config *wanted,
			      config_report report, void *userdata)
{
	char message[256];
	unsigned n = 0;

	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		if (!k->live && !is_same(now, wanted, k)) {
			(void)snprintf(
				message, sizeof(message),
				"warning: [%s] %s: the change takes effect only at a restart",
				k->section, k->name);
			report(userdata, message);
			n++;
		}
	}
	return n;
}

void config_take_live(struct config *now, const struct config *wanted)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		if (!k->live) {
			continue;
		}
		memcpy((char *)now + k->offset, (const char *)wanted + k->offset, k->size);
		if (k->count) {
			memcpy((char *)now + k->count, (const char *)wanted + k->count,
			       sizeof(size_t));
		}
	}
}
