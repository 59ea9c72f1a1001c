/* recall.c - the table on disk: who was in the group before we started, and what is to be saved
 * of it.  ARCHITECTURE.md, "The table on disk".
 *
 * A majority is one of those who carried the line.  Therefore the hosts on disk count by their
 * ids, until they are seen or forgotten: a stranger makes the table larger, and fills nobody's
 * place. */
#include "core/node/recall.h"

#include "core/node/census.h"
#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/join.h"
#include "core/node/peer.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>
#include <string.h>

#define LOOK_NS	   NS_PER_S
#define DETAILS_NS (3600 * NS_PER_S) /* addresses may come and go with each packet */

/* FNV-1a, 64 bit: draft-eastlake-fnv. */
#define FNV_BASE   UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static uint64_t mix_byte(uint64_t h, uint64_t byte)
{
	return (h ^ (byte & UINT8_MAX)) * FNV_PRIME;
}

static uint64_t mix(uint64_t h, uint64_t number)
{
	for (unsigned shift = 0; shift < 64; shift += 8) {
		h = mix_byte(h, number >> shift);
	}
	return h;
}

static uint64_t mix_details(uint64_t h, const struct peer *p)
{
	for (size_t i = 0; i < sizeof(p->name); i++) {
		h = mix_byte(h, (uint8_t)p->name[i]);
	}
	for (size_t i = 0; i < sizeof(p->addr.ip); i++) {
		h = mix_byte(h, p->addr.ip[i]);
	}
	return mix(h, p->addr.port);
}

/* Sums over the hosts, so their order does not matter. */
static void digest(const struct node *n, uint64_t *ret_hosts, uint64_t *ret_details)
{
	*ret_hosts = mix(mix(FNV_BASE, n->election.kept.n_table), n->election.census.guest);
	*ret_details = 0;
	for_each_peer (n, p) {
		if (p->on_disk) {
			uint64_t h = mix(FNV_BASE, p->id);

			*ret_hosts += mix(h, p->guest);
			*ret_details += mix_details(h, p);
		}
	}
}

/* Who has no bounded line was, as far as it knows, in no group but the one on disk: of that it
 * may only forget hosts. */
static void choose_rows(struct node *n)
{
	struct kept *k = &n->election.kept;
	unsigned size = n->election.census.n_table, most = (unsigned)n->store.n_peers + 1;
	bool bounded = line_bounded(n);
	bool knows = n->election.role == ROLE_MASTER || n->election.master == 0;

	for_each_peer (n, p) {
		p->on_disk = peer_counts(p) && (p->on_disk || bounded);
	}
	size = size < most ? size : most; /* a master may say any number */
	if (bounded || (knows && size < k->n_table)) {
		k->n_table = size;
	}
}

static void save(struct node *n, uint64_t hosts, uint64_t details)
{
	struct effect *e = fx_add(n, FX_SAVE_TABLE);

	e->table.n_table = n->election.kept.n_table;
	e->table.guest = n->election.census.guest;
	n->election.kept.hosts = hosts;
	n->election.kept.details = details;
	n->election.kept.details_due = mono_add(n->step.now, DETAILS_NS);
}

void recall_save(struct node *n)
{
	uint64_t hosts, details;

	choose_rows(n);
	digest(n, &hosts, &details);
	if (hosts != n->election.kept.hosts || details != n->election.kept.details) {
		save(n, hosts, details);
	}
}

void recall_tick(struct node *n)
{
	struct kept *k = &n->election.kept;
	uint64_t hosts, details;

	if (n->step.now.ns < k->look_due.ns) {
		return;
	}
	k->look_due = mono_add(n->step.now, LOOK_NS);
	choose_rows(n);
	digest(n, &hosts, &details);
	if (hosts != k->hosts || (details != k->details && n->step.now.ns >= k->details_due.ns)) {
		save(n, hosts, details);
	}
}

void recall_init(struct node *n, const struct node_saved *saved)
{
	assert(saved->n_row <= n->store.n_peers);
	for (size_t i = 0; i < saved->n_row; i++) {
		const struct node_row *r = &saved->row[i];
		struct peer *p = peer_add(n, r->id, PEER_LISTED);

		assert(p && !p->recalled);
		peer_recall(p);
		peer_rename(p, r->name);
		contact_locate(p, &r->addr, NULL);
		census_hear_guest(n, p, r->guest);
		if (r->key_known) {
			join_recall_key(p, r->key);
		}
		p->on_disk = true;
	}
	n->election.kept.n_table = n->election.census.n_table;
	n->election.kept.look_due = n->election.kept.details_due = MONO_LONG_AGO;
	digest(n, &n->election.kept.hosts, &n->election.kept.details);
}

void recall_start(struct node *n)
{
	for_each_peer (n, p) {
		assert(p->id != n->self.id);
		if (p->recalled) {
			contact_want_session(n, p);
		}
	}
}

void recall_replace(struct node *n, struct peer *p)
{
	if (!p->name[0] || p->addr.port == 0 || p->recalled || p->left) {
		return;
	}
	bool proved = peer_is_proved(p);
	for_each_peer (n, q) {
		if (q != p && q->recalled && addr_equal(&q->addr, &p->addr) &&
		    memcmp(q->name, p->name, sizeof(p->name)) == 0) {
			if (proved) {
				peer_strike(n, q, true);
			} else {
				contact_want_session(n, p);
			}
		}
	}
}

bool node_row(const struct node *n, size_t i, struct node_row *ret)
{
	for_each_peer (n, p) {
		if (!p->on_disk || i-- > 0) {
			continue;
		}
		memset(ret, 0, sizeof(*ret));
		ret->id = p->id;
		ret->guest = p->guest;
		ret->key_known = peer_key_is_known(p);
		memcpy(ret->key, p->session.peer_pub, ret->key_known ? KEY_LEN : 0);
		memcpy(ret->name, p->name, sizeof(ret->name));
		ret->addr = p->addr;
		return true;
	}
	return false;
}
