/* said.h - what was said on each host, and on which hosts it was shown: nothing that a host took
 * may be lost while that host lives. */
#pragma once

#include "tests/world/world.h"

struct said;

/* Nothing is said yet. */
struct said *said_new(void);
void said_free(struct said *);
/* Host @i took a line. */
void said_take(struct said *, struct world *, unsigned i, const char *text, size_t len);
/* Host @i shows a line. */
void said_show(struct said *, struct world *, unsigned i, const struct wire_chat_line *);
/* Host @i begins a new life, and has shown nothing in it. */
void said_boot(struct said *, unsigned i);
/* Has each host that is up shown all that was said in the present lives of the hosts that are
 * up, or keeps it for who asks?  If not, @why (of @size) has the first that is missing.  Only in
 * worlds of at most 64 hosts; in larger ones true.  Call when the group is one again. */
bool said_reached_all(const struct said *, const struct world *, char *why, size_t size);
