/* expel.c - who is trusted no more is gone at once, and does not wait for a new handshake.
 *
 * The lists say who may come in, and who may lead.  A session was opened under the lists of its
 * time: so each packet of it is held against those of now, and when they change all peers are.
 * Who is revoked is on a list of its own, of those who may not. */
#include "core/node/expel.h"

#include "core/node/census.h"
#include "core/node/effects.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/knock.h"
#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/role.h"
#include "core/node/table.h"

/* The lease that we keep, the grant that we count, the place in the table: all of it ends. */
static void leave_master(struct node *n)
{
	become_nobody(n);
	grant_stand_after(n, election_wait_ns(n, WAIT_STEPPED_DOWN));
}

static bool is_led(const struct node *n)
{
	return n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY;
}

/* Without a goodbye: whoever were told goodbye by all would count them out and be sure of itself.
 * It finds that it is refused when it calls. */
static void close_session(struct node *n, struct peer *p)
{
	session_end(&p->session, session_index_new(n, peer_index(n, p)));
}

static void expel(struct node *n, struct peer *p)
{
	bool counted = p->in_table && !p->guest, revoked = trust_is_revoked(&n->trust, p->id);

	if (p->addr.port != 0) {
		knock_refuse(n, &p->addr, 0, revoked ? KNOCK_REVOKED : KNOCK_NOT_PINNED);
	}
	close_session(n, p);
	if (counted) {
		census_goodbye(n, p);
	}
	notice(n, NOTICE_MEMBER_LEFT, LEVEL_WARNING, p->id,
	       .member_left = {revoked ? DEPARTURE_REVOKED : DEPARTURE_NOT_PINNED});
	peer_leave(p); /* what it granted counts no more */
	peer_strike(n, p, true);
	if (n->election.role == ROLE_MASTER) {
		census_update(n);
	}
	if (n->election.role == ROLE_CANDIDATE) { /* it may have granted */
		step_down(n, 0, 0);
	}
	if (is_led(n) && p->id == n->election.master) {
		leave_master(n);
	}
}

bool expel_unless_trusted(struct node *n, struct peer *p)
{
	if (trust_check(&n->trust, p->session.peer_pub) == SESSION_OK) {
		return true;
	}
	expel(n, p);
	return false;
}

/* Of who was only heard of the key may not be known, and of who is revoked it need not be. */
static void expel_unlisted(struct node *n)
{
	for_each_peer (n, p) {
		if (!session_can_send(&p->session) && !peer_counts(p) && !p->session.next.valid) {
			continue;
		}
		if (trust_is_revoked(&n->trust, p->id)) {
			expel(n, p);
		} else if (peer_key_is_known(p)) {
			(void)expel_unless_trusted(n, p);
		}
	}
}

void expel_tick(struct node *n)
{
	if (!trust_take_change(&n->trust)) {
		return;
	}
	expel_unlisted(n);
	if (is_led(n) && !id_may_lead(n, n->election.master)) {
		notice(n, NOTICE_MASTER_UNLISTED, LEVEL_WARNING, n->election.master);
		leave_master(n);
	}
	if ((n->election.role == ROLE_MASTER || n->election.role == ROLE_CANDIDATE) &&
	    !id_may_lead(n, n->self.id)) {
		step_down(n, 0, 0);
	}
}
