/* renew.c - the keys of sessions are made anew in time.  ARCHITECTURE.md, "Trust".
 *
 * Ages are of BOOTTIME and not of RAW: what was recorded before a host slept is as old as its
 * sleep.  Steering bends BOOTTIME by some percent at most. */
#include "core/node/renew.h"

#include "core/node/contacts.h"
#include "core/node/table.h"

#define LOOK_NS (60 * NS_PER_S)

void renew_tick(struct node *n)
{
	if (mono_sub(n->step.now, n->joining.renewed) < LOOK_NS) {
		return;
	}
	n->joining.renewed = n->step.now;
	for_each_peer (n, p) {
		session_expire(&p->session, n->step.now);
		if (session_is_old(&p->session, n->step.now) && !p->left) {
			contact_want_session(n, p);
		}
	}
}
