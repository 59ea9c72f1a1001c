/* term.h - the number of a mastership.  ARCHITECTURE.md, "Election". */
#pragma once

#include "berk/id.h"

#include <stdbool.h>
#include <stdint.h>

/* The two halves of a term: the last bits of its master's id, and above them a counter.  Of 10000
 * hosts, two have one tag in one group of 1400; an id that has the tag of another takes 2^36 keys,
 * and is refused by who has met that other.
 * The counter suffices for eight years of an election in each second. */
#define TERM_TAG_BITS	 36

/* The highest counter that a term may have.  There is room above it, so no sum of a counter and
 * what a host allows (core/rules/window.h) is more than it can hold. */
#define TERM_COUNTER_MAX ((UINT64_C(1) << (64 - TERM_TAG_BITS)) - 1 - (UINT64_C(1) << 24))

/* The term of @id's next candidature: the least of its terms with a counter beyond that of @above,
 * which must not be the last.
 * A term is unique to its master: a counter of 28 bits above a tag of 36 bits of the master's id.
 * So two halves of a split group can never elect two masters of one term, with or without a quorum.
 */
uint64_t term_next(uint64_t above, node_id id);
/* How many terms there were, this one included. */
uint64_t term_counter(uint64_t term);
/* Is there no term above @term?  No group lives that long. */
bool term_is_last(uint64_t term);
/* Is it no higher than any term may be? */
bool term_is_possible(uint64_t term);
/* Could @id have been elected under @term? */
bool term_is_of(uint64_t term, node_id id);
