/* timeline.c - the one writer of the line that our clock follows. */
#include "core/node/timeline.h"

#include <assert.h>

bool line_bounded(const struct node *n)
{
	return n->steering.has_line && n->steering.line.error_ns != BOUND_UNKNOWN;
}

void timeline_take(struct node *n, const struct line *line)
{
	n->steering.line = *line;
	n->steering.has_line = true;
}

void timeline_lose(struct node *n)
{
	n->steering.has_line = false;
}

void timeline_rebase(struct node *n)
{
	assert(n->steering.has_line);
	line_rebase(&n->steering.line, n->step.pair.raw);
}

void timeline_steer(struct node *n, double rate)
{
	assert(n->election.role == ROLE_MASTER);
	n->steering.line.rate = rate;
}

void timeline_widen_to(struct node *n, int64_t error_ns)
{
	n->steering.line.error_ns = ns_max(n->steering.line.error_ns, error_ns);
}

void timeline_widen_by(struct node *n, int64_t error_ns)
{
	n->steering.line.error_ns = ns_add(n->steering.line.error_ns, error_ns);
}

void timeline_set_growth(struct node *n, int64_t growth_ppb)
{
	n->steering.line.growth_ppb = growth_ppb;
}

void timeline_settle(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->steering.line.error_ns = 0;
}
