/* obey.c - whose orders are taken: on which other hosts an operator may order what concerns us.
 *
 * An order goes from where it is given to the master, and from there to all.  The master judges
 * who gave it, and each host judges its master, which alone it hears: what the master says of who
 * gave it is hearsay.  So that nobody sets out alone, each reply says whether its sender would
 * come along. */
#include "core/node/obey.h"

#include "core/node/budget.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/table.h"

#include <assert.h>

#define TELL_NS (60 * NS_PER_S)

enum deaf obey_why_not(const struct node *n, node_id host)
{
	bool listed = n->config.master_keys && id_may_lead(n, host);

	if (host == n->self.id) {
		return DEAF_NOT;
	}
	if (budget_is_capped(n)) {
		return DEAF_OPEN;
	}
	switch (n->config.orders) {
	case ORDERS_OF_MASTERS:
		return listed ? DEAF_NOT : DEAF_UNLISTED;
	case ORDERS_OF_MEMBERS:
		return DEAF_NOT;
	case ORDERS_OF_NOBODY:
		break;
	}
	return DEAF_ALWAYS;
}

bool obey_takes_any(const struct node *n)
{
	return !budget_is_capped(n) &&
	       (n->config.orders == ORDERS_OF_MEMBERS ||
		(n->config.orders == ORDERS_OF_MASTERS && n->config.master_keys));
}

enum deaf obey_deaf_to(const struct node *n, node_id host)
{
	enum deaf why = obey_why_not(n, host);

	return why == DEAF_NOT && !budget_takes_order(n) ? DEAF_ENOUGH : why;
}

void obey_tell_refused(struct node *n, node_id host, enum order what, enum deaf why)
{
	assert(why != DEAF_NOT);
	if (!mono_within(n->steering.deaf_told, n->step.now, TELL_NS)) {
		n->steering.deaf_told = n->step.now;
		notice(n, NOTICE_ORDER_REFUSED, LEVEL_WARNING, host,
		       .order_refused = {.what = what, .why = why});
	}
}

static void list(struct deaf_hosts *l, node_id id, enum deaf why)
{
	if (l->n_named < WIRE_DEAF_MAX) {
		l->host[l->n_named].id = id;
		l->host[l->n_named].why = (uint8_t)why;
		l->n_named++;
	}
	l->n++;
}

void obey_list_deaf(const struct node *n, node_id host, bool step, struct deaf_hosts *ret)
{
	enum deaf own = obey_why_not(n, host);

	assert(n->election.role == ROLE_MASTER);
	*ret = (struct deaf_hosts){.n = 0};
	if (own != DEAF_NOT) {
		list(ret, n->self.id, own);
	}
	for_each_peer (n, p) {
		if (step && p->in_table && peer_alive(n, p) &&
		    p->as_master.polled.deaf != DEAF_NOT) {
			list(ret, p->id, p->as_master.polled.deaf);
		}
	}
}
