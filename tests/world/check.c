/* check.c - what must hold in every simulated group, whatever happens to it.
 *
 *   1 bound     Any two honest hosts differ by at most the sum of their bounds, always.  A group that
 *               most hosts have forgotten (they crashed or slept at once) begins a time of its own: a
 *               host that still has the old one cannot know, and is not held to the new one.
 *   2 wall      It never goes backwards, its rate stays within the limits, and it makes no step but
 *               those that are allowed.
 *   3 term      There is one master per term over all history, in one life.  A host's term only
 *               grows, and is on disk before it is used.
 *   4 liars     They take no part in 1: a host that a liar moved beyond its bound breaks 1.
 *   5 one group The scenario asks check_one_group() after the last fault.
 *   6 chat      No line is shown twice in one life of a host; while there was no island, all hosts
 *               show one order.  At the end the scenario asks check_all_said().
 *   7 memory    Packets under way and steps per second are bounded (node_init fixes the storage).
 *   8 node      Each node's own invariants hold (node_broken_invariant()); with and without check_init().
 *   9 growth    A host that begins or ceases to lead learns nothing by that: its E grows no more slowly.
 */
#include "tests/world/check.h"

#include "core/node/budget.h"
#include "core/node/carried.h"
#include "core/node/clock.h"
#include "core/rules/bound.h"
#include "tests/world/said.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TERMS_MAX	65536 /* a power of two */
#define LINES_MAX	65536 /* a power of two */
#define EVERY_EVENT_MAX 64    /* hosts; in larger worlds 1 and 8 are looked at each second */
#define STEPS_MAX	20000 /* of one node in one second: it spins */
#define FLYING_MAX	4096  /* packets per host: a storm */
#define ROUNDING_NS	4
#define MISLED		UINT_MAX /* an era: what a traitor said last, to each what it liked */
#define SOME		16	 /* events: where there are many runs, 8 is looked at so often */
#define FOUNDED_MAX	3 /* so often within FOUNDED_NS a date that is not sure is found anew */
#define FOUNDED_NS	(3600 * NS_PER_S)

struct reign {
	uint64_t term; /* 0: free */
	node_id master;
	unsigned
		host; /* terms have the identity in them: two hosts of one identity have the same */
	uint64_t boot;
	unsigned era;
};

struct line_seen {
	node_id origin;
	uint64_t seq;
	uint64_t index;	   /* its place; 0: free */
	uint64_t shown_by; /* of the first 64 hosts, in their present lives */
};

struct watch {
	int64_t raw, wall; /* at the last look */
	bool known;
	uint64_t term_max;   /* of this disk */
	uint64_t chat_index; /* of the last line shown in this life */
	unsigned era;	     /* whose time its line has: counted from 1; 0: no line */
	uint64_t n_corrections;
	bool leads;
	int64_t growth_ppb; /* of its E, if nobody speaks; -1: it has no bound */
	bool promised;	    /* in this life, it had a bound */
	bool misled;	    /* its line, which may be on disk, is what a traitor said last */
	unsigned disk_era;  /* whose time the line on disk has, ... */
	raw_t disk_r0;	    /* ... which is this one */
	bool sure;	    /* of its date, before this step */
	int64_t founded
		[FOUNDED_MAX]; /* its last steps that were none of the others, of all lives */
};

struct checks {
	struct reign reign[TERMS_MAX];
	struct line_seen line[LINES_MAX];
	size_t n_reigns, n_lines;
	struct said *said;
	bool no_bounds; /* and 8 is looked at now and then */
	bool island;	/* there was one: its lines have a place of their own */
	unsigned n_eras;
	struct watch *watch;
	int traitor; /* this host says what it likes; -1: nobody attacks; n: an outsider does */
	bool misled; /* somebody ever took its corrections */
};

void check_init(struct world *w)
{
	w->checks = calloc(1, sizeof(*w->checks));
	if (!w->checks || !(w->checks->watch = calloc(w->n, sizeof(struct watch)))) {
		abort();
	}
	w->checks->said = said_new();
	w->checks->traitor = -1;
}

void check_fini(struct world *w)
{
	if (w->checks) {
		free(w->checks->watch);
		said_free(w->checks->said);
		free(w->checks);
		w->checks = NULL;
	}
}

void check_no_bounds(struct world *w)
{
	w->checks->no_bounds = true;
}

void check_traitor(struct world *w, unsigned i)
{
	w->checks->traitor = (int)i;
}

bool check_misled(const struct world *w, int i)
{
	return i < 0 ? w->checks->misled : w->checks->watch[i].era == MISLED;
}

static size_t hash_slot(uint64_t key, size_t n)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (n - 1);
}

static struct reign *reign_of(struct checks *c, uint64_t term)
{
	size_t k = hash_slot(term, TERMS_MAX);

	while (c->reign[k].term != 0 && c->reign[k].term != term) {
		k = (k + 1) & (TERMS_MAX - 1);
	}
	return &c->reign[k];
}

/* --- 1 --- */

/* E of host @i, as it tells it. */
static int64_t world_bound(const struct world *w, unsigned i)
{
	const struct host *h = &w->host[i];

	return clock_bound_ns(h->node, host_clock_boot(&h->clock, w->now), host_pair(w, i));
}

static bool host_counts(const struct world *w, unsigned i)
{
	const struct host *h = &w->host[i];

	return h->up && !h->asleep && !h->liar && h->group == 0;
}

/* |W_i - W_k| <= E_i + E_k for all pairs is: the largest W - E is at most the smallest W + E. */
static void check_bounds_in(struct world *w, unsigned era)
{
	int64_t low = INT64_MIN, high = INT64_MAX;
	unsigned who_low = 0, who_high = 0;

	for (unsigned i = 0; i < w->n; i++) {
		if (!host_counts(w, i) || w->checks->watch[i].era != era) {
			continue;
		}
		int64_t e = world_bound(w, i), wall = world_wall(w, i).ns;

		if (e == BOUND_UNKNOWN) {
			continue;
		}
		if (ns_sub(wall, e) > low) {
			low = ns_sub(wall, e);
			who_low = i;
		}
		if (ns_add(wall, e) < high) {
			high = ns_add(wall, e);
			who_high = i;
		}
	}
	if (low > high) {
		world_fail(w,
			   "1 bound: h%u and h%u differ by %" PRId64
			   " ns, their bounds are %" PRId64 " and %" PRId64,
			   who_low, who_high,
			   wall_sub(world_wall(w, who_low), world_wall(w, who_high)),
			   world_bound(w, who_low), world_bound(w, who_high));
	}
}

static void check_bounds(struct world *w)
{
	unsigned first = w->checks->n_eras, last = 0;

	if (w->checks->no_bounds) {
		return;
	}
	for (unsigned i = 0; i < w->n; i++) {
		unsigned era = host_counts(w, i) ? w->checks->watch[i].era : 0;

		era = era == MISLED ? 0 : era;
		first = era > 0 && era < first ? era : first;
		last = era > last ? era : last;
	}
	for (unsigned era = first; era > 0 && era <= last; era++) {
		check_bounds_in(w, era);
	}
}

static bool host_knows(const struct world *w, unsigned who, unsigned k)
{
	return k >= 16 || (w->host[who].contacts >> k & 1) != 0;
}

/* The time that most of the hosts that @who knows of still have, and honestly; 0: none. */
static unsigned era_of_most(const struct world *w, unsigned who)
{
	for (unsigned i = 0; i < w->n; i++) {
		unsigned era = w->checks->watch[i].era, n = 0, of = 0;

		for (unsigned k = 0; era > 0 && k < w->host[0].group_n; k++) {
			n += host_knows(w, who, k) && w->checks->watch[k].era == era &&
			     host_counts(w, k);
			of += host_knows(w, who, k);
		}
		if (2 * n > of) {
			return era;
		}
	}
	return 0;
}

/* A traitor's corrections are of no one time. */
static bool is_misled(const struct world *w, const struct node_status *st)
{
	int k = w->checks->traitor;

	return k >= 0 && (unsigned)k < w->n && st->role != ROLE_MASTER &&
	       st->master == world_status(w, (unsigned)k).id;
}

/* Whose time is on host @i's line: its own beginning, its master's, or what it carries on. */
static void era_update(struct world *w, unsigned i, const struct node_status *st)
{
	struct checks *c = w->checks;
	struct watch *x = &c->watch[i];

	if (!st->has_line) {
		x->era = 0;
	} else if (st->role == ROLE_MASTER) {
		if (x->era == 0) {
			x->era = x->misled ? MISLED : era_of_most(w, i);
		}
		x->era = x->era != 0 && x->era != MISLED ? x->era : ++c->n_eras;
		reign_of(c, st->term)->era = x->era;
	} else if (st->n_corrections != x->n_corrections && is_misled(w, st)) {
		x->era = MISLED;
		x->misled = c->misled = true;
	} else if (x->era == 0 && st->n_corrections == x->n_corrections &&
		   (x->misled || (c->misled && x->disk_era != reign_of(c, st->term)->era))) {
		x->era = MISLED; /* from the disk, and meanwhile others may have been misled */
	} else if (st->n_corrections != x->n_corrections || x->era == 0) {
		x->misled = false;
		x->era = reign_of(c, st->term)->era;
	}
	x->n_corrections = st->n_corrections;
	if (w->host[i].disk.line.any && w->host[i].disk.line.line.r0.ns != x->disk_r0.ns) {
		x->disk_r0 = w->host[i].disk.line.line.r0;
		x->disk_era = x->era;
	}
}

/* --- 2 --- */

/* A traitor may tell any max_drift, and the others believe that there is such an oscillator. */
static int64_t freq_limit(const struct world *w, unsigned i)
{
	const struct node_config *c = &w->host[i].config;
	int64_t drift_ppb = w->checks->traitor >= 0 ? WIRE_DRIFT_PPB_MAX : c->max_drift_ppb;

	return c->max_slew_ppb + 4 * drift_ppb;
}

/* How far WALL went since the last look, against RAW. */
static void check_wall_rate(struct world *w, unsigned i)
{
	struct watch *x = &w->checks->watch[i];
	const struct host *h = &w->host[i];
	int64_t raw = host_clock_raw(&h->clock, w->now).ns, wall = world_wall(w, i).ns;

	if (x->known) {
		int64_t gone = raw - x->raw, went = wall - x->wall;
		double most = 1e-9 * (double)freq_limit(w, i) * (double)gone + ROUNDING_NS;

		if (went < 0) {
			world_fail(w, "2 wall: h%u ran backwards by %" PRId64 " ns", i, -went);
		} else if (!h->asleep && (double)ns_abs(went - gone) > most) {
			world_fail(w, "2 wall: h%u went %" PRId64 " ns in %" PRId64, i, went, gone);
		}
	}
	x->raw = raw;
	x->wall = wall;
	x->known = true;
}

void check_freq(struct world *w, unsigned i, int64_t freq_ppb)
{
	if (w->checks && ns_abs(freq_ppb) > freq_limit(w, i)) {
		world_fail(w, "2 wall: h%u set to %" PRId64 " ppb", i, freq_ppb);
	}
}

/* In the first minute after its first bound, a host takes a message for it that its group is
 * founded anew: SECURITY.md, "Not yet". */
static bool may_found(struct world *w, unsigned i)
{
	struct watch *x = &w->checks->watch[i];
	unsigned oldest = 0;

	for (unsigned k = 1; k < FOUNDED_MAX; k++) {
		oldest = x->founded[k] < x->founded[oldest] ? k : oldest;
	}
	if (w->checks->traitor < 0 || x->sure ||
	    (x->founded[oldest] > 0 && w->now - x->founded[oldest] < FOUNDED_NS)) {
		return false;
	}
	x->founded[oldest] = w->now;
	return true;
}

void check_step(struct world *w, unsigned i, int64_t step_ns)
{
	struct host *h = &w->host[i];

	if (w->checks && !h->may_step && !may_found(w, i)) {
		world_fail(w, "2 wall: h%u stepped by %" PRId64 " ns: not a first join, no order",
			   i, step_ns);
	}
	h->may_step = false;
	check_wall_moved(w, i);
}

void check_wall_moved(struct world *w, unsigned i)
{
	if (w->checks) {
		w->checks->watch[i].known = false;
	}
}

/* --- 3 --- */

static void check_reign(struct world *w, unsigned i, const struct node_status *st)
{
	struct checks *c = w->checks;
	struct reign *r = reign_of(c, st->term);

	if (r->term == 0) {
		*r = (struct reign){.term = st->term,
				    .master = st->id,
				    .host = i,
				    .boot = w->host[i].boot};
		if (++c->n_reigns > TERMS_MAX / 2) {
			world_fail(w, "3 term: %zu terms, the group does nothing but vote",
				   c->n_reigns);
		}
	} else if (r->master != st->id || (r->host == i && r->boot != w->host[i].boot)) {
		world_fail(w, "3 term: h%u is master of term %" PRIx64 " %s", i, st->term,
			   r->master == st->id ? "in a second life" : "as another was");
	}
}

void check_save_term(struct world *w, unsigned i, uint64_t term)
{
	struct watch *x = w->checks ? &w->checks->watch[i] : NULL;

	if (!x) {
		return;
	}
	if (term < x->term_max) {
		world_fail(w, "3 term: h%u saved %" PRIx64 " after %" PRIx64, i, term, x->term_max);
	}
	x->term_max = term;
}

void check_boot(struct world *w, unsigned i)
{
	struct checks *c = w->checks;

	if (!c) {
		return;
	}
	struct watch before = c->watch[i];

	c->watch[i] = (struct watch){.term_max = w->host[i].disk.term,
				     .growth_ppb = -1,
				     .misled = before.misled,
				     .disk_era = before.disk_era,
				     .disk_r0 = before.disk_r0};
	memcpy(c->watch[i].founded, before.founded, sizeof(before.founded));
	for (size_t k = 0; c->n_lines > 0 && i < 64 && k < LINES_MAX; k++) {
		c->line[k].shown_by &= ~(UINT64_C(1) << i);
	}
	said_boot(c->said, i);
}

/* --- 6 --- */

void check_chat(struct world *w, unsigned i, const struct wire_chat_line *line)
{
	struct checks *c = w->checks;

	if (!c || c->traitor >= 0) {
		return; /* a traitor that leads may order lines as it likes */
	}
	uint64_t key = line->origin ^ line->origin_seq * UINT64_C(0xd1342543de82ef95);
	size_t k = hash_slot(key, LINES_MAX);

	while (c->line[k].index &&
	       (c->line[k].origin != line->origin || c->line[k].seq != line->origin_seq)) {
		k = (k + 1) & (LINES_MAX - 1);
	}
	if (!c->line[k].index) {
		if (++c->n_lines > LINES_MAX / 2) {
			world_fail(w, "6 chat: more lines than this check can hold");
			return;
		}
		c->line[k] = (struct line_seen){.origin = line->origin,
						.seq = line->origin_seq,
						.index = line->pos.index};
	} else if (!c->island && c->line[k].index != line->pos.index) {
		world_fail(w, "6 chat: h%u shows as line %" PRIu64 " what was line %" PRIu64, i,
			   line->pos.index, c->line[k].index);
	}
	if (!c->island && line->pos.index <= c->watch[i].chat_index) {
		world_fail(w, "6 chat: h%u shows line %" PRIu64 " after line %" PRIu64, i,
			   line->pos.index, c->watch[i].chat_index);
	}
	c->watch[i].chat_index = line->pos.index;
	if (i < 64 && c->line[k].shown_by >> i & 1) {
		world_fail(w, "6 chat: h%u shows line %" PRIu64 " twice", i, line->pos.index);
	}
	c->line[k].shown_by |= i < 64 ? UINT64_C(1) << i : 0;
	said_show(c->said, w, i, line);
}

void check_said(struct world *w, unsigned i, const char *text, size_t len)
{
	if (w->checks) {
		said_take(w->checks->said, w, i, text, len);
	}
}

void check_all_said(struct world *w)
{
	char why[128];

	if (!w->failed && !said_reached_all(w->checks->said, w, why, sizeof(why))) {
		world_fail(w, "6 chat: %s", why);
	}
}

/* --- A node by itself --- */

static void check_node(struct world *w, unsigned i)
{
	const char *broken = w->host[i].up ? node_broken_invariant(w->host[i].node) : NULL;

	if (broken) {
		world_fail(w, "8 node: h%u breaks: %s", i, broken);
	}
}

/* --- 9 --- */

/* What E grows by in a second without a word, when WALL runs with the line; -1: it is unknown, or
 * will be by then, for a number has an end. */
static int64_t growth_ppb(const struct world *w, unsigned i, const struct node_status *st)
{
	const struct host *h = &w->host[i];
	struct clock_pair now = host_pair(w, i), then = {.raw = raw_add(now.raw, NS_PER_S)};

	if (!st->has_line || st->bound_ns == BOUND_UNKNOWN) {
		return -1;
	}
	then.wall = wall_add(now.wall,
			     wall_sub(line_at(&st->line, then.raw), line_at(&st->line, now.raw)));
	const mono_t later = mono_add(host_clock_boot(&h->clock, w->now), NS_PER_S);

	int64_t grown = clock_bound_ns(h->node, later, then);

	return grown == BOUND_UNKNOWN ? -1 : grown - st->bound_ns;
}

static void check_growth(struct world *w, unsigned i, const struct node_status *st)
{
	struct watch *x = &w->checks->watch[i];
	bool leads = st->role == ROLE_MASTER, heard = st->n_corrections != x->n_corrections;
	int64_t growth = growth_ppb(w, i, st);

	/* What a traitor said of it last says nothing. */
	if (leads != x->leads && !heard && growth >= 0 && st->n_table > 1 && x->era != MISLED &&
	    growth < x->growth_ppb - ROUNDING_NS) {
		world_fail(w,
			   "9 growth: E of h%u grew by %" PRId64 " ppb, and by %" PRId64
			   " as it %s",
			   i, x->growth_ppb, growth, leads ? "leads" : "leads no more");
	}
	x->leads = leads;
	/* A new master pauses an ordered slew, and its line runs by that much less away from its
	 * RAW. */
	x->growth_ppb = growth < 0 ? -1 : growth - ns_abs(ns_from_double(st->line.pull * 1e9));
}

/* --- When --- */

void check_before(struct world *w, unsigned i)
{
	if (w->checks) {
		check_wall_rate(w, i);
		w->checks->watch[i].sure = budget_is_sure(w->host[i].node);
	}
}

void check_after(struct world *w, unsigned i)
{
	const struct host *h = &w->host[i];

	if (w->n <= EVERY_EVENT_MAX && !(w->checks && w->checks->no_bounds && w->n_events % SOME)) {
		check_node(w, i);
	}
	if (!w->checks || !h->up) {
		return;
	}
	struct node_status st = world_status(w, i);

	w->checks->island = w->checks->island || st.island;
	if (st.term != h->disk.term) {
		world_fail(w, "3 term: h%u uses %" PRIx64 ", on disk is %" PRIx64, i, st.term,
			   h->disk.term);
	}
	if (st.role == ROLE_MASTER) {
		check_reign(w, i, &st);
	}
	if (!w->checks->no_bounds) {
		check_growth(w, i, &st);
	}
	era_update(w, i, &st);
	struct watch *x = &w->checks->watch[i];

	x->promised = x->promised || st.bound_ns != BOUND_UNKNOWN;
	if (st.settled && w->checks->traitor >= 0) {
		w->host[i].may_step = false;
	}
	if (st.bound_ns == BOUND_UNKNOWN && !(x->promised && w->checks->traitor >= 0)) {
		w->host[i].may_step = true; /* nothing was promised yet: still a newcomer */
	}
	if (h->n_steps_second > STEPS_MAX && (int)i != w->checks->traitor) {
		world_fail(w, "7 memory: h%u steps without end", i);
	}
	if (w->n_flying > FLYING_MAX * w->n) {
		world_fail(w, "7 memory: %u packets under way", w->n_flying);
	}
	if (w->n <= EVERY_EVENT_MAX) {
		check_bounds(w);
	}
}

void check_second(struct world *w)
{
	for (unsigned i = 0; w->n > EVERY_EVENT_MAX && i < w->n; i++) {
		check_node(w, i);
	}
	if (w->checks) {
		check_bounds(w);
	}
}

bool check_one_group(const struct world *w, int64_t spread_ns, char *why, size_t size)
{
	int m = world_master(w, 0);
	int64_t spread = world_spread(w);
	unsigned n_up = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n_up += w->host[i].up;
	}
	if (m < 0) {
		(void)snprintf(why, size, "no master, or several");
		return false;
	}
	struct node_status lead = world_status(w, (unsigned)m);
	for (unsigned i = 0; i < w->n; i++) {
		const struct host *h = &w->host[i];
		struct node_status st = world_status(w, i);
		/* Hosts that are gone for good (a new disk is a new host, and a traitor dies) may
		 * have had a time of their own: no bound is promised, or none that is small, until
		 * the master has forgotten them, and this host has heard it. */
		bool ghosts = st.n_table > h->group_n || lead.n_table > h->group_n ||
			      (n_up < w->n && !carried_by_no_other(w->host[m].node, true));

		if (h->up && h->group == 0 &&
		    (st.master != lead.id || st.term != lead.term || !st.has_line ||
		     (!ghosts && !h->liar && !st.synced))) {
			(void)snprintf(why, size,
				       "h%u follows %016" PRIx64 " in term %" PRIx64
				       "%s%s, h%d leads in %" PRIx64,
				       i, st.master, st.term, st.has_line ? "" : ", has no line",
				       st.synced ? "" : ", is not synced", m, lead.term);
			return false;
		}
	}
	if (spread > spread_ns) {
		(void)snprintf(why, size, "the spread is %" PRId64 " ns", spread);
		return false;
	}
	return true;
}
