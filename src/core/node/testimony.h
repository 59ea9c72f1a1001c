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

/* Do we believe what our master says of our clock?  The transitions stand in doubt.c. */
enum opinion {
	OPINION_FOLLOW,
	OPINION_DOUBT, /* it has contradicted itself; doubts_master() says whether that lasts */
};

/* The master that was left last: what it said, and what we held against it. */
struct accused {
	node_id id; /* 0: none, or it is settled */
	struct line said, held;
};

/* What our master says of our clock, against what it said before.  doubt.c */
struct doubt {
	enum opinion opinion;
	bool condemned;		/* others doubt it, too: it is to be left */
	bool has_kept;		/* there is the next */
	node_id kept_by;	/* the master that said it, or whom we followed when we did */
	struct line kept;	/* the best line that we took */
	mono_t since;		/* when it contradicted that, and doubt began; MONO_LONG_AGO */
	mono_t own_fault;	/* it was our own clock that jumped, last */
	mono_t told;		/* to people: that */
	mono_t unanswered_told; /* and that nobody could say whose fault it was */
	mono_t left;		/* a master was left for it, last */
	struct accused accused;
};
