/* knock.c - who was refused, and why: a short list, of which people are told.
 *
 * The list has so many places that the hosts of a site that are set up wrongly find room.  Who
 * sends under many addresses can push others out of it, but not those who have shown the key of the
 * group, if he has not, and nobody out of what is known of a configured peer: that is kept with its
 * contact. */
#include "core/node/knock.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/outbox.h"

#include <assert.h>

#define TELL_NS	 (60 * NS_PER_S)
#define OFTEN_NS (5 * NS_PER_S)
#define TELL_GROUP_NS                                                                              \
	(3600 * NS_PER_S) /* of another group on the same network, which is everyday */

/* Is that said of nobody but who has shown the key of the group? */
static bool is_of_group(enum knock why)
{
	return why == KNOCK_NOT_PINNED || why == KNOCK_REVOKED || why == KNOCK_CLONE ||
	       why == KNOCK_SAME_TAG || why == KNOCK_TABLE_FULL;
}

/* The place of that address and reason, else a free one, else that of whoever knocked longest ago:
 * in the half of those with the key of the group, or in the other one. */
static struct knocker *knocker_of(struct node *n, const struct addr *from, enum knock why)
{
	struct knocker *half = &n->joining.refused[is_of_group(why) ? 0 : KNOCKERS_KEPT / 2];
	struct knocker *best = half;

	for (unsigned i = 0; i < KNOCKERS_KEPT / 2; i++) {
		struct knocker *k = &half[i];

		if (k->why == why && addr_equal(&k->addr, from)) {
			return k;
		}
		if (best->why != KNOCK_NONE &&
		    (k->why == KNOCK_NONE || k->last.ns < best->last.ns)) {
			best = k;
		}
	}
	*best = (struct knocker){.why = why,
				 .addr = *from,
				 .first = n->step.now,
				 .told = MONO_LONG_AGO};
	return best;
}

bool knock_refuse(struct node *n, const struct addr *from, size_t len, enum knock why)
{
	int64_t every_ns = why == KNOCK_OTHER_GROUP ? TELL_GROUP_NS : TELL_NS;
	struct knocker *k = knocker_of(n, from, why);

	assert(why != KNOCK_NONE && why < KNOCK_MAX_);
	bool often = k->n_packets > 0 && mono_sub(n->step.now, k->last) <= OFTEN_NS;

	k->last = n->step.now;
	k->n_packets++;
	contact_note_refusal(n, from, len, why);
	if (mono_sub(n->step.now, k->told) < every_ns) {
		return often;
	}
	k->told = n->step.now;
	notice(n, NOTICE_PEER_REFUSED, why == KNOCK_OTHER_GROUP ? LEVEL_NOTICE : LEVEL_WARNING, 0,
	       .peer_refused = {.why = why,
				.addr = *from,
				.n_packets = k->n_packets > 1 ? (unsigned)k->n_packets : 0,
				.every_ns = every_ns});
	return often;
}

/* Handshakes that cross or repeat are everyday; a wrong key is not. */
static enum knock knock_of(enum session_verdict v)
{
	switch (v) {
	case SESSION_BAD_MAC:
		return KNOCK_OTHER_KEY;
	case SESSION_NOT_PINNED:
		return KNOCK_NOT_PINNED;
	case SESSION_REVOKED:
		return KNOCK_REVOKED;
	case SESSION_BAD_LENGTH:
	case SESSION_BAD_COOKIE:
		return KNOCK_MALFORMED;
	default:
		return KNOCK_NONE;
	}
}

void knock_note_handshake(struct node *n, const struct node_event *ev, enum session_verdict v)
{
	enum knock why = knock_of(v);

	outbox_count_bad(n);
	if (why != KNOCK_NONE) {
		knock_refuse(n, &ev->rx.from, ev->rx.len, why);
	} else {
		notice(n, NOTICE_PEER_REFUSED, LEVEL_DEBUG, 0,
		       .peer_refused = {.addr = ev->rx.from, .verdict = v});
	}
}

void knock_admit(struct node *n, const struct addr *from)
{
	struct contact *c = contact_find(n, from);

	for (unsigned i = 0; i < KNOCKERS_KEPT; i++) {
		struct knocker *k = &n->joining.refused[i];

		if (addr_equal(&k->addr, from)) {
			k->why = KNOCK_NONE;
		}
	}
	if (c) {
		contact_note_met(n, c);
	}
}
