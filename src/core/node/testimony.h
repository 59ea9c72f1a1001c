/* testimony.h - what a host said of its master when we asked. */
#pragma once

#include "berk/id.h"

#include <stdbool.h>

struct testimony {
	bool asked, answered; /* in our last round of questions */
	node_id master;	      /* whom it follows; 0: nobody */
};
