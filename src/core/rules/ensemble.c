/* ensemble.c - the fault-tolerant average of clock readings.  See ARCHITECTURE.md, "Group time".
 *
 * Three steps, each with its source:
 *   select  the points that most intervals value +- bound share (Marzullo 1984; where several such
 *	     regions tie, from the first to the last of them, as RFC 5905, section 11.2.1).  An
 *	     interval that misses them belongs to a falseticker;
 *   trim    of ALL participants the f lowest and the f highest (Kopetz and Ochsenreiter 1987).
 *	     What is left lies between two good clocks, whatever f liars say, even when they have
 *	     talked the selection into leaving out a good one;
 *   average the rest by weight, no share above a cap.
 *
 * A falseticker that is disjoint from more than f others is certainly a liar: one of those others
 * is good.  Each of them uses up one of the f, and is dropped before the trim, so that a clock that
 * is plainly wrong does not cost the good ones their extremes.
 */
#include "core/rules/ensemble.h"

#include <assert.h>

static int64_t entry_lo(const struct ensemble_entry *e)
{
	return ns_sub(e->value_ns, ns_max(e->bound_ns, 0));
}

static int64_t entry_hi(const struct ensemble_entry *e)
{
	return ns_add(e->value_ns, ns_max(e->bound_ns, 0));
}

static int64_t entry_value(const struct ensemble_entry *e)
{
	return e->value_ns;
}

/* What entries are sorted by. */
typedef int64_t entry_key(const struct ensemble_entry *);

/* Total order of entries: by key, then id, then place. */
static bool sorts_before(const struct ensemble_entry *e, entry_key *key, uint16_t a, uint16_t b)
{
	int64_t key_a = key(&e[a]), key_b = key(&e[b]);

	if (key_a != key_b) {
		return key_a < key_b;
	}
	return e[a].id != e[b].id ? e[a].id < e[b].id : a < b;
}

/* Shell sort with the gaps of Ciura (2001): fast enough for ENSEMBLE_MAX whatever a peer sends, and
 * short. */
static void sort_by(const struct ensemble_entry *e, entry_key *key, uint16_t *index, size_t n)
{
	static const size_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (size_t i = gaps[g]; i < n; i++) {
			uint16_t moving = index[i];
			size_t at = i;

			while (at >= gaps[g] && sorts_before(e, key, moving, index[at - gaps[g]])) {
				index[at] = index[at - gaps[g]];
				at -= gaps[g];
			}
			index[at] = moving;
		}
	}
}

/* The participants' interval ends, each sorted on its own. */
struct ends {
	size_t n;
	int64_t lo[ENSEMBLE_MAX], hi[ENSEMBLE_MAX];
};

/* Sorts @index on the way. */
static void ends_collect(struct ends *x, const struct ensemble_entry *e, uint16_t *index, size_t n)
{
	x->n = n;
	sort_by(e, entry_lo, index, n);
	for (size_t k = 0; k < n; k++) {
		x->lo[k] = entry_lo(&e[index[k]]);
	}
	sort_by(e, entry_hi, index, n);
	for (size_t k = 0; k < n; k++) {
		x->hi[k] = entry_hi(&e[index[k]]);
	}
}

/* Largest number of intervals that share a point; from the first such point to the last. */
static size_t ends_count_most(const struct ends *x, int64_t *ret_lo, int64_t *ret_hi)
{
	size_t most = 0;

	for (size_t i = 0, j = 0; i < x->n; i++) {
		while (j < i && x->hi[j] < x->lo[i]) { /* closed intervals: touching is sharing */
			j++;
		}
		if (i + 1 - j > most) {
			most = i + 1 - j;
			*ret_lo = x->lo[i];
			*ret_hi = x->hi[j];
		} else if (i + 1 - j == most) {
			*ret_hi = x->hi[j];
		}
	}
	return most;
}

/* How many participants' intervals have no point in common with [@lo, @hi]. */
static size_t ends_count_disjoint(const struct ends *x, int64_t lo, int64_t hi)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n && x->hi[i] < lo; i++) {
		n++;
	}
	for (size_t i = x->n; i > 0 && x->lo[i - 1] > hi; i--) {
		n++;
	}
	return n;
}

/* Mark falsetickers; return how many of them are liars for certain. */
static size_t mark_falsetickers(struct ensemble_entry *e, const uint16_t *index, size_t n,
				const struct ends *x, const struct ensemble_result *res)
{
	size_t n_liars = 0;

	for (size_t k = 0; k < n; k++) {
		struct ensemble_entry *entry = &e[index[k]];
		int64_t lo = entry_lo(entry), hi = entry_hi(entry);

		if (hi < res->lo_ns || lo > res->hi_ns) {
			entry->reason = REASON_FALSETICKER;
			if (ends_count_disjoint(x, lo, hi) > res->f) {
				entry->weight_used = -1; /* a mark for drop_liars(), not a share */
				n_liars++;
			}
		}
	}
	return n_liars;
}

static size_t drop_liars(struct ensemble_entry *e, uint16_t *index, size_t n)
{
	size_t kept = 0;

	for (size_t k = 0; k < n; k++) {
		if (e[index[k]].weight_used < 0) {
			e[index[k]].weight_used = 0;
		} else {
			index[kept++] = index[k];
		}
	}
	return kept;
}

/* Keep [@from, @to) of @index: its members take part, those outside are trimmed.
 * Return how many take part. */
static unsigned trim_ends(struct ensemble_entry *e, const uint16_t *index, size_t n, size_t from,
			  size_t to)
{
	unsigned n_used = 0;

	for (size_t k = 0; k < n; k++) {
		if ((k < from || k >= to) && e[index[k]].reason == REASON_NONE) {
			e[index[k]].reason = REASON_TRIMMED;
		}
	}
	for (size_t k = from; k < to; k++) {
		n_used += e[index[k]].reason == REASON_NONE;
	}
	if (n_used > 0) {
		return n_used;
	}
	/* Only falsetickers in the middle: being there, they are still between good clocks. */
	for (size_t k = from; k < to; k++) {
		e[index[k]].reason = REASON_NONE;
	}
	return (unsigned)(to - from);
}

/* A weight that is no positive number counts next to nothing, an infinite one is held. */
static double sane_weight(double w)
{
	if (!(w > 1e-30)) { /* NaN too */
		return 1e-30;
	}
	return w > 1e30 ? 1e30 : w;
}

/* Shares of the entries that take part (sum 1), none above the cap: what is cut goes to the others.
 * The cap times their number is at least 1, so there is always somebody to take it. */
static void set_shares(struct ensemble_entry *e, const uint16_t *index, size_t n, unsigned n_used)
{
	double cap = n_used < 6 ? 2.0 / n_used : 1.0 / 3; /* max(1/3, 2/n) */
	double left = 1;
	bool cut = true;

	while (cut) {
		double sum = 0, left_next = left;

		cut = false;
		for (size_t k = 0; k < n; k++) {
			const struct ensemble_entry *entry = &e[index[k]];

			if (entry->reason == REASON_NONE && entry->weight_used < cap) {
				sum += sane_weight(entry->weight);
			}
		}
		for (size_t k = 0; k < n; k++) {
			struct ensemble_entry *entry = &e[index[k]];

			if (entry->reason != REASON_NONE || entry->weight_used >= cap) {
				continue;
			}
			entry->weight_used = left * (sane_weight(entry->weight) / sum);
			if (entry->weight_used >= cap) { /* just reached counts: it takes no more */
				entry->weight_used = cap;
				left_next -= cap;
				cut = true;
			}
		}
		left = left_next;
	}
}

/* Weighted mean of those that take part, within their own range whatever is rounded. */
static int64_t weighted_mean(const struct ensemble_entry *e, const uint16_t *index, size_t n)
{
	const struct ensemble_entry *first = NULL, *last = NULL;
	double sum = 0;

	for (size_t k = 0; k < n; k++) {
		const struct ensemble_entry *entry = &e[index[k]];

		if (entry->reason != REASON_NONE) {
			continue;
		}
		first = first ? first : entry;
		last = entry;
		sum += entry->weight_used * (double)ns_sub(entry->value_ns, first->value_ns);
	}
	assert(first);
	/* All addends are positive: only the upper end can be passed by rounding. */
	return ns_min(ns_add(first->value_ns, ns_from_double(sum)), last->value_ns);
}

/* The entries that take part; resets what the others are told. */
static size_t list_participants(struct ensemble_entry *e, size_t n, uint16_t *index)
{
	size_t n_listed = 0;

	for (size_t i = 0; i < n; i++) {
		e[i].weight_used = 0;
		if (e[i].reason == REASON_NONE) {
			index[n_listed++] = (uint16_t)i;
		}
	}
	return n_listed;
}

static size_t size_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool ensemble_average(struct ensemble_entry *e, size_t n, unsigned f_max,
		      struct ensemble_result *ret)
{
	uint16_t index[ENSEMBLE_MAX];
	struct ends x;

	assert(n <= ENSEMBLE_MAX);
	*ret = (struct ensemble_result){0};
	n = list_participants(e, n, index);
	if (n == 0) {
		return false;
	}
	ends_collect(&x, e, index, n);
	sort_by(e, entry_value, index, n);

	size_t n_left = n, f_left = size_min(f_max, (n - 1) / 2);

	ret->f = (unsigned)f_left;
	ret->agreed = 2 * ends_count_most(&x, &ret->lo_ns, &ret->hi_ns) > n;
	if (ret->agreed) {
		size_t n_liars = mark_falsetickers(e, index, n, &x, ret);

		n_left = drop_liars(e, index, n);
		f_left = n_liars < f_left ? f_left - n_liars : 0;
		/* More than f liars: nothing is promised, but something is left. */
		assert(n_left > 2 * f_left);
	} else {
		f_left = (n - 1) / 2; /* the median decides */
	}
	ret->n_used = trim_ends(e, index, n_left, f_left, n_left - f_left);
	set_shares(e, index, n_left, ret->n_used);
	ret->average_ns = weighted_mean(e, index, n_left);
	return true;
}
