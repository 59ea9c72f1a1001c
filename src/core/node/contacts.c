/* contacts.c - addresses that we may open a session to.  ARCHITECTURE.md, "Trust". */
#include "core/node/contacts.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define PATH_TOLD_NS  (60 * NS_PER_S)
#define CALL_BACK_NS  (10 * NS_PER_S) /* at most once in so long to an address that we refuse */

#define RUMOURS_SHARE 4		      /* one contact in so many, and one more, may be a rumour */
#define TRIES_HINT    3		      /* calls for the word of a member */
#define TRIES_MAX     6		      /* and where somebody was who is known no more */
#define ASK_NS	      NS_PER_S	      /* between two calls for words about one id */
#define ASK_EACH_NS   (5 * NS_PER_MS) /* one call for hearsay per so long ... */
#define ASK_BURST     200	      /* ... with so many saved up */
#define ASK_TELL_NS   (60 * NS_PER_S)

static struct contact *find_free(const struct node *n)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		if (!n->store.contacts[i].used) {
			return &n->store.contacts[i];
		}
	}
	return NULL;
}

struct contact *contact_find(const struct node *n, const struct addr *a)
{
	assert(n->store.contacts);
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used && addr_equal(&c->addr, a)) {
			return c;
		}
	}
	return NULL;
}

void contacts_init(struct node *n)
{
	n->joining.asks.told = MONO_LONG_AGO;
}

/* Nobody is known to be there, and nobody is configured. */
static bool is_rumour(const struct contact *c)
{
	return c->used && !contact_is_configured(c) && c->peer == NO_INDEX;
}

static bool is_of_nobody_proved(const struct node *n, const struct contact *c)
{
	return !contact_is_configured(c) &&
	       (c->peer == NO_INDEX || !peer_is_proved(&n->store.peers[c->peer]));
}

/* The contact that makes room for one of somebody who is known: a rumour, that called longest ago.
 */
static struct contact *find_spare(const struct node *n)
{
	struct contact *oldest = NULL;

	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (is_of_nobody_proved(n, c) && (!oldest || c->asked.ns < oldest->asked.ns)) {
			oldest = c;
		}
	}
	if (oldest && oldest->peer != NO_INDEX) {
		n->store.peers[oldest->peer].contact = NO_INDEX;
	}
	return oldest;
}

static void contact_begin(struct node *n, struct contact *c, const struct addr *a)
{
	*c = (struct contact){.used = true,
			      .host = HOST_FOUND,
			      .addr = *a,
			      .peer = NO_INDEX,
			      .owner = NO_INDEX,
			      .keys_of = NO_INDEX,
			      .wanted = true,
			      .tries = TRIES_MAX,
			      .next_try = n->step.now,
			      .backoff_ns = BACKOFF_NS_MIN,
			      .asked = MONO_LONG_AGO,
			      .met = MONO_LONG_AGO,
			      .called = MONO_LONG_AGO,
			      .refused_at = MONO_LONG_AGO};
	session_init(&c->session,
		     session_index_new(n, CONTACT_BIT | (uint32_t)(c - n->store.contacts)));
}

struct contact *contact_add(struct node *n, const struct addr *a, int host)
{
	struct contact *c = contact_find(n, a);

	assert(n->store.contacts);
	assert(host >= HOST_FOUND && host < NODE_HOSTS_MAX);
	if (!c) {
		c = find_free(n);
		c = c ? c : find_spare(n);
		if (!c) {
			return NULL;
		}
		contact_begin(n, c, a);
	}
	c->host = host == HOST_FOUND ? c->host : (int16_t)host;
	return c;
}

/* Was somebody called a moment ago because of such a word about @id? */
static bool is_asked(const struct node *n, node_id id)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		if (c->used && c->about == id && mono_within(c->asked, n->step.now, ASK_NS)) {
			return true;
		}
	}
	return false;
}

void contact_tell_rumours(struct node *n)
{
	if (!mono_within(n->joining.asks.told, n->step.now, ASK_TELL_NS)) {
		n->joining.asks.told = n->step.now;
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, 0,
		       .limit_tripped = {.limit = LIMIT_RUMOURS});
	}
}

/* A contact for a rumour; NULL: there are enough. */
static struct contact *add_rumour(struct node *n, const struct addr *a)
{
	size_t n_rumours = 0, n_max = n->store.n_contacts / RUMOURS_SHARE + 1;
	struct contact *c = find_free(n);

	for (size_t i = 0; i < n->store.n_contacts; i++) {
		n_rumours += is_rumour(&n->store.contacts[i]);
	}
	if (!c || n_rumours >= n_max) {
		return NULL;
	}
	contact_begin(n, c, a);
	return c;
}

/* Is a handshake with it going on? */
static bool is_under_way(const struct node *n, const struct contact *c)
{
	const struct session *s = &c->session;

	return (s->state == SESSION_HELLO_SENT || s->state == SESSION_RESPONSE_SENT) &&
	       mono_within(s->sent_at, n->step.now, ASK_NS);
}

bool contact_ask(struct node *n, const struct addr *a, node_id about, enum hearsay by)
{
	struct contact *c = contact_find(n, a);

	assert(by < HEARSAY_MAX_);
	if (a->port == 0 || (c && (c->is_self || is_under_way(n, c))) || is_asked(n, about)) {
		return false;
	}
	if (!allowance_take(&n->joining.asks.left[by], ASK_EACH_NS, ASK_BURST, n->step.now)) {
		contact_tell_rumours(n);
		return false;
	}
	c = c ? c : add_rumour(n, a);
	if (!c) {
		contact_tell_rumours(n);
		return false;
	}
	c->about = about;
	c->asked = n->step.now;
	c->wanted = true;
	c->next_try = mono_min(c->next_try, n->step.now);
	if (is_rumour(c)) {
		c->tries = by == HEARSAY_STRANGER ? 1 : TRIES_HINT;
		c->backoff_ns = BACKOFF_NS_MIN;
	}
	return true;
}

bool contact_note_try(struct contact *c)
{
	assert(c->used);
	if (!is_rumour(c)) {
		return true;
	}
	c->used = c->tries > 0;
	c->tries -= c->used;
	return c->used;
}

bool node_add_contact(struct node *n, const struct addr *a, int host)
{
	return contact_add(n, a, host) != NULL;
}

void node_set_nameless(struct node *n, unsigned nameless)
{
	assert(nameless <= NODE_HOSTS_MAX);
	n->joining.n_nameless = nameless;
}

void node_remove_contact(struct node *n, const struct addr *a)
{
	struct contact *c = contact_find(n, a);

	if (!c) {
		return;
	}
	c->host = HOST_FOUND;
	if (c->peer == NO_INDEX) {
		c->used = false; /* else it stays as long as its peer does */
	}
}

void node_forgive_contact(struct node *n, const struct addr *a)
{
	struct contact *c = contact_find(n, a);

	if (c && c->peer == NO_INDEX) {
		c->forgiven = true;
	}
}

struct contact *contact_of_index(const struct node *n, uint32_t index)
{
	uint32_t slot = index & SLOT_MASK;

	if (!(index & CONTACT_BIT) || slot >= n->store.n_contacts) {
		return NULL;
	}
	struct contact *c = &n->store.contacts[slot];

	return c->used && c->session.index_local == index ? c : NULL;
}

/* Is @p another configured host than that of @c? */
static bool is_another(const struct node *n, const struct contact *c, const struct peer *p)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *k = &n->store.contacts[i];

		if (k->used && contact_is_configured(k) && k->host != c->host &&
		    k->owner == peer_index(n, p)) {
			return true;
		}
	}
	return false;
}

/* @p is found elsewhere now: who is configured where it only came by is still to be met. */
static void leave(struct node *n, struct peer *p)
{
	struct contact *c = contact_find(n, &p->addr);
	uint16_t index = peer_index(n, p);

	if (!c || !contact_is_configured(c) || c->peer != index || c->owner == index) {
		return;
	}
	p->contact = p->contact == c - n->store.contacts ? NO_INDEX : p->contact;
	c->peer = c->owner;
	c->wanted = true;
	if (c->owner != NO_INDEX && n->store.peers[c->owner].contact == NO_INDEX) {
		n->store.peers[c->owner].contact = (uint16_t)(c - n->store.contacts);
	}
}

void contact_bind(struct node *n, struct contact *c, struct peer *p)
{
	struct peer *other = c->peer == NO_INDEX ? NULL : &n->store.peers[c->peer];
	bool from_elsewhere = p->addr.port != 0 && !addr_equal(&p->addr, &c->addr);

	assert(c->used && p->used);
	if (other && other != p && other->contact == c - n->store.contacts) {
		other->contact = NO_INDEX; /* it may have moved, and be no worse for it */
	}
	c->peer = peer_index(n, p);
	c->owner = from_elsewhere || is_another(n, c, p) ? c->owner : c->peer;
	c->wanted = false;
	c->forgiven = false;
	p->contact = (uint16_t)(c - n->store.contacts);
}

void contact_want_session(struct node *n, struct peer *p)
{
	struct contact *c;

	assert(p->used);
	if (p->addr.port == 0) {
		return;
	}
	if (peer_is_rumour(p)) {
		(void)contact_ask(n, &p->addr, p->id, HEARSAY_MEMBER);
		return;
	}
	c = p->contact == NO_INDEX ? NULL : &n->store.contacts[p->contact];
	if (!c || !addr_equal(&c->addr, &p->addr)) {
		c = contact_add(n, &p->addr, HOST_FOUND);
	}
	if (!c || c->is_self) {
		return;
	}
	if (!peer_is_proved(p) && c->peer != NO_INDEX && c->peer != peer_index(n, p)) {
		/* Somebody else is there, or was; who is there now is what a call tells. */
		if (!p->recalled && !peer_heard(&n->store.peers[c->peer], n->step.now)) {
			(void)contact_ask(n, &p->addr, p->id, HEARSAY_MEMBER);
		}
		return;
	}
	contact_bind(n, c, p);
	c->wanted = true;
}

void contact_call(struct node *n, struct contact *c, mono_t at)
{
	assert(c->used && at.ns >= n->step.now.ns);
	c->wanted = true;
	c->tries = TRIES_MAX;
	c->next_try = at;
	c->backoff_ns = BACKOFF_NS_MIN;
}

void contacts_forgive(struct node *n)
{
	n->joining.n_nameless = 0;
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		n->store.contacts[i].forgiven = true;
	}
}

void contacts_retry(struct node *n)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used) {
			c->met = c->is_self ? n->step.now : c->met;
			c->is_self = false; /* addresses move between hosts */
			c->backoff_ns = BACKOFF_NS_MIN;
			c->next_try = mono_min(c->next_try, n->step.now);
		}
	}
}

void contact_note_met(const struct node *n, struct contact *c)
{
	assert(c->used);
	c->met = n->step.now;
	c->refused = KNOCK_NONE;
}

void contact_note_call(struct node *n, const struct addr *from)
{
	struct contact *c = contact_find(n, from);

	if (c) {
		c->called = n->step.now;
	}
}

void contact_note_refusal(struct node *n, const struct addr *from, size_t len, enum knock why)
{
	struct contact *c = contact_find(n, from);

	if (!c) {
		return;
	}
	if (len >= WIRE_HELLO_LEN && mono_sub(n->step.now, c->refused_at) > CALL_BACK_NS) {
		c->next_try = mono_min(c->next_try, n->step.now); /* it is to know of it too */
	}
	c->refused = why;
	c->refused_at = n->step.now;
}

/* People are told where @p is when that is another address than they know, and not more often
 * than once in so long: a host with two ways to us may take either for each packet. */
static void tell_path(struct node *n, struct peer *p)
{
	if (addr_equal(&p->told.addr, &p->addr) || peer_is_twin(p) ||
	    mono_within(p->told.at, n->step.now, PATH_TOLD_NS)) {
		return;
	}
	p->told.addr = p->addr;
	p->told.at = n->step.now;
	notice(n, NOTICE_PATH_CHANGED, LEVEL_INFO, p->id, .path_changed = {p->addr});
}

/* An address may serve several boots or hosts: the newest proved packet says where a peer is. */
void contact_track(struct node *n, struct peer *p, const struct addr *from, const struct addr *to)
{
	p->local = *to;
	if (p->told.addr.port == 0) { /* where it was first is no change */
		p->told.addr = p->addr.port ? p->addr : *from;
	}
	if (!addr_equal(&p->addr, from)) {
		struct contact *c = contact_find(n, from);

		leave(n, p);
		if (c) {
			contact_bind(n, c, p);
		}
		p->addr = *from;
	}
	tell_path(n, p);
}

void contact_locate(struct peer *p, const struct addr *addr, const struct addr *local)
{
	assert(p->used);
	p->addr = *addr;
	if (local) {
		p->local = *local;
	}
}
