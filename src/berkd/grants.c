/* grants.c - what control may see of the daemon, and do. */
#include "berkd/grants.h"

#include "berkd/contacts.h"
#include "berkd/control/control.h"
#include "berkd/daemon_reload.h"
#include "berkd/effects.h"
#include "berkd/feed.h"
#include "berkd/host/log.h"
#include "berkd/steer.h"

static int grant_read_clocks(void *userdata, mono_t *ret_now, struct clock_pair *ret)
{
	struct daemon *d = userdata;
	struct node_event ev;
	int r = feed_stamp(d, &ev);

	if (r == 0) {
		*ret_now = ev.now;
		*ret = ev.pair;
	}
	return r;
}

/* What concerns this host alone was done here, and no master tells who has ordered it. */
static void tell_own_order(struct daemon *d, const struct node_event *ev)
{
	struct node_status s;

	node_status(d->node, ev->now, ev->pair, &s);
	bool own = ev->order.order == ORDER_STEP ||
		   (ev->order.order == ORDER_FORGET && s.role != ROLE_MASTER);

	if (own && !ev->order.dry_run && d->fx.ordered.verdict == ORDER_OK) {
		effects_tell(d, &(struct notice){.kind = NOTICE_ORDERED,
						 .level = LEVEL_NOTICE,
						 .peer = s.id,
						 .ordered = {.what = ev->order.order,
							     .whom = ev->order.peer,
							     .uid = ev->order.uid}});
	}
}

static int grant_order(void *userdata, struct node_event *ev, struct order_outcome *ret)
{
	struct daemon *d = userdata;

	ev->type = EV_ORDER;
	int r = feed_stamp(d, ev);

	if (r == 0) {
		(void)feed_event(d, ev);
		*ret = d->fx.ordered;
		tell_own_order(d, ev);
	}
	return r;
}

static bool grant_forgive(void *userdata, size_t peer, bool dry_run)
{
	return contacts_forgive_peer(userdata, peer, dry_run);
}

static void grant_forgotten(void *userdata, node_id host)
{
	contacts_forgotten(userdata, host);
}

static unsigned grant_reload(void *userdata)
{
	struct daemon *d = userdata;

	return reload_ask(d->reload);
}

static void grant_trace(void *userdata, enum notice_level level)
{
	(void)userdata;
	log_set_level((int)level);
}

static int grant_history_directory(void *userdata)
{
	const struct daemon *d = userdata;

	return d->history_dir;
}

int grants_open(struct daemon *d)
{
	const struct control_grant grant = {
		.node = d->node,
		.config = &d->config,
		.clock = d->clock->ops->name,
		.saver = d->saver,
		.userdata = d,
		.read_clocks = grant_read_clocks,
		.order = grant_order,
		.forgive = grant_forgive,
		.forgotten = grant_forgotten,
		.reload = grant_reload,
		.trace = grant_trace,
		.history_directory = grant_history_directory,
		.clock_error = steer_error,
	};

	return control_new(d->event, &grant, &d->control);
}
