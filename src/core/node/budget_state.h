/* budget_state.h - what budget.c counts.  No message changes any of it. */
#pragma once

#include "berk/node.h"

struct budget {
	bool held;	  /* our clock was on a line with a bound: it is a newcomer no more */
	mono_t sure;	  /* since when that line's date was confirmed; MONO_NEVER: it was not */
	mono_t settled;	  /* since then; MONO_NEVER: it is not, or its rate is known */
	bool again;	  /* the daemon has run in this boot: a first join is not the first */
	bool tripped;	  /* it was moved too far within a day, and is not steered any more */
	bool news;	  /* just now */
	bool rate_known;  /* of our own oscillator: */
	double rate;	  /* a line's over our RAW, s/s */
	raw_t charged;	  /* what the line runs beside that is charged up to here */
	mono_t leaked;	  /* the next two have leaked up to here */
	int64_t hour_ns;  /* moves, without regard to their signs */
	int64_t day_ns;	  /* how far we are from where our own oscillator would be */
	mono_t window;	  /* when the present one began */
	int64_t place_ns; /* where moves have brought us, from anywhere */
	struct {
		int64_t lo_ns, hi_ns; /* between these, in a window */
	} now, before;
	struct {
		raw_t at;	     /* charged up to here, */
		int64_t freq_ppb;    /* with this frequency of WALL over our RAW */
		int64_t followed_ns; /* others' lines, for so long */
		double rate;	     /* of our own oscillator, once that was long enough */
		int64_t moved_ns;    /* from where it would be */
		bool spent;
	} open;
	unsigned n_ordered; /* times that we gave up our line by the order of another host, leaky */
	mono_t ordered;
	struct saved_budget last; /* on disk */
	mono_t save_due;
};
