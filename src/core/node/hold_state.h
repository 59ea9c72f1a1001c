/* hold_state.h - an operator holds the group: what is known of that. */
#pragma once

#include "berk/id.h"
#include "berk/line.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

struct held_group {
	bool on;
	bool due, known;    /* people are to be told who holds; they know that somebody does */
	mono_t until, told; /* people were told last */
	node_id host;	    /* where it was ordered ... */
	uint32_t uid;	    /* ... and by whom */
	struct line line;   /* as master: ours as it was, to which our clock keeps */
};
