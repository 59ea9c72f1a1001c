/* table.c - the peers: proved identities, and those merely heard of.  ARCHITECTURE.md,
 * "Election". */
#include "core/node/table.h"

#include "berk/term.h"
#include "core/node/effects.h"
#include "core/node/peer.h"

#include <assert.h>

#define PRIORITY_DEFAULT 100 /* until it says otherwise */
#define RUMOURS_SHARE	 8 /* one place in so many, and one more, is for who is merely mentioned */

size_t peer_size(void)
{
	return sizeof(struct peer);
}

uint16_t peer_index(const struct node *n, const struct peer *p)
{
	return (uint16_t)(p - n->store.peers);
}

struct peer *peer_next(const struct node *n, const struct peer *after)
{
	for (size_t i = after ? peer_index(n, after) + 1U : 0; i < n->joining.n_slots; i++) {
		if (n->store.peers[i].used) {
			return &n->store.peers[i];
		}
	}
	return NULL;
}

struct peer *peer_find(const struct node *n, node_id id)
{
	struct peer *p = peer_next(n, NULL);

	while (p && p->id != id) {
		p = peer_next(n, p);
	}
	return p;
}

/* Is it the master, or one of its successors? */
static bool is_named(const struct node *n, node_id id)
{
	for (unsigned i = 0; i < n->election.n_succession; i++) {
		if (n->election.succession[i] == id) {
			return true;
		}
	}
	return id == n->election.master;
}

/* May @p make room?  A master keeps its table; others keep who may lead them, whom they heard
 * just now, and whom they miss. */
static bool peer_spare(const struct node *n, const struct peer *p)
{
	bool master = n->election.role == ROLE_MASTER;

	return !is_named(n, p->id) && !peer_is_struck(p) &&
	       !(p->in_table && (master || p->recalled)) &&
	       mono_sub(n->step.now, p->listed) > (master ? 60 : 2) * NS_PER_S;
}

/* Make the slot of @p free; its contact forgets it too. */
static void peer_forget(struct node *n, struct peer *p)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) { /* several addresses may lead to it */
		struct contact *c = &n->store.contacts[i];

		c->owner = c->owner == peer_index(n, p) ? NO_INDEX : c->owner;
		c->keys_of = c->keys_of == peer_index(n, p) ? NO_INDEX : c->keys_of;
		if (c->used && c->peer == peer_index(n, p)) {
			c->peer = c->owner;
			c->forgiven = c->forgiven || p->forgotten;
			c->used = contact_is_configured(c);
		}
	}
	p->used = false;
}

/* Does @p go before anybody who has shown his key?  A master keeps its table, and the master's
 * successors have a place, though we may never speak with them. */
static bool peer_is_unproved(const struct node *n, const struct peer *p)
{
	return !peer_is_proved(p) && !p->recalled && !p->forgotten && !peer_is_struck(p) &&
	       !(p->in_table && n->election.role == ROLE_MASTER) && !is_named(n, p->id);
}

/* Is it where a configured peer is? */
static bool peer_is_expected(const struct node *n, const struct peer *p)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		if (c->used && contact_is_configured(c) && addr_equal(&c->addr, &p->addr)) {
			return true;
		}
	}
	return false;
}

/* Must @p make room for whoever is expected here?  Hosts without a master all call each other, and
 * would keep the master out of a small table for as long as it is not met. */
static bool peer_is_strange(const struct node *n, const struct peer *p)
{
	return !peer_counts(p) && !p->recalled && !p->forgotten && !is_named(n, p->id) &&
	       !peer_is_expected(n, p);
}

static bool goes_first(const struct peer *p, const struct peer *than)
{
	return !than || p->listed.ns < than->listed.ns;
}

/* Who makes room for a newcomer, or NULL. */
static struct peer *find_spare(struct node *n, enum peer_source from)
{
	struct peer *rumour = NULL, *unproved = NULL, *spare = NULL, *strange = NULL;

	for_each_peer (n, p) {
		rumour = peer_is_rumour(p) && goes_first(p, rumour) ? p : rumour;
		unproved = peer_is_unproved(n, p) && goes_first(p, unproved) ? p : unproved;
		spare = peer_spare(n, p) && goes_first(p, spare) ? p : spare;
		strange = peer_is_strange(n, p) && goes_first(p, strange) ? p : strange;
	}
	if (rumour || from < PEER_PROVED) {
		return rumour;
	}
	spare = spare || from != PEER_EXPECTED ? spare : strange;
	return unproved ? unproved : spare;
}

static struct peer *find_free(const struct node *n)
{
	for (size_t i = 0; i < n->store.n_peers; i++) {
		if (!n->store.peers[i].used) {
			return &n->store.peers[i];
		}
	}
	return NULL;
}

/* The slot to use for a newcomer, or NULL. */
static struct peer *peer_slot(struct node *n, enum peer_source from)
{
	size_t n_rumours = 0;
	struct peer *p = find_free(n);

	for_each_peer (n, q) {
		n_rumours += peer_is_rumour(q);
	}
	if (from == PEER_MENTIONED && n_rumours > n->store.n_peers / RUMOURS_SHARE) {
		p = NULL;
	}
	if (!p) {
		p = find_spare(n, from);
		if (p) {
			peer_forget(n, p);
		}
	}
	return p;
}

uint32_t session_index_new(struct node *n, uint32_t slot)
{
	return (uint32_t)(rng_u64(&n->rng) >> 48) << 16 | slot;
}

struct peer *peer_add(struct node *n, node_id id, enum peer_source from)
{
	struct peer *p = peer_find(n, id);

	if (p || id == 0 || id == n->self.id) {
		return p;
	}
	p = peer_slot(n, from);
	if (!p && from < PEER_PROVED) {
		return NULL; /* merely heard of */
	}
	if (!p) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, id,
		       .limit_tripped = {.limit = LIMIT_TABLE,
					 .n_max = (unsigned)n->store.n_peers});
		return NULL;
	}
	*p = (struct peer){
		.used = true,
		.id = id,
		.contact = NO_INDEX,
		.struck = MONO_LONG_AGO,
		.heard = MONO_LONG_AGO,
		.asked = MONO_NEVER,
		.listed = n->step.now,
		.told = {.at = MONO_LONG_AGO},
		.drift_told = MONO_LONG_AGO,
		.hinted = MONO_LONG_AGO,
		.priority = PRIORITY_DEFAULT,
		.twin = {.turned = MONO_LONG_AGO, .until = MONO_NEVER},
		.measure = {.estimator = NO_INDEX, .sampled = MONO_LONG_AGO},
		.revoke = {.due = MONO_NEVER},
		.as_master = {.order_done = MONO_LONG_AGO,
			      .polled = {.replied = MONO_LONG_AGO,
					 .next_poll = MONO_NEVER,
					 .retry_at = MONO_NEVER},
			      .judged = {.reason = REASON_NEWCOMER, .reason_told = REASON_NEWCOMER},
			      .closure_ns = CLOSURE_UNKNOWN},
	};
	if (peer_index(n, p) >= n->joining.n_slots) {
		n->joining.n_slots = peer_index(n, p) + 1U;
	}
	session_init(&p->session, session_index_new(n, peer_index(n, p)));
	return p;
}

void peer_tell_name(const struct peer *p, char ret[static NODE_NAME_MAX])
{
	memset(ret, 0, NODE_NAME_MAX);
	if (p->name[0]) {
		memcpy(ret, p->name, NODE_NAME_MAX);
	} else {
		ret[0] = '?';
	}
}

bool peer_key_is_known(const struct peer *p)
{
	return id_from_key(p->session.peer_pub) == p->id;
}

bool peer_is_twin(const struct peer *p)
{
	return !mono_is_never(p->twin.until);
}

bool id_may_lead(const struct node *n, node_id id)
{
	for (size_t i = 0; i < n->config.n_master_keys; i++) {
		if (id_from_key(n->config.master_keys[i]) == id) {
			return true;
		}
	}
	return n->config.master_keys == NULL;
}

/* Whoever asks to be followed says itself that it leads; its mode and priority may be hearsay. */
bool peer_is_eligible(const struct node *n, const struct peer *p)
{
	return id_may_lead(n, p->id) && n->step.now.ns >= p->distrusted.ns;
}

bool peer_may_lead(const struct node *n, const struct peer *p)
{
	return peer_is_eligible(n, p) && !peer_is_twin(p) && p->priority > 0 &&
	       p->mode != MODE_OBSERVE;
}

bool peer_was_proved(const struct peer *p)
{
	return session_can_send(&p->session) ||
	       (!p->forgotten && (p->recalled || peer_key_is_known(p)));
}

bool table_has_tag(const struct node *n, node_id id)
{
	if (id != n->self.id && term_is_of(id, n->self.id)) {
		return true;
	}
	for_each_peer (n, p) {
		if (p->id != id && term_is_of(id, p->id) && peer_was_proved(p)) {
			return true;
		}
	}
	return false;
}
