/* election.h - who would be the better master.  ARCHITECTURE.md, "Election". */
#pragma once

#include "berk/id.h"

#include <stdbool.h>
#include <stdint.h>

struct rank {
	bool settled;
	bool dated;	  /* its clock may be right by its date */
	uint8_t priority; /* higher is better; 0 never */
	node_id id;	  /* lower is better */
};
/* Is @a the better master?  Who may be master comes first, then who is settled, then whose date
 * may be right, then the priority, then the id.  A total order: of two that differ in id,
 * exactly one is better. */
bool rank_better(const struct rank *a, const struct rank *b);
