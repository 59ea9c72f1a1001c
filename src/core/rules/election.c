/* election.c - ranks.  ARCHITECTURE.md, "Election". */
#include "core/rules/election.h"

bool rank_better(const struct rank *a, const struct rank *b)
{
	if ((a->priority == 0) != (b->priority == 0)) {
		return b->priority == 0;
	}
	if (a->settled != b->settled) {
		return a->settled;
	}
	if (!a->settled && a->dated != b->dated) {
		return a->dated;
	}
	if (a->priority != b->priority) {
		return a->priority > b->priority;
	}
	return a->id < b->id;
}
