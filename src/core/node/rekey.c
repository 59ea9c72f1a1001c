/* rekey.c - other group keys: sessions go over to the first, and end under one that is taken no
 * more.
 *
 * A session goes on until the new one is proved, so nothing is lost between the two.  Those under
 * a key that is taken no more have a few seconds for it, and then end, whoever is at the other end:
 * who has but the old key is out. */
#include "core/node/rekey.h"

#include "core/node/contacts.h"
#include "core/node/join.h"
#include "core/node/table.h"
#include "core/wire/keyring.h"

#define SPREAD_NS (3 * NS_PER_S) /* new sessions with all are not asked for at once, ... */
#define HASTE_NS  NS_PER_S	 /* ... and sooner where the present one is to end */
#define GRACE_NS  (5 * NS_PER_S)

/* Is it a set of keys that is in use under a group key that is taken no more? */
static bool is_ending(const struct node *n, const struct session_keys *k)
{
	return k->valid && !keyring_takes(&n->trust, k->group);
}

static void ask_anew(struct node *n, struct peer *p, int64_t within_ns)
{
	contact_want_session(n, p);
	if (p->contact != NO_INDEX) {
		contact_call(n, &n->store.contacts[p->contact],
			     mono_add(n->step.now,
				      (int64_t)rng_below(&n->rng, (uint64_t)within_ns)));
	}
}

static void begin(struct node *n)
{
	n->trust.ring.end_at = MONO_NEVER;
	for_each_peer (n, p) {
		const struct session *s = &p->session;
		bool ending =
			is_ending(n, &s->now) || is_ending(n, &s->next) || is_ending(n, &s->before);

		if (ending) {
			n->trust.ring.end_at = mono_add(n->step.now, GRACE_NS);
		}
		if (s->now.valid && s->now.group != keyring_first(&n->trust)) {
			ask_anew(n, p, ending ? HASTE_NS : SPREAD_NS);
		}
	}
}

static void end_old(struct node *n)
{
	n->trust.ring.end_at = MONO_NEVER;
	for_each_peer (n, p) {
		struct session *s = &p->session;

		s->now.valid = s->now.valid && !is_ending(n, &s->now);
		s->next.valid = s->next.valid && !is_ending(n, &s->next);
		s->before.valid = s->before.valid && !is_ending(n, &s->before);
	}
}

bool rekey_on_session(struct node *n, struct peer *p)
{
	const struct session *s = &p->session;
	bool only = s->before.valid && s->before.group != s->now.group;

	if (only && p->contact != NO_INDEX && s->now.group == keyring_first(&n->trust)) {
		contact_bind(n, &n->store.contacts[p->contact], p); /* we need not ask too */
	}
	return only;
}

void rekey_tick(struct node *n)
{
	if (keyring_take_change(&n->trust)) {
		begin(n);
	}
	if (n->step.now.ns >= n->trust.ring.end_at.ns) {
		end_old(n);
	}
}

mono_t rekey_deadline(const struct node *n)
{
	return n->trust.ring.end_at;
}

void rekey_all(struct node *n)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used) {
			session_init(&c->session, c->session.index_local);
		}
	}
	for_each_peer (n, p) {
		session_end(&p->session, p->session.index_local);
	}
	join_retry_all(n);
}
