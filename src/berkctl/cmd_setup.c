/* cmd_setup.c - the first host of a group. */
#include "berkctl/berkctl.h"
#include "berkctl/join/takeover.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static void new_group(const struct config *c, struct welcome *ret)
{
	*ret = (struct welcome){.n_keys = 1,
				.port = c->port,
				.quorum = c->quorum,
				.max_liars = c->max_liars,
				.min_hosts = c->min_hosts};
	(void)snprintf(ret->group, sizeof(ret->group), "%s", c->group_name);
	randombytes_buf(ret->key[0], KEY_LEN);
}

static int set_up(const struct ctl *ctl, const struct site *s)
{
	int status;
	char rivals[SERVICE_UNITS_MAX];
	struct welcome w;
	bool good;

	if (s->has_key) {
		takeover_say(ctl, "* The group %s has its key: it stays.\n", s->config.group_name);
	} else {
		takeover_say(ctl, "* The group %s gets a new key: %s, which %s names.\n",
			     s->config.group_name, s->key_file, s->dropin);
	}
	if (!takeover_begin(ctl, &s->config, rivals, &status)) {
		return status;
	}
	if (s->has_key) {
		good = takeover_start(&s->config, rivals);
	} else {
		new_group(&s->config, &w);
		good = takeover_put(s, &w, NULL, rivals);
		sodium_memzero(&w, sizeof(w));
	}
	if (!good || (service_is_managed() && !takeover_await(ctl))) {
		return CTL_FAILED;
	}
	if (!service_is_managed()) {
		(void)takeover_by_hand(ctl, s);
	}
	takeover_say(ctl, "This host is in the group %s, and alone until others join.\n\n",
		     s->config.group_name);
	return cmd_invite(ctl);
}

int cmd_setup(const struct ctl *ctl)
{
	if (!invite_time_is_good(ctl)) {
		return CTL_USAGE;
	}
	struct site *s = takeover_look(ctl);
	int status = s ? set_up(ctl, s) : CTL_FAILED;

	free(s);
	return status;
}
