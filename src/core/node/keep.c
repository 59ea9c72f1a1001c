/* keep.c - the line on disk, which a later start of the daemon goes on from.
 *
 * It is the line that we have, or none.  A line that was lost, as when the group was founded
 * anew, must not come back: who is started again from it would keep the old time, and promise a
 * bound of it. */
#include "core/node/keep.h"

#include "core/node/bound.h"
#include "core/node/effects.h"
#include "core/node/settime.h"
#include "core/node/timeline.h"

#define SAVE_NS	 (600 * NS_PER_S)
#define AGAIN_NS (60 * NS_PER_S) /* the line of one founding comes and goes on disk no more often */
#define YOUNG_NS (5 * NS_PER_S)	 /* before, lines differ by more than they grow */

void keep_init(struct node *n, const struct node_saved *saved)
{
	n->steering.kept.last = saved->line;
	n->steering.kept.due = MONO_LONG_AGO;
}

static void drop_line(struct node *n)
{
	n->steering.kept.last.any = false;
	fx_add(n, FX_SAVE_LINE)->line = (struct saved_line){.any = false};
	n->steering.kept.due = mono_add(n->step.now, AGAIN_NS);
}

static void save_line(struct node *n, int64_t again_ns)
{
	struct saved_line *last = &n->steering.kept.last;
	struct line *l = &last->line;

	*last = (struct saved_line){.any = true,
				    .line = n->steering.line,
				    .era = n->steering.date.era,
				    .order = settime_order(n, n->step.pair.raw),
				    .date = n->steering.date.ours,
				    .confirmed = n->steering.date.confirmed};
	line_rebase(l, n->step.pair.raw);
	l->error_ns = ns_add(l->error_ns,
			     ns_add(bound_unconfirmed_ns(n, n->step.now), n->step.read_error_ns));
	l->growth_ppb = bound_holdover_ppb(n);
	l->rate -= l->pull; /* whoever leads then says whether the slew goes on */
	l->pull = 0;
	fx_add(n, FX_SAVE_LINE)->line = *last;
	n->steering.kept.due = mono_add(n->step.now, again_ns);
}

/* Has what our master asked for last been refused? */
static bool is_refused(const struct node *n)
{
	return n->steering.taken.refusal != CORRECT_OK;
}

/* What was refused has widened our line, until a master is heard whose correction is taken. */
static bool is_heard(const struct node *n)
{
	return n->election.role == ROLE_MASTER || n->steering.taken.round != 0;
}

/* Is our line, with its error, further away than the one on disk allows for?  Masters that lie lead
 * it there by little each time, or RAW has stopped since.  Whoever started again from that would
 * promise too much.  Where our error is larger than it was then, the one on disk knew better: but
 * not when what our master asks for is refused, for then it says that we are so far off. */
static bool is_outgrown(const struct node *n)
{
	const struct line *then = &n->steering.kept.last.line;
	raw_t now = n->step.pair.raw;
	int64_t error_ns = line_error(&n->steering.line, now);
	int64_t away_ns = ns_abs(wall_sub(line_at(&n->steering.line, now), line_at(then, now)));

	if (!is_refused(n)) {
		if (raw_sub(now, then->r0) < YOUNG_NS) {
			return false;
		}
		error_ns = ns_min(error_ns, then->error_ns);
	}
	return ns_add(away_ns, error_ns) > line_error(then, now);
}

void keep_line(struct node *n)
{
	const struct saved_line *last = &n->steering.kept.last;

	if (!line_bounded(n) || n->steering.date.era == 0) {
		if (last->any) {
			drop_line(n);
		}
		return;
	}
	if (last->era != n->steering.date.era) {
		save_line(n, AGAIN_NS); /* it is better known then */
		return;
	}
	if (last->date != n->steering.date.ours || last->confirmed != n->steering.date.confirmed) {
		n->steering.kept.due =
			mono_min(n->steering.kept.due, mono_add(n->step.now, AGAIN_NS));
	}
	if (last->any && is_outgrown(n)) {
		drop_line(n);
	} else if (is_refused(n)) {
		n->steering.kept.due.ns =
			ns_max(n->steering.kept.due.ns, mono_add(n->step.now, AGAIN_NS).ns);
	} else if (n->step.now.ns >= n->steering.kept.due.ns && is_heard(n)) {
		save_line(n, SAVE_NS);
	}
}

void keep_last(struct node *n)
{
	n->steering.kept.due = n->step.now;
	keep_line(n);
}
