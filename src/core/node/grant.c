/* grant.c - our term: to whom it is granted, when we ask for one ourselves, to whom we hand
 * over. */
#include "core/node/grant.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/witness.h"

#include <assert.h>

#define OUTBID_NS NS_PER_S

void grant_init(struct node *n, const struct node_saved *saved)
{
	n->election.term = saved->term;
	n->election.terms = window_about(saved->term);
	n->election.stand_at = MONO_NEVER;
}

void grant_set_disk(struct node *n, bool failed)
{
	assert(n->self.started);
	n->election.disk_failed = failed;
}

void grant_term(struct node *n, uint64_t term, node_id whom)
{
	assert(term > n->election.term);
	n->election.term = term;
	n->election.granted_to = whom;
	fx_add(n, FX_SAVE_TERM)->term = term;
}

void grant_follow(struct node *n, uint64_t term, node_id master)
{
	assert(master != 0 && master != n->self.id);
	if (n->election.term != term) {
		grant_term(n, term, master);
	}
	n->election.granted_to = master;
}

void grant_hear_term(struct node *n, uint64_t term, node_id from)
{
	struct term_window *w = &n->election.terms;
	uint64_t shown;

	if (term == n->election.term || window_has(w, term)) {
		return;
	}
	if (!witness_heard(n, MONO_LONG_AGO)) {
		witness_ask(n);
		return; /* what is beyond the window, the answers will say */
	}
	if (witness_term(n, &shown)) {
		window_show(w, shown, n->step.now);
	}
	if (!window_has(w, term)) {
		window_move(w, n->step.now);
	}
	if (!window_has(w, term) && window_may_tell(w, n->step.now)) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, from,
		       .limit_tripped = {.limit = LIMIT_TERM});
	}
}

void grant_note_term(struct node *n, uint64_t term)
{
	assert(takes_term(n, term));
	if (term > n->election.terms.seen) {
		n->election.terms.seen = term;
	}
}

bool grant_outbid(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	if (mono_within(n->election.terms.outbid, n->step.now, OUTBID_NS)) {
		return false; /* each makes us poll all, and somebody may want that */
	}
	n->election.terms.outbid = n->step.now;
	return true;
}

void grant_transfer_to(struct node *n, node_id to, mono_t until)
{
	assert(to == 0 || (to != n->self.id && n->election.role == ROLE_MASTER));
	n->election.transfer_to = to;
	n->election.transfer_until = until;
}

void grant_stand_at(struct node *n, mono_t at)
{
	assert(n->election.role != ROLE_MASTER);
	n->election.stand_at = at;
}

void grant_stand_after(struct node *n, int64_t base_ns)
{
	int64_t jitter_ns = (int64_t)rng_below(&n->rng, (uint64_t)ballot_pace_ns(n) / 5);

	assert(base_ns >= 0);
	grant_stand_at(n, may_stand(n) ? mono_add(n->step.now, base_ns + jitter_ns) : MONO_NEVER);
}
