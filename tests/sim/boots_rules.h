/* boots_rules.h - what the rules of any time and those of the end ask of a site. */
#pragma once

#include "tests/sim/boots.h"

/* Rule @r does not hold: told, and asserted unless it is known to be broken. */
void boots_broke(struct world *, enum rule r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Do two hosts of the site have one identity? */
bool boots_has_clone(const struct world *);
/* May a clock of host @i that shows @wall be right? */
bool boots_may_be_right(const struct world *, unsigned i, int64_t wall);
/* Can packets pass between hosts @i and @k, of which one knows the other? */
bool boots_reaches(const struct world *, unsigned i, unsigned k);
/* The same, over others too that both reach. */
bool boots_are_together(const struct world *, unsigned i, unsigned k);
/* Another host that runs with the identity of host @i; -1: there is none.  Whatever the others
 * say to one may be meant for the other, so neither can promise anything. */
int boots_find_twin(const struct world *, unsigned i);
