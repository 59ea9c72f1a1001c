/* serve.h - how much is done for whoever calls, and which of his packets are copies.
 * ARCHITECTURE.md, "Trust". */
#pragma once

#include "core/node/state.h"

/* Call once, at EV_START. */
void serve_start(struct node *);
/* Has that HELLO been answered to where it comes from?  Call for any: it costs little. */
bool serve_knows_hello(const struct node *, const struct node_event *);
/* Is that RESPONSE a copy of one that was looked into? */
bool serve_knows_response(const struct node *, const struct node_event *);
/* May it be answered, or its sender's key be proved?  Nothing is taken.  Call before a step is
 * made, when its MAC is good and it is not known. */
bool serve_may_answer(const struct node *, const struct node_event *);
bool serve_may_prove(const struct node *, const struct node_event *,
		     const uint8_t pub[static KEY_LEN]);
/* The same, and it is taken and noted: it is answered now, or its key is proved.  False: it is not;
 * where that is for want of an allowance, people are told, once a minute.  Call when all that is
 * cheap was found good: what is junk takes nothing from those who have the key. */
bool serve_answer(struct node *, const struct node_event *);
bool serve_prove(struct node *, const struct node_event *);
