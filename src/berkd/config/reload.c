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

/* Report @what of each key that is @live or not, and has changed. */
static unsigned report_changes(const struct config *now, const struct config *wanted, bool live,
			       const char *what, config_report report, void *userdata)
{
	char message[256];
	unsigned n = 0;

	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		if (k->live == live && !is_same(now, wanted, k)) {
			(void)snprintf(message, sizeof(message), "%s[%s] %s: %s",
				       live ? "" : "warning: ", k->section, k->name, what);
			report(userdata, message);
			n++;
		}
	}
	return n;
}

unsigned config_report_restart(const struct config *now, const struct config *wanted,
			       config_report report, void *userdata)
{
	return report_changes(now, wanted, false, "the change takes effect only at a restart",
			      report, userdata);
}

unsigned config_report_live(const struct config *now, const struct config *wanted,
			    config_report report, void *userdata)
{
	return report_changes(now, wanted, true, "the change is in force", report, userdata);
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
