/* ensemble.h - the fault-tolerant average: of wall clocks at a founding, of oscillators
 * afterwards. Gusella and Zatti 1989 (the idea); Marzullo 1984 (selection); Kopetz and Ochsenreiter
 * 1987 (trimming). n >= 2f+1 readings tolerate f liars: one node reads all clocks, so a liar has
 * one face only. */
#pragma once

#include "berk/id.h"
#include "berk/reason.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One clock in, verdict out. */
struct ensemble_entry {
	node_id id;
	int64_t value_ns;   /* its reading, relative to a common origin */
	int64_t bound_ns;   /* the truth is within value +- bound       */
	double weight;	    /* > 0; capped inside                       */
	enum reason reason; /* in: REASON_NONE to take part; out: why it does not count */
	double weight_used; /* out: share of the average, 0..1          */
};

struct ensemble_result {
	int64_t average_ns;
	int64_t lo_ns, hi_ns; /* the interval most clocks agree on */
	unsigned n_used;
	unsigned f;  /* liars tolerated this time */
	bool agreed; /* a majority of the entries intersect */
};

/* Select (Marzullo), trim f per side, and take the weighted mean, each share capped at max(1/3,
 * 2/n).  @e keeps its order; its entries are told their reason and share.  @f_max is the largest
 * f wanted: f = min(f_max, (n - 1) / 2).  @n is at most ENSEMBLE_MAX.  Without a majority that
 * agrees the median decides, and agreed is false.  Returns false, and average 0, when no entry
 * takes part.  Call once per round, and at a founding. */
#define ENSEMBLE_MAX 1024
bool ensemble_average(struct ensemble_entry *e, size_t n, unsigned f_max,
		      struct ensemble_result *ret);
