/* keep.c - the line on disk, which a later start of the daemon goes on from.
 *
 * It is the line that we have, or none.  A line that was lost, as when the group was founded anew, must not
 * come back: who is started again from it would keep the old time, and promise a bound of it. */
#include "core/node/keep.h"

#include "core/node/bound.h"
#include "core/node/effects.h"
#include "core/node/settime.h"
#include "core/node/timeline.h"

#define SAVE_NS	 (600 * NS_PER_S)
#define AGAIN_NS (60 * NS_PER_S) /* the line of one founding comes and goes on disk no more often */

void keep_init(struct node *n, const struct node_saved *saved)
{
	n->steering.kept.any = saved->has_line;
	n->steering.kept.era = saved->has_line ? saved->era : 0;
	n->steering.kept.due = MONO_LONG_AGO;
}

static void drop_line(struct node *n)
{
	struct effect *e = fx_add(n, FX_SAVE_LINE);

	e->line.any = false;
	n->steering.kept.any = false;
	n->steering.kept.due = mono_add(n->step.now, AGAIN_NS);
}

static void save_line(struct node *n, int64_t again_ns)
{
	struct effect *e = fx_add(n, FX_SAVE_LINE);
	struct line *l = &e->line.line;

	e->line.any = true;
	e->line.era = n->steering.date.era;
	e->line.order = settime_order(n, n->step.pair.raw);
	*l = n->steering.line;
	line_rebase(l, n->step.pair.raw);
	l->error_ns = ns_add(l->error_ns,
			     ns_add(bound_unconfirmed_ns(n, n->step.now), n->step.read_error_ns));
	l->growth_ppb = bound_holdover_ppb(n);
	l->rate -= l->pull; /* whoever leads then says whether the slew goes on */
	l->pull = 0;
	n->steering.kept.any = true;
	n->steering.kept.era = n->steering.date.era;
	n->steering.kept.due = mono_add(n->step.now, again_ns);
}

void keep_line(struct node *n)
{
	bool other = n->steering.kept.era != n->steering.date.era;

	if (!line_bounded(n) || n->steering.date.era == 0) {
		if (n->steering.kept.any) {
			drop_line(n);
		}
	} else if (other) {
		save_line(n, AGAIN_NS); /* it is better known then */
	} else if (n->step.now.ns >= n->steering.kept.due.ns) {
		save_line(n, SAVE_NS);
	}
}

void keep_last(struct node *n)
{
	n->steering.kept.due = n->step.now;
	keep_line(n);
}
