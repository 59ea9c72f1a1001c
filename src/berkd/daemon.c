/* daemon.c - the parts of the shell opened and closed, and the loop's sources. */
#include "berkd/daemon.h"

#include "berkd/chat_saver.h"
#include "berkd/clock/setter.h"
#include "berkd/clock/vmclock.h"
#include "berkd/clock/watch.h"
#include "berkd/contacts.h"
#include "berkd/control/control.h"
#include "berkd/daemon_private.h"
#include "berkd/daemon_reload.h"
#include "berkd/disk.h"
#include "berkd/feed.h"
#include "berkd/grants.h"
#include "berkd/held.h"
#include "berkd/history.h"
#include "berkd/history_saver.h"
#include "berkd/host/chat_file.h"
#include "berkd/host/log.h"
#include "berkd/host/machine.h"
#include "berkd/host/notify.h"
#include "berkd/host/privilege.h"
#include "berkd/host/rival.h"
#include "berkd/host/rtc.h"
#include "berkd/host/saver.h"
#include "berkd/host/state.h"
#include "berkd/net/link.h"
#include "berkd/net/lookup.h"
#include "berkd/net/resolver.h"
#include "berkd/net/udp.h"
#include "berkd/steer.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_MIN	  128
#define LAST_STEPS	  (NODE_PEERS_MAX / FX_SEND_MAX + 1) /* for goodbyes to all */
#define RETRY_ACCURACY_US 1000000
#define OWED_ACCURACY_US  50000
#define TIMER_ACCURACY_US 1 /* polls and the ends of slews are due to the microsecond */

/* --- Sources of the loop --- */

static void on_udp(void *userdata, struct node_event *ev)
{
	struct daemon *d = userdata;

	if (ev->type != EV_RX || node_glance(d->node, ev)) {
		feed_now(d, ev);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	feed_type(userdata, EV_TIMER);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)usec;
	saver_retry(d->saver);
	feed_type(d, EV_TIMER); /* if it fails again, the timer is wanted again */
	return 0;
}

static int on_owed(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)usec;
	feed_type(d, EV_TIMER); /* feed_event() tries again what is owed */
	return 0;
}

static void on_saved(void *userdata)
{
	struct daemon *d = userdata;

	if (disk_release(d) && !d->feeding) {
		feed_type(d, EV_TIMER); /* behind it comes disk_look() */
	}
}

static void on_clock_set(void *userdata)
{
	feed_type(userdata, EV_TIMER); /* feed_event() finds out how far */
}

static void on_link(void *userdata)
{
	struct daemon *d = userdata;

	udp_link_changed(d->udp);
	feed_type(d, EV_LINK);
	resolver_hurry(d->resolver); /* a name service may be in reach now, or another one */
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)si;
	(void)reload_ask(d->reload); /* it says what failed */
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;

	(void)si;
	notify_stopping();
	feed_type(d, EV_STOP);
	for (unsigned i = 0; i < LAST_STEPS && !mono_is_never(d->fx.deadline); i++) {
		feed_type(d, EV_TIMER); /* goodbyes for which one step had no room */
	}
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* --- Life --- */

/* Two hands on one clock are worse than none: say whose the other one is, and what to do. */
static bool is_clock_ours(const struct config *c)
{
	struct rival rival;

	if (!rival_find("/proc", &rival)) {
		return true;
	}
	if (c->allow_rivals) {
		log_warning(CAUSE_RIVAL,
			    "%s (pid %d) may steer this clock too, ignoring (allow_rivals = yes)",
			    rival.name, (int)rival.pid);
		return true;
	}
	log_err(CAUSE_RIVAL,
		"%s (pid %d) steers this clock already: %s; or, if it does not steer it, set "
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
	rival_report_enabled("/etc/systemd/system", c->mode == MODE_STEER, log_complaint,
			     &(enum log_cause){CAUSE_RIVAL});
	/* A clock that somebody else steers is not to be touched, not even to stop the PLL. */
	if (c->driver == CONFIG_CLOCK_OBSERVE || c->mode != MODE_STEER) {
		return clock_observe_new(c, &d->clock);
	}
	if (!is_clock_ours(c)) {
		return -EBUSY;
	}
	return clock_kernel_new(c, &d->clock);
}

static int open_storage(struct daemon *d)
{
	struct node_storage *s = &d->storage;
	int64_t on_disk = (int64_t)state_saved(d->state)->n_row;
	int64_t wanted = ns_max(2 * (int64_t)d->config.n_peers, on_disk + PEERS_MIN / 2);
	size_t n = (size_t)ns_clamp(wanted, PEERS_MIN, NODE_PEERS_MAX);

	*s = (struct node_storage){.peers = calloc(n, peer_size()),
				   .n_peers = n,
				   .contacts = calloc(NODE_CONTACTS_MAX, contact_size()),
				   .n_contacts = NODE_CONTACTS_MAX,
				   .estimators = calloc(n, estimator_size()),
				   .n_estimators = n,
				   .chat_log =
					   calloc(CHAT_LOG_LINES, sizeof(struct wire_chat_line)),
				   .n_chat_log = CHAT_LOG_LINES,
				   .chat_own =
					   calloc(CHAT_OWN_LINES, sizeof(struct wire_chat_line)),
				   .n_chat_own = CHAT_OWN_LINES};
	d->node = calloc(1, node_size());
	return d->node && s->peers && s->contacts && s->estimators && s->chat_log && s->chat_own
		       ? 0
		       : -ENOMEM;
}

static void read_chat(struct daemon *d, struct node_saved *saved)
{
	int dir = state_directory(d->state, CHAT_FILE_NAME);
	int r = dir < 0 ? -ENOENT
			: chat_file_read(dir, d->storage.chat_log, d->storage.n_chat_log,
					 &saved->chat_last, &saved->chat_stable);

	if (r == -EBADMSG || r == -EINVAL) {
		state_set_aside(d->state, CHAT_FILE_NAME,
				r == -EBADMSG ? "is damaged" : "is not a regular file");
	} else if (r < 0 && r != -ENOENT) {
		state_note_unread(d->state, CHAT_FILE_NAME, r);
	}
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
	if (daemon_node_config(d, &d->config, &config, log_complaint, NULL) < 0) {
		return -EINVAL;
	}
	if (config.mode == MODE_STEER) {
		/* Without a drift file the frequency found is the best guess, unless it is an
		 * earlier daemon's half-done slew. */
		int64_t found = d->clock->ops->freq_ppb(d->clock);

		if (!saved.has_freq && ns_abs(found) <= d->config.max_drift_ppb) {
			saved.freq_ppb = found;
		}
		saved.freq_ppb =
			ns_clamp(saved.freq_ppb, -config.freq_ppb_max, config.freq_ppb_max);
		r = clock_adj_freq(d->clock, saved.freq_ppb);
	}
	owed_init(&d->owed, d->clock, saved.freq_ppb);
	randombytes_buf(&seed, sizeof(seed));
	read_chat(d, &saved);
	if (r == 0) {
		node_init(d->node, &config, &d->storage, &saved, seed);
		state_drop_table(d->state);
		contacts_add(d);
	}
	sodium_memzero(&config, sizeof(config));
	return r;
}

static int open_state(struct daemon *d)
{
	uint8_t machine[MACHINE_HASH_LEN];
	int r = machine_hash(machine);

	if (r < 0) {
		log_debug("The identity is bound to no machine: no machine id: %s", strerror(-r));
	}
	return state_new(&d->config, r == 0 ? machine : NULL, &d->state);
}

static int open_loop(struct daemon *d)
{
	sigset_t taken;
	int r = sd_event_default(&d->event);

	sigemptyset(&taken);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGHUP);
	if (r >= 0) { /* they come by the loop alone */
		r = -pthread_sigmask(SIG_BLOCK, &taken, NULL);
	}
	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGTERM, on_terminate, d);
	}
	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGINT, on_terminate, d);
	}
	if (r >= 0) {
		r = sd_event_add_signal(d->event, NULL, SIGHUP, on_hangup, d);
	}
	if (r >= 0) {
		r = sd_event_add_time(d->event, &d->timer, CLOCK_BOOTTIME, UINT64_MAX,
				      TIMER_ACCURACY_US, on_timer, d);
	}
	if (r >= 0) {
		r = sd_event_add_time(d->event, &d->disk_timer, CLOCK_BOOTTIME, UINT64_MAX,
				      RETRY_ACCURACY_US, on_retry, d);
	}
	if (r >= 0) {
		r = sd_event_source_set_enabled(d->disk_timer, SD_EVENT_OFF);
	}
	if (r >= 0) {
		r = sd_event_add_time(d->event, &d->owed_timer, CLOCK_BOOTTIME, UINT64_MAX,
				      OWED_ACCURACY_US, on_owed, d);
	}
	if (r >= 0) {
		r = sd_event_source_set_enabled(d->owed_timer, SD_EVENT_OFF);
	}
	return r;
}

static int open_resolver(struct daemon *d)
{
	const struct resolver_client client = {.userdata = d,
					       .look = contacts_look,
					       .found = contacts_found};

	return resolver_new(d->event, &d->config, &client, &d->resolver);
}

static int open_saver(struct daemon *d)
{
	d->held = held_new();
	return d->held ? saver_new(d->event, d->state, on_saved, d, &d->saver) : -ENOMEM;
}

/* What a daemon can do without. */
static int open_extras(struct daemon *d)
{
	int r = d->config.netlink ? link_watch_new(d->event, on_link, d, &d->link) : 0;

	if (r < 0) {
		log_warning(CAUSE_WITHOUT, "Interfaces cannot be watched: %s, ignoring",
			    strerror(-r));
	}
	return d->config.control ? grants_open(d) : 0;
}

static int find_user(struct daemon *d)
{
	const char *name = d->config.user;

	if (privilege_find(&d->config, &d->user) == 0) {
		return 0;
	}
	log_err(CAUSE_CONFIG,
		"This host has no user \"%s\", which berkd becomes when root starts it: make the "
		"user (`systemd-sysusers`, or `useradd --system --user-group %s`), or set another "
		"user, which may be root, in [node]",
		name, name);
	return -EINVAL;
}

int daemon_new(const struct config *config, struct daemon **ret)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d) {
		return -ENOMEM;
	}
	memcpy(&d->config, config, sizeof(d->config));
	lookup_numeric(&d->config);
	bool host_wall = config->driver != CONFIG_CLOCK_VIRTUAL;
	int r = find_user(d);

	r = r < 0 ? r : open_loop(d);
	r = r < 0 ? r : open_state(d);
	r = r < 0 ? r : open_clock(d);
	r = r < 0 ? r : open_node(d);
	r = r < 0 ? r
		  : clock_watch_new(d->event, d->clock, host_wall, on_clock_set, d,
				    &d->clock_watch);
	r = r < 0 ? r : clock_watch_machine(d->clock_watch, d->event, VMCLOCK_PATH);
	r = r < 0 ? r : udp_new(d->event, &d->config, d->clock, on_udp, d, &d->udp);
	r = r < 0 ? r : open_saver(d);
	r = r < 0 ? r : open_resolver(d);
	r = r < 0 ? r : reload_new(d, &d->reload);
	r = r < 0 ? r
		  : chat_saver_new(d->event, d->node, d->storage.n_chat_log, d->saver,
				   &d->chat_saver);
	r = r < 0 ? r : history_open(d);
	r = r < 0 ? r : open_extras(d);
	if (r < 0) {
		daemon_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* Before the user changes: afterwards he may not. */
static void hand_over(struct daemon *d)
{
	int r = state_hand_over(d->state, d->user.uid, d->user.gid);

	if (r < 0) {
		log_warning(CAUSE_STATE,
			    "%s cannot be given to the user %s: %s; give it to that user, or set "
			    "another directory in [state]",
			    d->config.state_dir, d->config.user,
			    r == -EEXIST ? "it holds files of other users" : strerror(-r));
	}
	if (d->control) {
		control_hand_over(d->control, d->user.uid, d->user.gid);
	}
}

int daemon_confine(struct daemon *d)
{
	if (d->user.change) {
		hand_over(d);
	}
	int r = privilege_drop(&d->config, &d->user, setter_is_other());

	if (r < 0) {
		log_err(CAUSE_PRIVILEGES, "The rights of root cannot be given up: %s",
			strerror(-r));
	} else if (d->user.change) {
		log_info("Running as user %s from now on, with no other right of root than to set "
			 "the clock",
			 d->config.user);
	}
	return r;
}

int daemon_run(struct daemon *d)
{
	notify_watchdog(d->event);
	resolver_start(d->resolver);
	feed_type(d, EV_START);
	steer_tell_held(d);
	notify_ready();
	log_info("Running with clock driver %s", d->clock->ops->name);
	int r = sd_event_loop(d->event);

	if (r >= 0) {
		rtc_keep(&d->config);
	}
	return r;
}

struct daemon *daemon_free(struct daemon *d)
{
	if (!d) {
		return NULL;
	}
	reload_free(d->reload);
	control_free(d->control);
	resolver_free(d->resolver);
	link_watch_free(d->link);
	udp_free(d->udp);
	clock_watch_free(d->clock_watch);
	if (d->clock) {
		d->clock->ops->free(d->clock);
	}
	chat_saver_free(d->chat_saver);
	history_saver_free(d->history_saver);
	saver_free(d->saver);
	held_free(d->held);
	state_free(d->state);
	if (d->node) {
		sodium_memzero(d->node, node_size()); /* keys */
	}
	free(d->node);
	free(d->storage.peers);
	free(d->storage.contacts);
	free(d->storage.estimators);
	free(d->storage.chat_log);
	free(d->storage.chat_own);
	sd_event_source_disable_unref(d->timer);
	sd_event_source_disable_unref(d->disk_timer);
	sd_event_source_disable_unref(d->owed_timer);
	sd_event_unref(d->event);
	free(d);
	return NULL;
}
