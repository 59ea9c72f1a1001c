/* daemon_reload.c - the configuration is read again by a worker, with its drop-ins and its key
 * file; the loop takes over what may change live. */
#include "berkd/daemon_reload.h"

#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/contacts.h"
#include "berkd/control/control.h"
#include "berkd/feed.h"
#include "berkd/host/event_missing.h"
#include "berkd/host/floor.h"
#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/state.h"
#include "berkd/host/worker.h"
#include "berkd/net/lookup.h"
#include "berkd/net/resolver.h"
#include "berkd/net/udp.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 128
#define WARNING	     "warning:" /* of a message of the configuration */
/* Whoever asks hears by then, as berkctl does not wait much longer (CTL_ANSWER_MS). */
#define PATIENCE_S   5
#define ACCURACY_US  100000

struct messages {
	size_t n;
	char *text[MESSAGES_MAX];
};

struct reload {
	struct daemon *daemon;
	struct worker *worker;
	unsigned n_begun;
	bool again; /* once more, after this one */
	sd_event_source *patience;
	/* The worker's while it is busy. */
	struct config wanted;
	struct config merged; /* what is in force, with what may change live of the wanted one */
	struct node_config node;
	struct messages messages;
	int result;
};

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

static void keep_message(void *userdata, const char *message)
{
	struct messages *m = userdata;
	char *copy = m->n < MESSAGES_MAX ? strdup(message) : NULL;

	if (copy) {
		m->text[m->n++] = copy;
	}
}

static void drop_messages(struct messages *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->text[i]);
	}
	m->n = 0;
}

static void read_all(void *userdata)
{
	struct reload *l = userdata;

	l->result = config_load(l->merged.path, &l->wanted, keep_message, &l->messages);
	if (l->result == 0) {
		config_take_live(&l->merged, &l->wanted);
		l->result = daemon_node_config(l->daemon, &l->merged, &l->node, keep_message,
					       &l->messages);
	}
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

static void take_over(struct reload *l)
{
	struct daemon *d = l->daemon;
	struct config *wanted = &l->wanted;

	(void)config_report_restart(&d->config, wanted, keep_message, &l->messages);
	keep_addresses(&d->config, wanted);
	(void)config_report_live(&d->config, wanted, keep_message, &l->messages);
	contacts_remove(d, wanted);
	config_take_live(&d->config, wanted);
	lookup_numeric(&d->config);
	/* The lists of keys that the core reads are those in force. */
	l->node.member_keys = d->config.n_member_keys ? d->config.member_keys : NULL;
	l->node.master_keys = d->config.n_master_keys ? d->config.master_keys : NULL;
	node_reconfigure(d->node, &l->node);
	contacts_add(d);
	feed_type(d, EV_TIMER); /* who is trusted no more is gone now */
	resolver_start(d->resolver);
	udp_refresh(d->udp);
	log_set_level(d->config.log_level);
}

static void tell(struct reload *l)
{
	const struct daemon *d = l->daemon;
	const char *const *text = (const char *const *)l->messages.text;

	for (size_t i = 0; i < l->messages.n; i++) {
		if (l->result < 0 || strncmp(text[i], WARNING, strlen(WARNING)) == 0) {
			log_complaint(NULL, text[i]);
		} else {
			log_info("%s", text[i]);
		}
	}
	if (d->control) {
		control_on_reloaded(d->control, l->n_begun, l->result, text, l->messages.n);
	}
	if (l->result < 0) {
		log_warning(CAUSE_CONFIG,
			    "The configuration was not taken over: %s; keeping the old one",
			    strerror(-l->result));
	} else {
		log_info("Configuration %s was read again", d->config.path);
	}
}

static void be_patient(struct reload *l, bool on)
{
	int enabled = SD_EVENT_OFF, r = sd_event_source_get_enabled(l->patience, &enabled);

	if (r >= 0 && on && enabled == SD_EVENT_OFF) {
		r = sd_event_source_set_time_relative(l->patience, PATIENCE_S * UINT64_C(1000000));
		r = r < 0 ? r : sd_event_source_set_enabled(l->patience, SD_EVENT_ONESHOT);
	} else if (r >= 0 && !on) {
		r = sd_event_source_set_enabled(l->patience, SD_EVENT_OFF);
	}
	if (r < 0) {
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

/* It may come to an end yet, and is told in the journal then. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct reload *l = userdata;
	struct daemon *d = l->daemon;
	char text[512];
	const char *const texts[] = {text};

	(void)source;
	(void)usec;
	(void)snprintf(text, sizeof(text),
		       "%s, a drop-in, or a file that it names, is still being read after %d s: a "
		       "slow disk, or a file server that does not answer; the old configuration is "
		       "in force until it is read, and the journal says when",
		       d->config.path, PATIENCE_S);
	log_warning(CAUSE_CONFIG, "%s", text);
	if (d->control) {
		control_on_reloaded(d->control, l->n_begun + l->again, -EINPROGRESS, texts, 1);
	}
	notify_ready();
	return 0;
}

static void end(struct reload *l)
{
	be_patient(l, l->again);
	sodium_memzero(&l->node, sizeof(l->node));
	tell(l);
	drop_messages(&l->messages);
	notify_ready();
}

static bool begin(struct reload *l)
{
	l->again = false;
	l->n_begun++;
	l->merged = l->daemon->config;
	notify_reloading();
	int r = worker_run(l->worker);

	if (r < 0) { /* else the result is the worker's by now */
		l->result = r;
		end(l);
	}
	return worker_is_busy(l->worker);
}

static void on_read(void *userdata)
{
	struct reload *l = userdata;

	assert(!l->daemon->feeding);
	if (l->result == 0) {
		take_over(l);
	}
	end(l);
	if (l->again) {
		(void)begin(l);
	}
}

unsigned reload_ask(struct reload *l)
{
	be_patient(l, true);
	if (worker_is_busy(l->worker)) {
		l->again = true;
		return l->n_begun + 1;
	}
	return begin(l) ? l->n_begun : 0;
}

int reload_new(struct daemon *d, struct reload **ret)
{
	struct reload *l = calloc(1, sizeof(*l));

	if (!l) {
		return -ENOMEM;
	}
	l->daemon = d;
	int r = worker_new(d->event, read_all, on_read, l, &l->worker);

	r = r < 0 ? r
		  : sd_event_add_time(d->event, &l->patience, CLOCK_BOOTTIME, UINT64_MAX,
				      ACCURACY_US, on_late, l);
	r = r < 0 ? r : sd_event_source_set_enabled(l->patience, SD_EVENT_OFF);
	if (r < 0) {
		reload_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

struct reload *reload_free(struct reload *l)
{
	if (!l) {
		return NULL;
	}
	worker_free(l->worker);
	sd_event_source_disable_unref(l->patience);
	sodium_memzero(&l->node, sizeof(l->node));
	drop_messages(&l->messages);
	free(l);
	return NULL;
}
