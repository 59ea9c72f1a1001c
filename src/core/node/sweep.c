/* sweep.c - a word to each peer, in as many steps as that takes.
 *
 * A step has room for FX_SEND_MAX packets, and a table may be larger.  The step after it, which
 * is due at once, goes on where this one ended, so that nobody is passed over for the slot that
 * it has. */
#include "core/node/sweep.h"

#include "core/node/effects.h"

#include <assert.h>

void sweep_begin(struct sweep *s)
{
	*s = (struct sweep){.under_way = true};
}

struct peer *sweep_next(const struct node *n, struct sweep *s)
{
	assert(s->next <= n->store.n_peers);
	while (s->under_way && fx_has_room(n)) {
		if (s->next == n->store.n_peers) {
			s->under_way = false;
			break;
		}
		struct peer *p = &n->store.peers[s->next++];

		if (p->used) {
			return p;
		}
	}
	return NULL;
}

mono_t sweep_deadline(const struct node *n, const struct sweep *s)
{
	return s->under_way ? n->step.now : MONO_NEVER;
}
