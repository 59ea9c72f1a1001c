/* chat.c - chat over the wire: post, pull, take over, show.  copies.c has the master's copying, and
 * core/rules/chat.h the rules of the log. */
#include "core/node/chat.h"

#include "core/node/copies.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define SHOW_MAX     8 /* lines shown per step */
#define PACE_TELL_NS (60 * NS_PER_S)

/* A host may say at once what it keeps while its group is split, and go on at a pace at which one
 * could still read.  A master's copies may fill the whole log at once, as for a late joiner. */
static const struct chat_pace_limit said = {.burst = CHAT_OWN_LINES,
					    .every_ns = NS_PER_S / CHAT_PER_S};
static const struct chat_pace_limit copied = {.burst = CHAT_LOG_LINES,
					      .every_ns = NS_PER_S / CHAT_COPIED_PER_S};

void chatting_emit(struct node *n)
{
	const struct wire_chat_line *line;
	uint64_t from;

	if (n->step.fx->n < FX_MAX - 2 && chat_take_unsaved(&n->chat.log, &from)) {
		fx_add(n, FX_SAVE_CHAT)->chat_from = from;
	}
	for (unsigned i = 0;
	     i < SHOW_MAX && n->step.fx->n < FX_MAX - 2 && chat_show(&n->chat.log, &line); i++) {
		fx_add(n, FX_CHAT)->chat = line;
	}
}

static struct peer *master_peer(const struct node *n)
{
	return n->election.master && n->election.role != ROLE_MASTER
		       ? peer_find(n, n->election.master)
		       : NULL;
}

static void pull_send(struct node *n, struct peer *p, uint64_t from)
{
	struct wire_msg msg = {.type = WIRE_CHAT_PULL,
			       .term = n->election.term,
			       .chat_pull = {.from = from, .have = n->chat.log.last}};

	outbox_send(n, p, &msg, false, 0);
}

/* As member: are there lines for a master that we know? */
static bool has_mail(const struct node *n)
{
	return master_peer(n) && chat_has_to_send(&n->chat.log);
}

static void post_outbox(struct node *n)
{
	struct wire_msg msg = {.type = WIRE_CHAT_POST, .term = n->election.term};
	struct peer *m = master_peer(n);

	if (m && chat_outbox(&n->chat.log, &msg.chat_post)) {
		outbox_send(n, m, &msg, false, 0);
	}
	n->chat.resend = mono_add(n->step.now, CHAT_RESEND_NS);
}

void chatting_begin_lead(struct node *n, uint16_t source, struct chat_pos target)
{
	assert(n->election.role == ROLE_MASTER);
	n->chat.source = source;
	n->chat.target = target;
	if (source == NO_INDEX) {
		chat_lead(&n->chat.log, n->election.term);
		n->chat.lead_at = MONO_NEVER;
		return;
	}
	/* A voter's log is further on: some of its lines may have been shown.  Take them over
	 * first. */
	chat_follow(&n->chat.log);
	n->chat.lead_at = mono_add(n->step.now, 2 * heartbeat_ns(n));
	n->chat.resend = n->step.now;
}

static void tick_takeover(struct node *n)
{
	bool done = !chat_pos_after(n->chat.target, n->chat.log.last);

	if (mono_is_never(n->chat.lead_at)) {
		return;
	}
	if (done || n->step.now.ns >= n->chat.lead_at.ns) {
		n->chat.lead_at = MONO_NEVER;
		n->chat.source = NO_INDEX;
		chat_lead(&n->chat.log, n->election.term);
	} else if (n->step.now.ns >= n->chat.resend.ns) {
		pull_send(n, &n->store.peers[n->chat.source], n->chat.log.last.index + 1);
		n->chat.resend = mono_add(n->step.now, CHAT_RESEND_NS);
	}
}

static bool is_taken_over_from(const struct node *n, const struct peer *p)
{
	return n->election.role == ROLE_MASTER && !mono_is_never(n->chat.lead_at) &&
	       peer_index(n, p) == n->chat.source;
}

/* A line of a term far above ours would stay above all that later masters take. */
static bool terms_are_possible(const struct node *n, const struct wire_chat_lines *m)
{
	bool possible = takes_term(n, m->prev.term);

	for (unsigned i = 0; i < m->n; i++) {
		possible = possible && takes_term(n, m->line[i].pos.term);
	}
	return possible;
}

void chatting_tell_pace(struct node *n, const struct peer *p, enum limit limit)
{
	if (!mono_within(n->chat.pace_told, n->step.now, PACE_TELL_NS)) {
		n->chat.pace_told = n->step.now;
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id,
		       .limit_tripped = {.limit = limit});
	}
}

/* As master: lines of @p enter, as many as it may say.  It sends the others again. */
static void take_post(struct node *n, struct peer *p, const struct wire_chat_post *post)
{
	struct wire_chat_post part = *post;

	part.n = (uint8_t)chat_pace_allows(&p->chat_pace, &said, n->step.now, post->n);
	if (part.n < post->n) {
		chatting_tell_pace(n, p, LIMIT_CHAT);
	}
	chat_pace_take(&p->chat_pace, &said, n->step.now, chat_on_post(&n->chat.log, p->id, &part));
}

/* Lines of a log that we copy.  False: they have to wait, and come again. */
static bool take_copies(struct node *n, const struct peer *p, const struct wire_chat_lines *lines)
{
	if (chat_pace_allows(&n->chat.copied, &copied, n->step.now, lines->n) < lines->n) {
		chatting_tell_pace(n, p, LIMIT_CHAT_COPIES);
		return false;
	}
	return true;
}

/* The next master goes on with the pace that each host had under the last.  When a line was said,
 * its copy does not tell: so all of a log counts that comes at once, but no more than one may say
 * at once. */
static void count_copied(struct node *n, const struct wire_chat_lines *lines)
{
	for (unsigned i = 0; i < lines->n; i++) {
		struct peer *p = peer_find(n, lines->line[i].origin);

		if (p) {
			chat_pace_take(&p->chat_pace, &said, n->step.now,
				       chat_pace_allows(&p->chat_pace, &said, n->step.now, 1));
		}
	}
}

static void on_lines(struct node *n, struct peer *p, const struct wire_chat_lines *lines, bool ours)
{
	struct chat_pos before = n->chat.log.last;
	uint64_t from;

	if (!take_copies(n, p, lines)) {
		return;
	}
	enum chat_verdict v = chat_on_lines(&n->chat.log, lines, &from);

	if (v == CHAT_GAP) {
		pull_send(n, p, from);
		return;
	}
	if (lines->n == 0) {
		return;
	}
	if (before.index != n->chat.log.last.index || before.term != n->chat.log.last.term) {
		chat_pace_take(&n->chat.copied, &copied, n->step.now, lines->n);
		count_copied(n, lines);
	}
	pull_send(n, p, n->chat.log.last.index + 1);
	if (ours && chat_has_to_send(&n->chat.log)) {
		post_outbox(n); /* ours are in: the next */
	}
}

void chatting_on_message(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	bool ours = p->id == n->election.master && msg->term == n->election.term &&
		    n->election.role != ROLE_MASTER;

	if (msg->type == WIRE_CHAT_POST) {
		if (n->election.role == ROLE_MASTER && n->chat.log.leading) {
			take_post(n, p, &msg->chat_post);
		}
	} else if (msg->type == WIRE_CHAT_PULL) {
		copies_on_pull(n, p, &msg->chat_pull);
	} else if ((ours || is_taken_over_from(n, p)) && terms_are_possible(n, &msg->chat_lines)) {
		on_lines(n, p, &msg->chat_lines, ours);
	}
}

void chatting_on_poll(struct node *n, struct peer *p, const struct wire_poll *q)
{
	uint64_t from;

	chat_acked(&n->chat.log, q->chat_acked_seq);
	if (chat_on_poll(&n->chat.log, q->chat_stable, q->chat_last, &from)) {
		pull_send(n, p, from);
	}
	if (!q->island) {
		chat_make_firm(&n->chat.log, q->chat_stable);
	}
	if (n->chat.log.agrees && n->chat.log.n_cut > 0) {
		notice(n, NOTICE_CHAT_CUT, LEVEL_NOTICE, p->id,
		       .chat_cut = {.n_lines = (unsigned)n->chat.log.n_cut});
		chat_forget_cut(&n->chat.log);
	}
}

int64_t chatting_time_ns(const struct node *n)
{
	return n->steering.has_line ? line_at(&n->steering.line, n->step.pair.raw).ns
				    : n->step.pair.wall.ns;
}

enum order_verdict chatting_order(struct node *n, const char *text, size_t len)
{
	if (chat_pace_allows(&n->chat.own, &said, n->step.now, 1) == 0) {
		return ORDER_CHAT_FULL;
	}
	switch (chat_type(&n->chat.log, text, len, n->config.name, chatting_time_ns(n))) {
	case CHAT_OK:
		chat_pace_take(&n->chat.own, &said, n->step.now, 1);
		break;
	case CHAT_FULL:
		return ORDER_CHAT_FULL;
	case CHAT_BAD_TEXT:
	case CHAT_GAP:
		return ORDER_BAD_TEXT;
	}
	if (n->election.role != ROLE_MASTER && n->chat.resend.ns > n->step.now.ns) {
		post_outbox(n);
	}
	return ORDER_OK;
}

static void update_stable(struct node *n)
{
	uint64_t before = n->chat.log.stable, index = copies_stable_index(n);

	if (index > before) {
		chat_set_stable(&n->chat.log, index);
	}
	if (n->chat.log.stable != before) {
		copies_note_stable(n);
	}
	if (!n->election.census.island) {
		chat_make_firm(&n->chat.log, n->chat.log.stable);
	}
}

/* Own lines of a life are numbered from a random place on: no other is likely to use those numbers,
 * and nobody knows them before. */
static uint64_t draw_life(struct node *n)
{
	return (rng_u64(&n->rng) >> 24) << 20;
}

/* Whoever leads can make lines of ours, which all that lead later keep: under their numbers nothing
 * of us is taken any more. */
static void leave_forged_life(struct node *n)
{
	unsigned n_again = chat_begin_life(&n->chat.log, draw_life(n));

	if (!mono_within(n->chat.forged_told, n->step.now, PACE_TELL_NS)) {
		n->chat.forged_told = n->step.now;
		notice(n, NOTICE_CHAT_FORGED, LEVEL_WARNING, 0, .chat_forged = {n_again});
	}
}

void chatting_tick(struct node *n)
{
	if (n->chat.log.is_forged) {
		leave_forged_life(n);
	}
	if (n->election.role == ROLE_MASTER) {
		tick_takeover(n);
		update_stable(n);
		copies_tick(n);
	} else if (has_mail(n) && n->step.now.ns >= n->chat.resend.ns) {
		post_outbox(n);
	}
}

mono_t chatting_deadline(const struct node *n)
{
	if (n->chat.log.shown < n->chat.log.stable) {
		return n->step.now;
	}
	if (n->election.role != ROLE_MASTER) {
		return has_mail(n) ? n->chat.resend : MONO_NEVER;
	}
	return mono_is_never(n->chat.lead_at)
		       ? copies_deadline(n)
		       : mono_min(mono_min(n->chat.lead_at, n->chat.resend), copies_deadline(n));
}

void chatting_init(struct node *n, const struct node_saved *saved)
{
	n->chat.log.last = saved->chat_last;
	n->chat.log.stable = saved->chat_stable;
}

void chatting_start(struct node *n)
{
	struct chat_pos last = n->chat.log.last;
	uint64_t stable = n->chat.log.stable;

	assert(n->self.id != 0);
	n->chat.source = NO_INDEX;
	n->chat.lead_at = MONO_NEVER;
	n->chat.pace_told = n->chat.forged_told = MONO_LONG_AGO;
	n->chat.resend = n->step.now; /* a master that never posted may have to as a member */
	chat_init(&n->chat.log,
		  &(struct chat_rings){.log = n->store.chat_log,
				       .n_log = n->store.n_chat_log,
				       .own = n->store.chat_own,
				       .n_own = n->store.n_chat_own},
		  n->self.id, draw_life(n));
	if (last.index > 0) {
		chat_restore(&n->chat.log, last, stable);
	}
}

void chatting_raise_term(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	chat_lead(&n->chat.log, n->election.term);
}

void chatting_begin_follow(struct node *n)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	chat_follow(&n->chat.log);
}
