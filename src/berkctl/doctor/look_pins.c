/* look_pins.c - see look_pins.h. */
#include "berkctl/doctor/look_pins.h"

#include "berkctl/view.h"
#include "berkd/config/load.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain(void *userdata, const char *message)
{
	(void)userdata;
	(void)fprintf(stderr, "berkctl: %s\n", message);
}

static int look(const char *config, struct pins *ret)
{
	struct config *c = malloc(sizeof(*c));
	char hex[PIN_KEY_LEN + 1];
	int r = c ? config_load(config, c, complain, NULL) : -ENOMEM;

	ret->n = 0;
	for (size_t i = 0; r == 0 && i < c->n_member_keys; i++) {
		sodium_bin2hex(hex, sizeof(hex), c->member_keys[i], KEY_LEN);
		(void)pins_add(ret, hex, ""); /* the configuration takes no more of them */
	}
	free(c);
	return r;
}

bool look_pins_agree(const char *config, const json_t *answer, struct pins *ret)
{
	const json_t *h;
	size_t i, n_held = 0;
	int r = look(config, ret);
	bool same = r == 0;

	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		bool on_disk = pins_has(ret, view_raw(h, "public_key"));
		bool self = strcmp(view_raw(h, "trust"), "self") == 0; /* it needs no pin */

		n_held += on_disk;
		same = same && (self || view_true(h, "pinned") == on_disk);
	}
	if (r == 0 && (!same || n_held != ret->n)) {
		(void)fprintf(stderr,
			      "berkctl: the daemon holds another list of members than %s and its "
			      "drop-ins say: run berkctl reload, and if that does not mend it, do "
			      "not trust this daemon.  Nothing was changed\n",
			      config);
	}
	return same && n_held == ret->n;
}
