/* node.h - what a node of a test is made of: its configuration and its memory. */
#pragma once

#include "berk/node.h"

#include <stddef.h>

/* What berkd.conf has, on a clock that takes +-10 %.  Name and keys are all zero and for the
 * caller to fill in. */
struct node_config node_config_default(void);
/* Memory for @n_table members and as many contacts, @n_estimators estimators (0: it never leads)
 * and @n_chat_log lines of chat, a power of two.  The caller frees it by node_storage_free().
 * Aborts without memory. */
struct node_storage node_storage_new(size_t n_table, size_t n_estimators, size_t n_chat_log);
void node_storage_free(struct node_storage *);
/* Room for the node itself, not initialised; for free(3).  Aborts without memory. */
struct node *node_room_new(void);
/* node_step(), and then look at all invariants.  Aborts with the sentence of one that does not
 * hold. */
void node_step_checked(struct node *, const struct node_event *, struct node_effects *);
