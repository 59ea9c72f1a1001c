/* knocks.h - the configured peers, present or not, and who is not let in. */
#pragma once

#include "berkctl/berkctl.h"

/* Print the answer to Knocks: a table of the peers and one of those who were refused, with what to
 * do below each.  Nothing where there is none. */
void knocks_print(const struct ctl *, const json_t *knocks);
/* The second of them alone; its rows are "refused" of the answer to Knocks, or to Trust. */
void knocks_print_refused(const struct ctl *, const json_t *refused);
