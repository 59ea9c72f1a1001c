/* role.c - the one writer of the role, of whom we follow, and of who comes next.
 *
 *	from		to		when
 *	none		member		a master polls us
 *			candidate	nobody polled us within the election timeout
 *	member		member		another poll, or another master polls us
 *			deputy		the master names us its first successor
 *			candidate	the master is silent for the election timeout, or hands over
 *			none		our master may lead no more, by our own lists
 *	deputy		deputy		another poll that names us
 *			member		the master names another one, or we grant our vote
 *			candidate	as a member
 *			none		as a member
 *	candidate	candidate	the pre-vote passed: the vote begins
 *			master		the vote passed
 *			member		another master polls us, or the ballot failed and we had one
 *			none		the ballot failed and we had none, or we vote for another
 *	master		member		a better master polls us
 *			none		we step down
 */
#include "core/node/role.h"

#include "core/node/effects.h"
#include "core/node/grant.h"

#include <assert.h>
#include <string.h>

/* Whoever leads us promises its next poll within four of our own intervals, or we go by these: a
 * lease that a liar makes is one that keeps us without a master.  Nor is it shorter than our own
 * shortest interval: as deputy we probe in these. */
#define POLL_RATIO_MAX 4
#define POLL_TELL_NS   (60 * NS_PER_S)

static void set_role(struct node *n, enum role to)
{
	static const uint8_t allowed[] = {
		[ROLE_NONE] = 1 << ROLE_MEMBER | 1 << ROLE_CANDIDATE,
		[ROLE_MEMBER] =
			1 << ROLE_MEMBER | 1 << ROLE_DEPUTY | 1 << ROLE_CANDIDATE | 1 << ROLE_NONE,
		[ROLE_DEPUTY] =
			1 << ROLE_DEPUTY | 1 << ROLE_MEMBER | 1 << ROLE_CANDIDATE | 1 << ROLE_NONE,
		[ROLE_CANDIDATE] =
			1 << ROLE_CANDIDATE | 1 << ROLE_MASTER | 1 << ROLE_MEMBER | 1 << ROLE_NONE,
		[ROLE_MASTER] = 1 << ROLE_MEMBER | 1 << ROLE_NONE,
	};

	assert(allowed[n->election.role] >> to & 1);
	n->election.role = to;
}

void role_init(struct node *n)
{
	assert(n->config.poll_ns > 0);
	n->election.role = ROLE_NONE;
	n->election.heard = MONO_LONG_AGO;
	n->election.poll_told = MONO_LONG_AGO;
	n->election.lease_poll_ns = n->config.poll_ns;
}

void become_nobody(struct node *n)
{
	set_role(n, ROLE_NONE);
	n->election.master = 0;
	n->election.deputy = 0;
	n->election.n_succession = 0;
	n->election.heard = MONO_LONG_AGO;
}

void become_member(struct node *n, node_id master, uint64_t term, mono_t heard)
{
	bool ours = n->election.master == master && n->election.term == term;

	assert(master != 0 && master != n->self.id);
	if (n->election.role != ROLE_DEPUTY) {
		set_role(n, ROLE_MEMBER);
	}
	grant_follow(n, term, master);
	grant_stand_at(n, MONO_NEVER);
	n->election.master = master;
	if (!ours || heard.ns > n->election.heard.ns) {
		n->election.heard = heard;
	}
}

void role_hear_poll(struct node *n, const struct wire_poll *q)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	const int64_t promised_ns = (int64_t)q->poll_ms * NS_PER_MS;
	const int64_t most_ns = POLL_RATIO_MAX * n->config.poll_ns;

	if (promised_ns > most_ns &&
	    !mono_within(n->election.poll_told, n->step.now, POLL_TELL_NS)) {
		n->election.poll_told = n->step.now;
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, n->election.master,
		       .limit_tripped = {.limit = LIMIT_POLL,
					 .value_ns = promised_ns,
					 .max_ns = most_ns});
	}
	n->election.lease_poll_ns = ns_clamp(promised_ns, n->config.poll_ns_min, most_ns);
	n->election.n_succession = q->n_succession;
	memcpy(n->election.succession, q->succession, sizeof(n->election.succession));
	n->election.deputy = q->n_succession ? q->succession[0] : 0;
	set_role(n, n->election.deputy == n->self.id ? ROLE_DEPUTY : ROLE_MEMBER);
}

void become_candidate(struct node *n)
{
	set_role(n, ROLE_CANDIDATE);
	grant_stand_at(n, MONO_NEVER);
}

void role_ballot_lost(struct node *n)
{
	assert(n->election.role == ROLE_CANDIDATE);
	set_role(n, n->election.master != 0 ? ROLE_MEMBER : ROLE_NONE);
}

void become_master(struct node *n)
{
	assert(n->election.granted_to == n->self.id);
	grant_transfer_to(n, 0, MONO_LONG_AGO);
	grant_stand_at(n, MONO_NEVER);
	set_role(n, ROLE_MASTER);
	n->election.master = n->self.id;
	n->election.heard = n->step.now;
	n->election.lease_poll_ns = n->config.poll_ns;
	n->election.deputy = 0;
	n->election.n_succession = 0;
}

void role_yield_deputy(struct node *n)
{
	if (n->election.role == ROLE_DEPUTY) {
		set_role(n, ROLE_MEMBER);
	}
}

void role_name_successors(struct node *n, const node_id *list, uint8_t k)
{
	assert(n->election.role == ROLE_MASTER);
	assert(k <= WIRE_SUCCESSION_MAX);
	n->election.n_succession = k;
	memset(n->election.succession, 0, sizeof(n->election.succession));
	memcpy(n->election.succession, list, k * sizeof(list[0]));
	n->election.deputy = k ? list[0] : 0;
}

void role_end_lease(struct node *n)
{
	n->election.heard = MONO_LONG_AGO;
}
