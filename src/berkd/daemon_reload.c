/* daemon_reload.c - the configuration is read again, and what may change live is taken over. */
#include "berkd/daemon_reload.h"

#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/contacts.h"
#include "berkd/feed.h"
#include "berkd/host/floor.h"
#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/state.h"
#include "berkd/net/lookup.h"
#include "berkd/net/resolver.h"
#include "berkd/net/udp.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int daemon_node_config(const struct daemon *d, const struct config *config, struct node_config *ret,
		       config_report report, void *userdata)
{
	int r = config_to_node(config, state_secret(d->state), ret, report, userdata);

	if (r == 0) {
		ret->freq_ppb_max = d->clock->ops->freq_ppb_max;
		ret->floor = floor_of_time(state_saved_time(d->state), floor_files);
		ret->ceiling = ceiling_of_time();
		ret->reset = reset_of_time(floor_files);
		ret->earliest = earliest_order();
	}
	return r;
}

static void no_report(void *userdata, const char *message)
{
	(void)userdata; /* the same was reported a moment ago */
	(void)message;
}

/* Names that were looked up before keep their addresses until they are looked up again. */
static void keep_addresses(const struct config *old, struct config *wanted)
{
	for (size_t i = 0; i < wanted->n_peers; i++) {
		for (size_t j = 0; wanted->peers[i].n_addr == 0 && j < old->n_peers; j++) {
			if (strcmp(wanted->peers[i].text, old->peers[j].text) == 0) {
				wanted->peers[i] = old->peers[j];
			}
		}
	}
}

static int take_config(struct daemon *d, struct config *wanted, config_report report,
		       void *userdata)
{
	struct node_config node;
	int r = daemon_node_config(d, wanted, &node, report, userdata);

	if (r < 0) {
		return r;
	}
	(void)config_needs_restart(&d->config, wanted, report, userdata);
	keep_addresses(&d->config, wanted);
	contacts_remove(d, wanted);
	config_take_live(&d->config, wanted);
	lookup_numeric(&d->config);
	r = daemon_node_config(d, &d->config, &node, no_report, NULL);
	if (r < 0) {
		return r;
	}
	node_reconfigure(d->node, &node);
	sodium_memzero(&node, sizeof(node));
	contacts_add(d);
	feed_type(d, EV_TIMER); /* who is trusted no more is gone now */
	resolver_start(d->resolver);
	udp_refresh(d->udp);
	log_set_level(d->config.log_level);
	return 0;
}

int daemon_reload(struct daemon *d, config_report report, void *userdata)
{
	struct config *wanted = malloc(sizeof(*wanted));

	assert(!d->feeding);
	if (!wanted) {
		return -ENOMEM;
	}
	notify_reloading();
	int r = config_load(d->config.path, wanted, report, userdata);

	if (r == 0) {
		r = take_config(d, wanted, report, userdata);
	}
	if (r < 0) {
		log_warning("The configuration was not taken over: %s; keeping the old one",
			    strerror(-r));
	} else {
		log_info("Configuration %s was read again", d->config.path);
	}
	free(wanted);
	notify_ready();
	return r;
}
