/* check.h - the verdict of `berkctl check`. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#define CHECK_UNCONFIRMED                                                                          \
	"unconfirmed: every clock of the group showed a time that is known to be wrong; set the "  \
	"date on one host"

/* What is wrong, a sentence each, by the object that Status answers, the array of Members and
 * the answer to Knocks; the caller frees it.  An empty array: all is well. */
json_t *check_findings(const json_t *status, const json_t *members, const json_t *knocks);
/* Is that entry of the array "peers" of Knocks here? */
bool check_peer_is_here(const json_t *peer);
