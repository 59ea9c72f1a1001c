/* history.c - entries of the history, made of the node's state and of its notices. */
#include "berkd/history.h"

#include "berkd/history_saver.h"
#include "berkd/host/history_entry.h"
#include "berkd/host/history_file.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/state.h"
#include "common/notice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PERIOD_NS  (10 * NS_PER_S)
#define OLD_NAME   HISTORY_FILE_NAME ".old" /* of one that this berkd cannot go on with */
/* A peer that comes and goes makes events: no more than these between two samples are kept. */
#define EVENTS_MAX 64

int history_open(struct daemon *d)
{
	struct history_file *file = NULL;
	int dir = d->config.history_bytes > 0 ? state_directory(d->state, HISTORY_FILE_NAME) : -1;

	d->history_sampled = MONO_LONG_AGO;
	d->history_dir = -1;
	if (dir < 0) {
		return 0;
	}
	uint32_t n_blocks = history_blocks(d->config.history_bytes);
	int r = history_file_open(dir, n_blocks, &file);

	if (r == -EBADMSG || r == -EINVAL) {
		state_set_aside(d->state, HISTORY_FILE_NAME,
				r == -EBADMSG ? "is damaged" : "is not a regular file");
		r = history_file_open(dir, n_blocks, &file);
	} else if (r == -ESTALE && history_file_resize(dir, n_blocks) == 0) {
		log_info("%s/%s has another size now", d->config.state_dir, HISTORY_FILE_NAME);
		r = history_file_open(dir, n_blocks, &file);
	} else if (r == -ESTALE && renameat(dir, HISTORY_FILE_NAME, dir, OLD_NAME) == 0) {
		log_info("%s/%s is of another version, or there is no room for another size; "
			 "kept as %s, starting anew",
			 d->config.state_dir, HISTORY_FILE_NAME, OLD_NAME);
		r = history_file_open(dir, n_blocks, &file);
	}
	if (r < 0) {
		log_warning(CAUSE_HISTORY,
			    "The history is not kept: %s/%s: %s; let berkd write there, or switch "
			    "it off with history = 0 in [state]",
			    d->config.state_dir, HISTORY_FILE_NAME,
			    r == -EACCES ? "it is another user's" : strerror(-r));
		return 0;
	}
	d->history_dir = dir;
	return history_saver_new(d->event, file, d->storage.n_peers + 1 + EVENTS_MAX + 1,
				 d->config.state_dir, &d->history_saver);
}

static void add_event(struct daemon *d, struct history_entry *e, enum notice_level level,
		      const char *word, const char *text)
{
	e->kind = HISTORY_EVENT;
	e->level = (uint8_t)level;
	(void)snprintf(e->word, sizeof(e->word), "%s", word);
	(void)snprintf(e->text, sizeof(e->text), "%s", text);
	history_saver_add(d->history_saver, e);
}

/* --- Samples --- */

void history_look(struct daemon *d, mono_t now, struct clock_pair pair)
{
	struct node_status s;
	struct member_view v;

	if (!d->history_saver || mono_within(d->history_sampled, now, PERIOD_NS)) {
		return;
	}
	d->history_sampled = now;
	node_status(d->node, now, pair, &s);
	struct history_entry base = history_entry_at(&s, now, pair);

	for (size_t at = 0; node_member(d->node, &at, now, pair, &v);) {
		struct history_entry e = base;

		if (history_entry_sample(&e, &v)) {
			history_saver_add(d->history_saver, &e);
		}
	}
	if (d->history_events > EVENTS_MAX) {
		char text[HISTORY_TEXT_MAX];

		(void)snprintf(
			text, sizeof(text),
			"%u more events within 10 s are not in the history: it keeps %d of them",
			d->history_events - EVENTS_MAX, EVENTS_MAX);
		log_warning(CAUSE_HISTORY, "%s", text);
		base.host = s.id;
		add_event(d, &base, LEVEL_WARNING, "events-dropped", text);
	}
	d->history_events = 0;
	history_saver_go(d->history_saver);
}

/* --- Events --- */

/* What changes the group or a clock.  What an outsider can cause, and what comes with each packet
 * or each ballot, is not kept: it would push out all else. */
bool history_wants(enum notice_kind kind)
{
	switch (kind) {
	case NOTICE_DEPUTY_NAMED:
	case NOTICE_ELECTION:
	case NOTICE_VOTE:
	case NOTICE_PEER_REFUSED:
	case NOTICE_PACKET_BAD:
	case NOTICE_SESSION_OPEN:
	case NOTICE_SAMPLE:
	case NOTICE_CORRECTION:
	case NOTICE_CORRECTION_REFUSED:
	case NOTICE_PATH_CHANGED:
	case NOTICE_REVOCATION_SAID:
	case NOTICE_ORDER_REFUSED:
		return false;
	default:
		return true;
	}
}

void history_note(struct daemon *d, const struct notice *n, const char *name, const char *text)
{
	mono_t now = {host_clock_ns(CLOCK_BOOTTIME)};
	struct clock_pair pair;
	struct node_status s;
	int64_t width;

	if (!d->history_saver || d->history_events++ >= EVENTS_MAX ||
	    d->clock->ops->read(d->clock, &pair, &width) < 0) {
		return;
	}
	node_status(d->node, now, pair, &s);
	struct history_entry e = history_entry_at(&s, now, pair);

	e.host = n->peer ? n->peer : s.id;
	(void)snprintf(e.name, sizeof(e.name), "%s", n->peer ? (name ? name : "") : s.name);
	e.flags |= n->peer ? 0 : HISTORY_SELF;
	add_event(d, &e, n->level, notice_word(n->kind), text);
	history_saver_go(d->history_saver);
}
