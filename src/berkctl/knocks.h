/* knocks.h - the configured peers, present or not, and who is not let in. */
#pragma once

#include "berkctl/berkctl.h"

/* Print the answer to Knocks: a table of the peers and one of those who were refused, each with what to
 * do.  Nothing where there is none. */
void knocks_print(const struct ctl *, const json_t *knocks);
/* Add to @findings, an array of sentences, what is wrong there: each configured peer that is not met,
 * and who was refused within the last minute.  Another group on the same network is no fault, unless
 * this host is @alone. */
void knocks_check(json_t *findings, const json_t *knocks, bool alone);
