/* role.h - the one writer of the role, the term and whom we follow. */
#pragma once

#include "core/node/state.h"

void role_init(struct node *, const struct node_saved *);
/* We follow nobody, until somebody polls or we stand. */
void become_nobody(struct node *);
/* We follow @master under @term, as it has made known.  Saves the term when it is new to us. */
void become_member(struct node *, node_id master, uint64_t term);
/* As member: the master names its successors; we are its deputy when we come first. */
void role_hear_poll(struct node *, const struct wire_poll *);
/* We ask for votes. */
void become_candidate(struct node *);
/* Our ballot did not pass: we are what we were before. */
void role_ballot_lost(struct node *);
/* As candidate: a majority, or all of an island, has granted our term. */
void become_master(struct node *);

/* Grant @term to @whom (0: nobody), and save that before anybody hears of it. */
void role_grant(struct node *, uint64_t term, node_id whom);
/* We granted another a vote: we are its deputy no more. */
void role_yield_deputy(struct node *);
/* As master: name the successors, the deputy first. */
void role_name_successors(struct node *, const node_id *list, uint8_t n);
/* As master: hand over to @to until @until; 0: to nobody. */
void role_transfer_to(struct node *, node_id to, mono_t until);
/* A term was heard of, of whomever. */
void role_note_term(struct node *, uint64_t term);
/* Our leases end: the master said so, or RAW stood still. */
void role_end_lease(struct node *);
/* When to stand: after @base_ns and a random part of a fifth of a heartbeat; at @at. */
void role_stand_after(struct node *, int64_t base_ns);
void role_stand_at(struct node *, mono_t at);
