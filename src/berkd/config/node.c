/* node.c - from the configuration to what the core needs: limits, group key, pinned keys. */
#include "berkd/config/node.h"

#include "berkd/config/group_key.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define KEYGEN "`berkctl keygen /etc/berkd/group.key`"

/* The group is open: its key is made of its name. */
static void open_group(const struct config *c, struct node_config *ret, config_report report,
		       void *userdata)
{
	report(userdata,
	       c->insecure
		       ? "warning: [group] key_file is not set, and insecure = yes: this is an "
			 "open group, and any host that knows its name can move this clock; " KEYGEN
			 " makes a key, the same file goes to every host"
		       : "warning: [group] key_file is not set: this is an open group, any host "
			 "that knows its name can join it, so others may move this clock by 5 s in "
			 "all until the next boot; " KEYGEN
			 " makes a key, the same file goes to every host");
	ret->open_group = true;
	ret->insecure = c->insecure;
	crypto_generichash(ret->group_key, KEY_LEN, (const uint8_t *)c->group_name,
			   strlen(c->group_name), (const uint8_t *)"berkd open group", 16);
}

int config_to_node(const struct config *c, const uint8_t secret[static 32], struct node_config *ret,
		   config_report report, void *userdata)
{
	memset(ret, 0, sizeof(*ret)); /* a copy here would leave the keys on the stack */
	ret->member_keys = c->n_member_keys ? c->member_keys : NULL;
	ret->n_member_keys = c->n_member_keys;
	ret->master_keys = c->n_master_keys ? c->master_keys : NULL;
	ret->n_master_keys = c->n_master_keys;
	ret->orders = c->orders;
	ret->mode = c->mode;
	ret->quorum = c->quorum;
	ret->priority = c->priority;
	ret->poll_ns_min = c->poll_ns_min;
	ret->poll_ns = c->poll_ns;
	ret->precision_ns = c->precision_ns;
	ret->max_drift_ppb = c->max_drift_ppb;
	ret->max_slew_ppb = c->max_slew_ppb;
	ret->step_threshold_ns = c->step_threshold_ns;
	ret->max_correction_ns = c->max_correction_ns;
	ret->max_accumulated_ns = c->max_accumulated_ns;
	ret->max_delay_ns = c->max_delay_ns;
	ret->max_skew_ns = c->max_skew_ns;
	ret->max_liars = c->max_liars;
	ret->forget_ns = c->forget_ns;
	ret->min_hosts = c->min_hosts;
	ret->ignores_leaps = c->leap == 1;
	ret->max_first_step_ns = c->max_first_step_ns;
	ret->discovery = c->discovery;
	memcpy(ret->name, c->node_name, sizeof(ret->name));
	memcpy(ret->secret, secret, KEY_LEN);
	int r = group_keys_read(c, ret, report, userdata);

	if (r == -ENOENT && !c->key_file[0]) {
		open_group(c, ret, report, userdata);
		r = 0;
	}
	if (r < 0) {
		sodium_memzero(ret, sizeof(*ret));
	}
	return r;
}
