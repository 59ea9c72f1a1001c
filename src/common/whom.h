/* whom.h - which host a person means. */
#pragma once

#include <stdbool.h>

#define WHOM_ID_DIGITS	16
#define WHOM_KEY_DIGITS 64
#define WHOM_PREFIX_MIN 4 /* digits of an id that stand for it */

/* Are both names of one host, as DNS has it: capitals and a dot at the end aside?  No name is none.
 */
bool whom_same_name(const char *a, const char *b);
/* Is it a whole id, or a whole public key, in hex?  Then it means that identity, and nobody whose
 * name is the same. */
bool whom_is_id(const char *typed);
bool whom_is_key(const char *typed);
/* Does @typed mean the host of that @name and @id (16 hex digits), and, if it is known, of that
 * @key (64, or "")?  It does as a name, a whole id or key, or the first digits of the id.  Several
 * hosts may be meant: then ask for the id. */
bool whom_means(const char *typed, const char *name, const char *id, const char *key);
