/* guests.h - the connections of one address: a thread of its own ends those that stay for too long,
 * whatever the rest of the program waits for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct guests;

/* Up to @n_max, for @limit_ms each.  NULL: there is no memory, or no thread. */
struct guests *guests_new(unsigned n_max, int64_t limit_ms);
struct guests *guests_free(struct guests *);
/* One has come.  False: it has the last place. */
bool guests_come(struct guests *, int fd);
/* It goes.  Call before its file is closed. */
void guests_go(struct guests *, int fd);
