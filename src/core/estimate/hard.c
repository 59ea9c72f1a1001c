/* hard.c - the hard interval: Cristian's inequality for each exchange (Cristian 1989), widened by
 * what two oscillators within max_drift can do, intersected.  It depends on nothing else that is
 * estimated.  See ARCHITECTURE.md, "Estimation". */
#include "core/estimate/hard.h"

#include <assert.h>

int64_t hard_drift_ns(double drift, int64_t age_ns)
{
	return ns_add(ns_from_double(drift * (double)ns_abs(age_ns)), 1);
}

/* @h as it is at @at_ns. */
static struct hard_interval widen_to(const struct hard_interval *h, int64_t at_ns, double drift)
{
	int64_t grown = hard_drift_ns(drift, ns_sub(at_ns, h->at_ns));

	return (struct hard_interval){at_ns, ns_sub(h->lo_ns, grown), ns_add(h->hi_ns, grown)};
}

struct hard_interval hard_at(const struct hard *h, int64_t at_ns, double drift)
{
	assert(h->known);

	struct hard_interval ret = widen_to(&h->common, at_ns, drift);

	for (unsigned i = 0; i < HARD_N_; i++) {
		if (h->in_doubt[i]) {
			struct hard_interval other = widen_to(&h->doubted[i], at_ns, drift);

			ret.lo_ns = ns_min(ret.lo_ns, other.lo_ns);
			ret.hi_ns = ns_max(ret.hi_ns, other.hi_ns);
		}
	}
	return ret;
}

/* The inequality holds where the packets are stamped; the drift within the exchange carries it to
 * the middle.  A stamp may be wrong by its grain. */
struct hard_interval hard_of(const struct exchange *x, double drift)
{
	int64_t whole = ns_sub(x->dst.ns, x->org.ns);
	int64_t slack = ns_add(hard_drift_ns(drift, whole), STAMP_GRAIN_NS);

	return (struct hard_interval){ns_add(x->org.ns, whole / 2),
				      ns_sub(ns_sub(x->xmt.ns, x->dst.ns), slack),
				      ns_add(ns_sub(x->rec.ns, x->org.ns), slack)};
}

/* An exchange that has nothing in common with all before it may have a stamp in error, and until
 * the next is here either may be true; when that has nothing either, a clock jumped. */
static enum sample_verdict judge(struct hard *h, enum hard_sequence s,
				 const struct hard_interval *now, double drift)
{
	struct hard_interval common = widen_to(&h->common, now->at_ns, drift);

	if (!h->known || (now->lo_ns <= common.hi_ns && common.lo_ns <= now->hi_ns)) {
		h->in_doubt[s] = false;
		return SAMPLE_OK;
	}
	if (h->in_doubt[s]) {
		h->in_doubt[HARD_EARLY] = h->in_doubt[HARD_EXACT] = false;
		return SAMPLE_JUMP;
	}
	h->in_doubt[s] = true;
	h->doubted[s] = *now;
	return SAMPLE_ODD;
}

enum sample_verdict hard_check(struct hard *h, const struct hard_interval *now, double drift)
{
	assert(drift > 0);

	return judge(h, HARD_EARLY, now, drift);
}

enum sample_verdict hard_push(struct hard *h, const struct hard_interval *now, double drift)
{
	assert(drift > 0);
	assert(now->lo_ns <= now->hi_ns);

	enum sample_verdict v = judge(h, HARD_EXACT, now, drift);

	if (v == SAMPLE_OK && h->known) {
		struct hard_interval common = widen_to(&h->common, now->at_ns, drift);

		h->common = (struct hard_interval){now->at_ns, ns_max(common.lo_ns, now->lo_ns),
						   ns_min(common.hi_ns, now->hi_ns)};
	} else if (v != SAMPLE_ODD) {
		h->common = *now;
	}
	h->known = true;
	return v;
}
