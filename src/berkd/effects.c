/* effects.c - what the core wants done, in the order it wants it. */
#include "berkd/effects.h"

#include "berkd/chat_saver.h"
#include "berkd/control/control.h"
#include "berkd/held.h"
#include "berkd/history.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/saver.h"
#include "berkd/net/udp.h"
#include "berkd/steer.h"
#include "common/notice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const void *node, node_id id)
{
	return node_name_of(node, id);
}

static bool addr_of(const void *node, node_id id, struct addr *ret)
{
	return node_addr_of(node, id, ret);
}

void effects_tell(struct daemon *d, const struct notice *n)
{
	const struct notice_hosts hosts = {name_of, addr_of, d->node};
	const struct notice_hosts names = {name_of, NULL, d->node};
	char text[NOTICE_TEXT_MAX];

	bool shown = log_shows((int)n->level), kept = history_wants(n->kind);

	if (!shown && !kept) {
		return; /* most packets have something to say at debug level */
	}
	const char *name = node_name_of(d->node, n->peer);

	(void)notice_text_of(n, &names, text, sizeof(text));
	if (kept) {
		history_note(d, n, name, text);
	}
	if (shown) {
		log_notice_event(n, &hosts);
	}
	if (shown && d->control) {
		control_on_notice(d->control, n, text);
	}
}

static bool sets_clock(const struct effect *e)
{
	return e->type == FX_ADJ_FREQ || e->type == FX_STEP || e->type == FX_STATUS;
}

/* The node as it is now; false when the clock cannot be read. */
static bool read_status(struct daemon *d, struct clock_pair *pair, struct node_status *ret)
{
	int64_t width;

	if (d->clock->ops->read(d->clock, pair, &width) < 0) {
		return false;
	}
	node_status(d->node, (mono_t){host_clock_ns(CLOCK_BOOTTIME)}, *pair, ret);
	return true;
}

static void apply_save_table(struct daemon *d, const struct effect *e)
{
	struct saved_table *t = calloc(1, sizeof(*t));

	if (!t) {
		log_warning(CAUSE_CALL, "The table of the group was not saved: no memory");
		return;
	}
	t->n_table = e->table.n_table;
	t->guest = e->table.guest;
	while (t->n_row < NODE_PEERS_MAX && node_row(d->node, t->n_row, &t->row[t->n_row])) {
		t->n_row++;
	}
	saver_save_table(d->saver, t);
}

static void apply_save_revoked(struct daemon *d)
{
	struct saved_revoked s = {.n = 0};
	struct revocation_view v;

	while (s.n < REVOKED_MAX && node_revocation(d->node, s.n, &v)) {
		s.host[s.n++] = v.host;
	}
	saver_save_revoked(d->saver, &s);
}

static void tell_status(struct daemon *d)
{
	struct node_status s;
	struct clock_pair pair;

	if (!read_status(d, &pair, &s)) {
		return;
	}
	const char *name = node_name_of(d->node, s.master);

	notify_status(&s, name ? name : "an unnamed host", owed_error(&d->owed) != NULL,
		      d->status_text);
}

static void show_chat(const struct daemon *d, const struct effect *e)
{
	if (d->control) {
		control_on_chat(d->control, e->chat);
	}
}

static void tell_private(const struct daemon *d, const struct effect *e)
{
	if (d->control && e->type == FX_PRIVATE) {
		control_on_private(d->control, e->chat);
	} else if (d->control) {
		control_on_private_done(d->control, e->private_done.to, e->private_done.outcome);
	}
}

static void tell_ordered(const struct daemon *d, const struct effect *e)
{
	if (d->control && e->type == FX_ORDERED) {
		control_on_ordered(d->control, &e->ordered);
	} else if (d->control) {
		control_on_forgotten(d->control, e->forgotten);
	}
}

static void apply_send(struct daemon *d, const struct effect *e)
{
	if (e->type == FX_DISCOVER) {
		udp_discover(d->udp, e);
	} else if (e->send.promise && saver_term_waits(d->saver)) {
		held_add(d->held, e);
	} else if (!e->send.promise || saver_may_promise(d->saver)) {
		udp_send(d->udp, e);
	}
}

/* disk.c says what could not be saved. */
static void apply_save(struct daemon *d, const struct effect *e)
{
	if (e->type == FX_SAVE_TERM) {
		saver_save_term(d->saver, e->term);
	} else if (e->type == FX_SAVE_DRIFT) {
		saver_save_drift(d->saver, e->freq_ppb);
	} else if (e->type == FX_SAVE_LINE) {
		saver_save_line(d->saver, &e->line);
	} else if (e->type == FX_SAVE_BUDGET) {
		saver_save_budget(d->saver, &e->budget);
	} else if (e->type == FX_SAVE_TIME) {
		saver_save_time(d->saver, e->time.at, e->time.n_table, e->time.unconfirmed,
				e->time.told);
	} else if (e->type == FX_SAVE_TABLE) {
		apply_save_table(d, e);
	} else if (e->type == FX_SAVE_REVOKED) {
		apply_save_revoked(d);
	} else {
		chat_saver_note(d->chat_saver, e->chat_from);
	}
}

void effects_apply(struct daemon *d)
{
	bool looked = false, status = false;

	assert(d->feeding);
	for (size_t i = 0; i < d->fx.n; i++) {
		const struct effect *e = &d->fx.fx[i];

		if (!looked && sets_clock(e)) {
			steer_look(d);
			looked = true;
		}
		switch (e->type) {
		case FX_SEND:
		case FX_DISCOVER:
			apply_send(d, e);
			break;
		case FX_ADJ_FREQ:
		case FX_STEP:
		case FX_STATUS:
			steer_apply(d, e);
			status = status || e->type == FX_STATUS;
			break;
		case FX_SAVE_TERM:
		case FX_SAVE_DRIFT:
		case FX_SAVE_LINE:
		case FX_SAVE_BUDGET:
		case FX_SAVE_TIME:
		case FX_SAVE_TABLE:
		case FX_SAVE_CHAT:
		case FX_SAVE_REVOKED:
			apply_save(d, e);
			break;
		case FX_NOTICE:
			effects_tell(d, &e->notice);
			status = status || e->notice.level != LEVEL_DEBUG;
			break;
		case FX_ORDERED:
		case FX_FORGOTTEN:
			tell_ordered(d, e);
			break;
		case FX_CHAT:
			show_chat(d, e);
			break;
		case FX_PRIVATE:
		case FX_PRIVATE_DONE:
			tell_private(d, e);
			break;
		}
	}
	if (status) {
		tell_status(d);
	}
}
