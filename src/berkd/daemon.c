/* daemon.c - the loop: events to the core, effects to the parts of the shell. */
#include "berkd/daemon.h"

#include "berkd/clock/watch.h"
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/privilege.h"
#include "berkd/host/rival.h"
#include "berkd/host/state.h"
#include "berkd/net/link.h"
#include "berkd/net/resolver.h"
#include "berkd/net/udp.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_MIN	  128
#define TIMER_ACCURACY_US 1 /* polls and the ends of slews are due to the microsecond */

/* --- Events --- */

int daemon_stamp_event(struct daemon *d, struct node_event *ev)
{
	ev->now = (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
	randombytes_buf(ev->rnd, sizeof(ev->rnd));
	return d->clock->ops->read(d->clock, &ev->pair, &ev->read_error_ns);
}

static void arm_timer(struct daemon *d, mono_t deadline)
{
	int r;

	if (deadline.ns == MONO_NEVER.ns) {
		r = sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
	} else {
		/* Rounded up: an event must not come before its deadline. */
		uint64_t us = (uint64_t)ns_max(deadline.ns, 0) / NS_PER_US + 1;

		r = sd_event_source_set_time(d->timer, us);
		r = r < 0 ? r : sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
	}
	if (r < 0) {
		log_err("The timer cannot be set: %s", strerror(-r));
	}
}

static void step(struct daemon *d, struct node_event *ev)
{
	node_step(d->node, ev, &d->fx);
	daemon_apply(d);
	arm_timer(d, d->fx.deadline);
}

/* Another hand changed the clock's settings: put ours back, then let the core look. */
static void tell_touched(struct daemon *d)
{
	struct node_event ev = {.type = EV_CLOCK_TOUCHED};

	ev.touched.what = d->touched == 1 ? 0 : 2;
	ev.touched.value = d->touched_value;
	d->touched = 0;
	int r = d->clock->ops->adj_freq(d->clock, d->freq_ppb);

	if (r < 0) {
		log_err("The clock's frequency cannot be set: %s", strerror(-r));
	}
	clock_watch_rebase(d->clock_watch);
	if (daemon_stamp_event(d, &ev) == 0) {
		step(d, &ev);
	}
	d->touched = 0; /* what this step found is told in the next round */
}

enum order_verdict daemon_feed(struct daemon *d, struct node_event *ev)
{
	struct node_event stepped;

	assert(!d->feeding);
	d->feeding = true;
	if (clock_watch_check(d->clock_watch, &ev->pair, &stepped) &&
	    daemon_stamp_event(d, &stepped) == 0) {
		step(d, &stepped);
		/* It may have moved the clock; if it cannot be read now, the old pair must do. */
		(void)daemon_stamp_event(d, ev);
	}
	d->stopping = ev->type == EV_STOP;
	step(d, ev);
	enum order_verdict verdict = d->fx.verdict;

	if (ev->type == EV_ORDER && ev->order.order == ORDER_TRACE && verdict == ORDER_OK) {
		d->log_level = (int)ns_clamp(ev->order.value, LEVEL_ERR, LEVEL_DEBUG);
		log_set_level(d->log_level);
	}
	if (d->touched != 0 && !d->stopping) {
		tell_touched(d);
	}
	d->feeding = false;
	return verdict;
}

static void feed_now(struct daemon *d, struct node_event *ev)
{
	int r = daemon_stamp_event(d, ev);

	if (r < 0) {
		log_err("The clock cannot be read: %s", strerror(-r));
		return;
	}
	(void)daemon_feed(d, ev);
}

static void feed_type(struct daemon *d, enum event_type type)
{
	feed_now(d, &(struct node_event){.type = type});
}

static void on_udp(void *userdata, struct node_event *ev)
{
	feed_now(userdata, ev);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	feed_type(userdata, EV_TIMER);
	return 0;
}

static void on_clock_set(void *userdata)
{
	feed_type(userdata, EV_TIMER); /* daemon_feed() finds out how far */
}

static void on_link(void *userdata)
{
	struct daemon *d = userdata;

	udp_link_changed(d->udp);
	feed_type(d, EV_LINK);
}

/* --- Contacts --- */

static void add_contacts(struct daemon *d, const struct config_peer *peers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (unsigned j = 0; j < peers[i].n_addr; j++) {
			if (!node_add_contact(d->node, &peers[i].addr[j], true)) {
				log_warning("No room for peer %s, ignoring", peers[i].text);
			}
		}
	}
}

static bool has_addr(const struct config *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_peers; i++) {
		for (unsigned j = 0; j < c->peers[i].n_addr; j++) {
			if (addr_equal(&c->peers[i].addr[j], a)) {
				return true;
			}
		}
	}
	return false;
}

static void remove_contacts(struct daemon *d, const struct config *wanted)
{
	for (size_t i = 0; i < d->config.n_peers; i++) {
		for (unsigned j = 0; j < d->config.peers[i].n_addr; j++) {
			if (!has_addr(wanted, &d->config.peers[i].addr[j])) {
				node_remove_contact(d->node, &d->config.peers[i].addr[j]);
			}
		}
	}
}

static void on_resolved(void *userdata, const struct config_peer *peers, size_t n_peers)
{
	struct daemon *d = userdata;

	/* The same list: a reload since would have asked again instead. */
	assert(n_peers == d->config.n_peers);
	memcpy(d->config.peers, peers, n_peers * sizeof(*peers));
	add_contacts(d, d->config.peers, d->config.n_peers);
	feed_type(d, EV_LINK); /* try them now */
}

/* --- Reload --- */

static void log_report(void *userdata, const char *message)
{
	static const char tolerated[] = "warning: ";

	(void)userdata;
	if (strncmp(message, tolerated, sizeof(tolerated) - 1) == 0) {
		log_warning("%s", message + sizeof(tolerated) - 1);
	} else {
		log_err("%s", message);
	}
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
	int r = config_to_node(wanted, state_secret(d->state), &node, report, userdata);

	if (r < 0) {
		return r;
	}
	(void)config_needs_restart(&d->config, wanted, report, userdata);
	keep_addresses(&d->config, wanted);
	remove_contacts(d, wanted);
	config_take_live(&d->config, wanted);
	r = config_to_node(&d->config, state_secret(d->state), &node, no_report, NULL);
	if (r < 0) {
		return r;
	}
	node_reconfigure(d->node, &node);
	sodium_memzero(&node, sizeof(node));
	add_contacts(d, d->config.peers, d->config.n_peers);
	resolver_ask(d->resolver, &d->config);
	udp_refresh(d->udp);
	d->log_level = d->config.log_level;
	log_set_level(d->log_level);
	return 0;
}

int daemon_reload(struct daemon *d, config_report report, void *userdata)
{
	struct config *wanted = malloc(sizeof(*wanted));

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

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)si;
	(void)daemon_reload(userdata, log_report, NULL); /* it has said what failed */
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)si;
	notify_stopping();
	feed_type(userdata, EV_STOP);
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* --- Life --- */

/* Two hands on one clock are worse than none: say whose the other one is, and what to do. */
static bool alone_on_clock(const struct config *c)
{
	struct rival rival;

	if (!rival_find("/proc", &rival)) {
		return true;
	}
	if (c->allow_rivals) {
		log_warning("%s (pid %d) may steer this clock too, ignoring (allow_rivals = yes)",
			    rival.name, (int)rival.pid);
		return true;
	}
	log_err("%s (pid %d) steers this clock already: %s; or, if it does not steer it, set "
		"allow_rivals = yes in [clock]",
		rival.name, (int)rival.pid, rival.remedy);
	return false;
}

static int open_clock(struct daemon *d)
{
	const struct config *c = &d->config;

	if (c->driver == CONFIG_CLOCK_VIRTUAL) {
		return clock_virtual_new(c, &d->clock);
	}
	/* A clock that somebody else steers is not to be touched, not even to stop the PLL. */
	if (c->driver == CONFIG_CLOCK_OBSERVE || c->mode != MODE_STEER) {
		return clock_observe_new(c, &d->clock);
	}
	if (!alone_on_clock(c)) {
		return -EBUSY;
	}
	return clock_kernel_new(c, &d->clock);
}

static int open_storage(struct daemon *d)
{
	struct node_storage *s = &d->storage;
	size_t n = (size_t)ns_clamp(2 * (int64_t)d->config.n_peers, PEERS_MIN, NODE_PEERS_MAX);

	*s = (struct node_storage){.peers = calloc(n, peer_size()),
				   .n_peers = n,
				   .contacts = calloc(NODE_CONTACTS_MAX, contact_size()),
				   .n_contacts = NODE_CONTACTS_MAX,
				   .estimators = calloc(n, estimator_size()),
				   .n_estimators = n,
				   .chat_log =
					   calloc(CHAT_LOG_LINES, sizeof(struct wire_chat_line)),
				   .n_chat_log = CHAT_LOG_LINES};
	d->node = calloc(1, node_size());
	return d->node && s->peers && s->contacts && s->estimators && s->chat_log ? 0 : -ENOMEM;
}

static int open_node(struct daemon *d)
{
	struct node_config config;
	struct node_saved saved = *state_saved(d->state);
	uint64_t seed;
	int r = open_storage(d);

	if (r < 0) {
		return r;
	}
	if (config_to_node(&d->config, state_secret(d->state), &config, log_report, NULL) < 0) {
		return -EINVAL;
	}
	config.freq_ppb_max = ns_min(config.freq_ppb_max, d->clock->ops->freq_ppb_max);
	if (config.mode == MODE_STEER) {
		/* Without a drift file the frequency found is the best guess, unless it is an
		 * earlier daemon's half-done slew. */
		int64_t found = d->clock->ops->freq_ppb(d->clock);

		if (!saved.has_freq && ns_abs(found) <= d->config.max_drift_ppb) {
			saved.freq_ppb = found;
			saved.has_freq = true;
		}
		d->freq_ppb = ns_clamp(saved.freq_ppb, -config.freq_ppb_max, config.freq_ppb_max);
		saved.freq_ppb = d->freq_ppb;
		r = d->clock->ops->adj_freq(d->clock, d->freq_ppb);
	}
	randombytes_buf(&seed, sizeof(seed));
	if (r == 0) {
		node_init(d->node, &config, &d->storage, &saved, seed);
		add_contacts(d, d->config.peers, d->config.n_peers);
	}
	sodium_memzero(&config, sizeof(config));
	return r;
}

static int open_loop(struct daemon *d)
{
	int r = sd_event_default(&d->event);

	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK,
					on_terminate, d);
	}
	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK,
					on_terminate, d);
	}
	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGHUP | SD_EVENT_SIGNAL_PROCMASK,
					on_hangup, d);
	}
	if (r >= 0) {
		r = sd_event_add_time(d->event, &d->timer, CLOCK_BOOTTIME, UINT64_MAX,
				      TIMER_ACCURACY_US, on_timer, d);
	}
	return r;
}

/* What a daemon can do without. */
static int open_optional(struct daemon *d)
{
	int r = d->config.netlink ? link_watch_new(d->event, on_link, d, &d->link) : 0;

	if (r < 0) {
		log_warning("Interfaces cannot be watched: %s, ignoring", strerror(-r));
	}
	return d->config.control ? control_new(d, &d->control) : 0;
}

int daemon_new(const struct config *config, struct daemon **ret)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d) {
		return -ENOMEM;
	}
	memcpy(&d->config, config, sizeof(d->config));
	d->log_level = config->log_level;
	bool host_wall = config->driver != CONFIG_CLOCK_VIRTUAL;
	int r = open_loop(d);

	r = r < 0 ? r : state_new(&d->config, &d->state);
	r = r < 0 ? r : open_clock(d);
	r = r < 0 ? r : open_node(d);
	r = r < 0 ? r
		  : clock_watch_new(d->event, d->clock, host_wall, on_clock_set, d,
				    &d->clock_watch);
	r = r < 0 ? r : udp_new(d->event, &d->config, d->clock, on_udp, d, &d->udp);
	r = r < 0 ? r : resolver_new(d->event, on_resolved, d, &d->resolver);
	r = r < 0 ? r : open_optional(d);
	r = r < 0 ? r : privilege_drop(&d->config);
	if (r < 0) {
		daemon_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

int daemon_run(struct daemon *d)
{
	notify_watchdog(d->event);
	resolver_ask(d->resolver, &d->config);
	feed_type(d, EV_START);
	notify_ready();
	log_info("Running with clock driver %s", d->clock->ops->name);
	return sd_event_loop(d->event);
}

struct daemon *daemon_free(struct daemon *d)
{
	if (!d) {
		return NULL;
	}
	control_free(d->control);
	resolver_free(d->resolver);
	link_watch_free(d->link);
	udp_free(d->udp);
	clock_watch_free(d->clock_watch);
	if (d->clock) {
		d->clock->ops->free(d->clock);
	}
	state_free(d->state);
	if (d->node) {
		sodium_memzero(d->node, node_size()); /* keys */
	}
	free(d->node);
	free(d->storage.peers);
	free(d->storage.contacts);
	free(d->storage.estimators);
	free(d->storage.chat_log);
	sd_event_source_disable_unref(d->timer);
	sd_event_unref(d->event);
	free(d);
	return NULL;
}
