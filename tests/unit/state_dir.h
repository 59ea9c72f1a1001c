/* state_dir.h - a state directory of its own for each test of what berkd keeps on disk. */
#pragma once

#include "berkd/host/state.h"

#include <sys/types.h>

extern struct config config; /* of who opens it */
extern char dir[64];
extern const uint8_t here[MACHINE_HASH_LEN], elsewhere[MACHINE_HASH_LEN]; /* two machines */
extern const uint8_t *machine; /* that we run on, here at first; NULL: not known */

/* A fixture for cmocka: an empty directory, and all that berkd may leave in it removed. */
int state_dir_make(void **state);
int state_dir_remove(void **state);
/* The path of @name there, until the next call. */
const char *in_dir(const char *name);
/* The state in it, as a daemon that starts reads it; it is freed with state_free(). */
struct state *opened(void);
/* Write @byte over the one at @at of the file @name. */
void spoil(const char *name, off_t at, char byte);
