/* election.c - terms and ranks.  ARCHITECTURE.md, "Election". */
#include "berk/election.h"

#define TAG_BITS 24
#define TAG_MASK ((UINT64_C(1) << TAG_BITS) - 1)

uint64_t term_counter(uint64_t term)
{
	return term >> TAG_BITS;
}

uint64_t term_next(uint64_t above, node_id id)
{
	return (term_counter(above) + 1) << TAG_BITS | (id & TAG_MASK);
}

bool term_is_of(uint64_t term, node_id id)
{
	return (term & TAG_MASK) == (id & TAG_MASK);
}

bool rank_better(const struct rank *a, const struct rank *b)
{
	if ((a->priority == 0) != (b->priority == 0)) {
		return b->priority == 0;
	}
	if (a->settled != b->settled) {
		return a->settled;
	}
	if (a->priority != b->priority) {
		return a->priority > b->priority;
	}
	return a->id < b->id;
}
