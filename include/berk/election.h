/* election.h - roles, ranks and reasons of the election.  ARCHITECTURE.md, "Election". */
#pragma once

#include "berk/chat.h"
#include "berk/id.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role {
	ROLE_NONE, /* knows no master yet */
	ROLE_MEMBER,
	ROLE_DEPUTY,	/* member that the master named as successor */
	ROLE_CANDIDATE, /* asks for votes */
	ROLE_MASTER,
};
const char *role_name(enum role);

enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_MASTER_ALIVE, /* the voter's lease on the present master still runs */
	REFUSAL_TERM,	      /* new_term is not above what the voter granted */
	REFUSAL_RANK,	      /* the voter would be the better master and can still stand */
	REFUSAL_UNSETTLED,    /* the voter's group is settled, the candidate is not */
	REFUSAL_NOT_ALLOWED,  /* not on the list of possible masters, or priority 0 */
	REFUSAL_LOG,	      /* the voter's chat log is further on: pull first */
	REFUSAL_MAX_,
};
const char *refusal_name(enum refusal);

/* A term is unique to its master: a counter of 40 bits above a 24-bit tag of the master's id.  So
 * two halves of a split group can never elect two masters of one term, with or without a quorum. */
uint64_t term_next(uint64_t above, node_id id);
uint64_t term_counter(uint64_t term);
/* Could @id have been elected under @term? */
bool term_is_of(uint64_t term, node_id id);

struct rank {
	bool settled;
	uint8_t priority; /* higher is better; 0 never */
	node_id id;	  /* lower is better */
};
/* Is @a the better master? */
bool rank_better(const struct rank *a, const struct rank *b);
