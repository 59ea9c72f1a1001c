/* config.c - what holds where berkd.conf says nothing. */
#include "berkd/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void config_defaults(struct config *c)
{
	const char *state = getenv("STATE_DIRECTORY");

	memset(c, 0, sizeof(*c));
	(void)snprintf(c->group_name, sizeof(c->group_name), "berkd");
	c->quorum = QUORUM_ISLAND;
	c->max_liars = 1;
	c->forget_ns = 600 * NS_PER_S;
	c->min_hosts = 2;
	if (gethostname(c->node_name, sizeof(c->node_name) - 1) != 0 || c->node_name[0] == '\0') {
		(void)snprintf(c->node_name, sizeof(c->node_name), "localhost");
	}
	c->priority = 100;
	c->port = 5252;
	c->ipv4 = c->ipv6 = c->discovery = c->netlink = true;
	c->timestamping = CONFIG_STAMPS_AUTO;
	c->poll_ns = NS_PER_S;
	c->poll_ns_min = 250 * NS_PER_MS;
	c->step_threshold_ns = 100 * NS_PER_MS;
	c->max_first_step_ns = 3600 * NS_PER_S;
	c->max_slew_ppb = 50000000;
	c->max_drift_ppb = 100000;
	c->max_correction_ns = NS_PER_S;
	c->max_accumulated_ns = 10 * NS_PER_S;
	c->max_delay_ns = 500 * NS_PER_MS;
	c->max_skew_ns = 10 * NS_PER_MS;
	c->virtual_seed = 1;
	c->control = c->state = true;
	c->history_bytes = UINT64_C(16) << 20;
	(void)snprintf(c->user, sizeof(c->user), "berkd");
	(void)snprintf(c->control_path, sizeof(c->control_path), "/run/berkd/control");
	(void)snprintf(c->status_path, sizeof(c->status_path), "/run/berkd/status");
	(void)snprintf(c->control_group, sizeof(c->control_group), "berkd");
	c->wait_hosts = 1;
	c->wait_timeout_ns = 180 * NS_PER_S;
	c->log_level = LEVEL_INFO;
	(void)snprintf(c->state_dir, sizeof(c->state_dir), "%s",
		       state && *state && !strchr(state, ':') ? state : "/var/lib/berkd");
}

static bool is_loopback(const struct addr *a)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff}, v6[16] = {[15] = 1};

	return (memcmp(a->ip, v4, sizeof(v4)) == 0 && a->ip[12] == 127) ||
	       memcmp(a->ip, v6, sizeof(v6)) == 0;
}

bool config_is_own_addr(const struct config *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_listen; i++) {
		if (is_loopback(&c->listen[i])) {
			return false; /* others may listen at other addresses of it */
		}
	}
	return is_loopback(a) && a->port == c->port;
}
