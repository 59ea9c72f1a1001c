/* testimony.h - what a host said of its master when we asked, and what we doubt of ours. */
#pragma once

#include "berk/id.h"
#include "berk/line.h"
#include "berk/time.h"

#include <stdbool.h>

struct testimony {
	bool asked, answered; /* in our last round of questions */
	uint64_t term;	      /* that it has granted */
	node_id master;	      /* the rest: as in wire_testimony */
	bool doubts;
	raw_t raw;
	wall_t time;
	int64_t error_ns;
};

/* What our master says of our clock, against what it said before.  doubt.c */
struct doubt {
	mono_t since;	  /* it contradicts that, and is not believed; MONO_LONG_AGO: it does not */
	mono_t last;	  /* it contradicted that */
	mono_t cleared;	  /* nobody else doubted it, last */
	mono_t left;	  /* a master was left for it, last */
	struct line kept; /* what it said before */
	bool condemned;	  /* others doubt it, too: it is to be left */
};
