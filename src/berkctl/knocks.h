/* knocks.h - the configured peers, present or not, and who is not let in. */
#pragma once

#include "berkctl/berkctl.h"

/* Print the answer to Knocks: a table of the peers and one of those who were refused, each with
 * what to do.  Nothing where there is none. */
void knocks_print(const struct ctl *, const json_t *knocks);
