/* role.h - the one writer of the role, of whom we follow, and of who comes next. */
#pragma once

#include "core/node/state.h"

/* We know no master.  Call once, from node_init(), when the configuration is in place. */
void role_init(struct node *);
/* We follow nobody, until somebody polls or we stand.  Call as master (after lead_end()), as
 * candidate, or when our master may lead no more. */
void become_nobody(struct node *);
/* We follow @master (another host) under @term, as it has made known.  Saves the term when it is
 * new to us.  Call when it polls us; as master, after lead_end(). */
void become_member(struct node *, node_id master, uint64_t term, mono_t heard);
/* We ask for votes.  Call at each ballot that we begin; not as master. */
void become_candidate(struct node *);
/* We lead.  Call as candidate, when a majority, or all of an island, has granted our term. */
void become_master(struct node *);

/* As member or deputy: the master names its successors and its poll interval; we are its deputy
 * when we come first.  Call with each of its polls. */
void role_hear_poll(struct node *, const struct wire_poll *);
/* As candidate: our ballot did not pass; we are what we were before, but for a deputy's place. */
void role_ballot_lost(struct node *);
/* A deputy is one no more; others stay what they are.  Call when we granted another our vote. */
void role_yield_deputy(struct node *);
/* As master: name the @n successors (0 to WIRE_SUCCESSION_MAX), the deputy first. */
void role_name_successors(struct node *, const node_id *list, uint8_t n);
/* Our lease on the master ends now.  Call when the master said so, or when RAW stood still. */
void role_end_lease(struct node *);
