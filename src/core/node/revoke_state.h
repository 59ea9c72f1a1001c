/* revoke_state.h - what a node keeps of revocations besides the last words that count, which are
 * with the rest of its trust (core/wire/trust.h). */
#pragma once

#include "berk/wire.h"
#include "core/rules/quota.h"

#include <stdbool.h>

#define REVOKE_WORDS_MAX 128

/* What a host said, and too few others have. */
struct revoke_word {
	node_id by;
	struct revocation word;
};

struct revoking {
	struct revoke_word word[REVOKE_WORDS_MAX];
	unsigned n_words;
	uint32_t list; /* names what we say; 0: nothing */
	bool unsaved;
	bool other_lists;	  /* what was said is to be weighed anew */
	mono_t due;		  /* the first of all peers */
	struct allowance changes; /* that others may make */
	mono_t told;		  /* people, that there are too many */
};

/* Of one peer. */
struct revoke_told {
	mono_t due;		/* it is told, or told again; MONO_NEVER: it knows */
	unsigned tries;		/* since it answered */
	uint32_t agreed;	/* the list that it answered, ... */
	uint64_t agrees;	/* ... and with which of it it agrees */
	struct allowance lists; /* that it may say */
	mono_t quiet_until;	/* people are told nothing more of what it says */
};
