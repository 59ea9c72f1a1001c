/* census_state.h - how large the group is: what is known of that. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>

/* As master: does census.n_expected count it? */
enum expected {
	EXPECTED_UNNAMED, /* only if it is one of those whom nobody could name when we began */
	EXPECTED,
	EXPECTED_NO_MORE, /* no: it has gone since; or it was gone by a word: census_begin() */
};

/* How large the group is: as the master says, or, as master, as we know. */
struct census {
	unsigned n_table, n_alive, n_expected, n_listed; /* see census.h */
	/* When a majority was here again: silence before that proves nothing. */
	mono_t whole_since;
	mono_t admitted_at, named_by; /* a guest, last; as member: see census_hear() */
	mono_t counted_at;	      /* we, last, as no guest of the group that we follow */
	bool guest;		      /* we are one */
	bool island, group_new;	      /* the latter: its line has no bound to promise */
};
