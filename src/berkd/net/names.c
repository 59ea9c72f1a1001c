/* names.c - which configured peer is looked up when, and what an answer changes. */
#include "berkd/net/names.h"

#include <assert.h>
#include <string.h>

void names_reset(struct names *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < CONFIG_PEERS_MAX; i++) {
		s->name[i].told = MONO_LONG_AGO;
	}
}

void names_hurry(struct names *s)
{
	for (size_t i = 0; i < CONFIG_PEERS_MAX; i++) {
		s->name[i].wait_ns = 0;
	}
}

void names_look(struct names *s, const bool *here, size_t n)
{
	assert(n <= CONFIG_PEERS_MAX);
	s->silent = false;
	for (size_t i = 0; i < n; i++) {
		if (s->name[i].here && !here[i]) {
			s->name[i].wait_ns = 0;
		}
		s->name[i].here = here[i];
		s->silent |= !here[i];
	}
}

static mono_t name_due(const struct names *s, size_t i, const struct config_peer *p)
{
	const struct name *a = &s->name[i];
	int64_t wait = ns_max(a->wait_ns, NAMES_WAIT_NS_MIN);

	if (mono_is_long_ago(a->told)) {
		return a->told;
	}
	if (p->state == CONFIG_PEER_MISSING) {
		wait = ns_min(wait, NAMES_WAIT_NS_MISSING);
	} else if (!a->here) {
		wait = ns_min(wait, NAMES_WAIT_NS_SILENT);
	} else if (a->wait_ns > 0) {
		wait = s->silent ? NAMES_WAIT_NS_SILENT : NAMES_WAIT_NS_MAX;
	}
	return mono_add(a->told, wait);
}

size_t names_next(const struct names *s, const struct config_peer *peers, size_t n, mono_t *ret_due)
{
	size_t next = n;

	assert(n <= CONFIG_PEERS_MAX);
	*ret_due = MONO_NEVER;
	for (size_t i = 0; i < n; i++) {
		mono_t due = name_due(s, i, &peers[i]);

		if (!peers[i].numeric && due.ns < ret_due->ns) {
			*ret_due = due;
			next = i;
		}
	}
	return next;
}

void names_note_answer(struct names *s, size_t i, mono_t now)
{
	struct name *a = &s->name[i];

	assert(i < CONFIG_PEERS_MAX);
	a->told = now;
	a->wait_ns = ns_clamp(2 * a->wait_ns, NAMES_WAIT_NS_MIN, NAMES_WAIT_NS_SILENT);
}

static bool has_addr(const struct addr *list, unsigned n, const struct addr *a)
{
	for (unsigned i = 0; i < n; i++) {
		if (addr_equal(&list[i], a)) {
			return true;
		}
	}
	return false;
}

void name_take_answer(struct config_peer *p, const struct addr *found, unsigned n, mono_t now,
		      struct name_change *ret)
{
	enum config_peer_state state = n > 0 ? CONFIG_PEER_RESOLVED : CONFIG_PEER_MISSING;
	unsigned n_kept = 0;

	memset(ret, 0, sizeof(*ret));
	ret->first = p->n_addr == 0;
	ret->missed = state == CONFIG_PEER_MISSING && p->state != state;
	ret->back = state == CONFIG_PEER_RESOLVED && p->state == CONFIG_PEER_MISSING;
	p->since = p->state == state ? p->since : now;
	p->state = state;
	if (n == 0) {
		return;
	}
	for (unsigned i = 0; i < p->n_addr; i++) {
		if (has_addr(found, n, &p->addr[i])) {
			p->addr[n_kept++] = p->addr[i];
		} else {
			ret->removed[ret->n_removed++] = p->addr[i];
		}
	}
	p->n_addr = n_kept;
	for (unsigned i = 0; i < n && p->n_addr < CONFIG_ADDRS_MAX; i++) {
		if (!has_addr(p->addr, p->n_addr, &found[i])) {
			ret->added[ret->n_added++] = found[i];
			p->addr[p->n_addr++] = found[i];
		}
	}
}
