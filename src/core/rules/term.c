/* term.c - a counter above a tag of the master's id.  ARCHITECTURE.md, "Election". */
#include "berk/term.h"

#define TAG_MASK ((UINT64_C(1) << TERM_TAG_BITS) - 1)

uint64_t term_counter(uint64_t term)
{
	return term >> TERM_TAG_BITS;
}

bool term_is_last(uint64_t term)
{
	return term_counter(term) >= TERM_COUNTER_MAX;
}

bool term_is_possible(uint64_t term)
{
	return term_counter(term) <= TERM_COUNTER_MAX;
}

uint64_t term_next(uint64_t above, node_id id)
{
	return (term_counter(above) + 1) << TERM_TAG_BITS | (id & TAG_MASK);
}

bool term_is_of(uint64_t term, node_id id)
{
	return (term & TAG_MASK) == (id & TAG_MASK);
}
