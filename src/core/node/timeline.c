/* timeline.c - the one writer of the line that our clock follows. */
#include "core/node/timeline.h"

#include "core/rules/bound.h"

#include <assert.h>

bool line_bounded(const struct node *n)
{
	return n->steering.has_line && n->steering.line.error_ns != BOUND_UNKNOWN;
}

int64_t line_remainder_ns(const struct node *n, struct clock_pair pair)
{
	return n->steering.has_line ? wall_sub(line_at(&n->steering.line, pair.raw), pair.wall) : 0;
}

void timeline_take(struct node *n, const struct line *line)
{
	assert(line->error_ns >= 0 && line->growth_ppb >= 0);
	n->steering.line = *line;
	n->steering.has_line = true;
}

void timeline_init(struct node *n, const struct node_saved *saved)
{
	if (saved->line.any) {
		n->steering.line = saved->line.line; /* not followed before timeline_restore() */
	}
}

void timeline_restore(struct node *n)
{
	struct line restored = n->steering.line;

	assert(!n->steering.has_line);
	restored.growth_ppb = ns_max(restored.growth_ppb,
				     bound_growth_ppb(n->config.max_drift_ppb, restored.rate));
	line_rebase(&restored, n->step.pair.raw);
	timeline_take(n, &restored);
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
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	n->steering.line.rate = rate;
}

void timeline_run_free(struct node *n, double rate)
{
	struct line *l = &n->steering.line;
	double away = __builtin_fabs(l->rate - rate);

	assert(n->election.role != ROLE_MASTER && n->steering.has_line);
	timeline_rebase(n);
	l->growth_ppb =
		ns_add(ns_max(l->growth_ppb, bound_growth_ppb(n->config.max_drift_ppb, rate)),
		       ns_from_double(away * 1e9));
	l->rate = rate;
	l->pull = 0;
}

void timeline_pull(struct node *n, double pull, double limit)
{
	struct line *l = &n->steering.line;
	double own = l->rate - l->pull;

	assert(n->election.role == ROLE_MASTER && n->steering.has_line && limit > 0);
	l->rate = pull == 0 ? own : rate_held(own + pull, limit);
	l->pull = l->rate - own;
}

void timeline_widen_to(struct node *n, int64_t error_ns)
{
	assert(n->steering.has_line && error_ns >= 0);
	n->steering.line.error_ns = ns_max(n->steering.line.error_ns, error_ns);
}

void timeline_widen_by(struct node *n, int64_t error_ns)
{
	assert(n->election.role == ROLE_MASTER && error_ns >= 0);
	n->steering.line.error_ns = ns_add(n->steering.line.error_ns, error_ns);
}

void timeline_set_growth(struct node *n, int64_t growth_ppb)
{
	assert(n->steering.has_line && growth_ppb >= 0);
	n->steering.line.growth_ppb = growth_ppb;
}

void timeline_settle(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->steering.line.error_ns = 0;
}
