/* grant.h - our term: to whom it is granted, when we ask for one ourselves, to whom we hand
 * over. */
#pragma once

#include "core/node/state.h"

/* Terms can no longer be saved, or can again.  While they cannot, a master of any term is followed,
 * but no vote is given and none is asked for.  Call when the shell says so. */
void grant_set_disk(struct node *, bool failed);
/* Take over the term that is on disk; nobody has it.  Call once, from node_init(). */
void grant_init(struct node *, const struct node_saved *);
/* Grant @term, which is above the one granted before, to @whom (0: nobody), and save that before
 * anybody hears of it.  Call when we vote, for another or for ourselves, and when we follow. */
void grant_term(struct node *, uint64_t term, node_id whom);
/* @master has made known that it leads under @term: that is granted to it, if need be.  Call when
 * we become its member; @term is not below ours. */
void grant_follow(struct node *, uint64_t term, node_id master);
/* Call when @from asks us to follow or to grant @term, or says that it stands against ours: our
 * window moves towards it, and people are told of a term that is beyond.  takes_term() says
 * whether it is one to take. */
void grant_hear_term(struct node *, uint64_t term, node_id from);
/* A voter has granted @term, which takes_term(): our next one is above it. */
void grant_note_term(struct node *, uint64_t term);
/* As master: may we take a term above another's now?  Call when we would. */
bool grant_outbid(struct node *);
/* As master: hand over to @to until @until.  @to 0: to nobody, which any
 * role may say. */
void grant_transfer_to(struct node *, node_id to, mono_t until);
/* As another than the master: stand for election at @at; MONO_NEVER: not at all. */
void grant_stand_at(struct node *, mono_t at);
/* As another than the master: stand after @base_ns (0 or more) and a random part of a fifth of a
 * heartbeat; not at all when we may not be master. */
void grant_stand_after(struct node *, int64_t base_ns);
