/* census.h - how large the group is, and how much of it is here.
 *
 * One group has four sizes.  None of them counts guests; the first three count ourselves all the
 * same:
 *
 *	n_listed	as master: the members that we know
 *	n_expected	as master: as many as the master before knew of; we may know fewer
 *	n_table		as member: what our master says; as master: n_listed, or n_expected if that
 *			is more, until a majority with a bound has been here for forget_ns
 *	electorate()	n_table, or, if these are more, those known by id (be they gone by a
 *			master's word alone: peer.h) and those configured that were never met:
 *			what a majority is counted of.  lease.h
 *
 * n_alive of n_table are here. */
#pragma once

#include "core/node/state.h"

/* Our group is new to us, and as large as it was when it was last on disk.  Call once, from
 * node_init(). */
void census_init(struct node *, const struct node_saved *);
/* As member: the master's poll says so.  What it says counts no further than we can name hosts: a
 * liar may say any number.  A newcomer, who is told a page of names in each round, takes it for
 * one turn of the pages of a full table, and for no more than it has room for.  That turn begins
 * with the first master of others since we started, be it we. */
void census_hear(struct node *, const struct wire_poll *);
/* That turn may be over: who leads by then expects nobody beyond its names and its disk.  Call at
 * each step. */
void census_tick(struct node *);
/* Call when that member said goodbye, or is forgotten: it is expected no more, until it is back. */
void census_goodbye(struct node *, struct peer *);
/* As master, new in office: what is known so far is what the master before said. */
void census_begin(struct node *);
/* As master: count again, and tell when we became an island or are none any more.  Call once a
 * round, and when a member joined. */
void census_update(struct node *);
/* As master, once a round: drop from the table who was silent for forget_ns.  Does nothing in an
 * island: only a majority may do so.  Whom it drops may still carry the time: carried.h. */
void census_forget(struct node *);
/* As master, once a round: whoever had the name and the address that another identity has now is
 * gone, and its disk with it.  An address alone is no proof: a router may have given it to
 * another host. */
void census_replace(struct node *);
/* Is it in sight?  Call before an operator forgets it. */
bool census_is_here(const struct node *, const struct peer *);
/* So large the table will be without @p, or, if that is NULL, without all that are out of sight.
 * Call likewise. */
unsigned census_without(const struct node *, const struct peer *p);
/* It counts no more, until it comes back, nor does what it may still promise: an operator says
 * so.  Call for one that is out of sight, as master or where there is none. */
void census_drop(struct node *, struct peer *);
/* The same of all that are out of sight, even those whom only the disk or the master before knew
 * of. */
void census_drop_absent(struct node *);
/* As member: an operator here says that our master is right, who took hosts out of the table by its
 * word alone. */
void census_confirm_struck(struct node *);
/* As master, once a round: is our line one without a bound, so that any other group's is better? */
void census_set_new(struct node *, bool group_new);
/* As master, about to be none. */
void census_end(struct node *);
/* As master: @p, not in our table before, is in it now.  Call before census_update(). */
void census_note_newcomer(struct node *, struct peer *p);
/* The master's roster says of @p (NULL: of us) whether it is a guest.  No host that was counted
 * becomes one by that word, while we were counted ourselves within half of forget_ns.  Call as
 * member, and before @p is taken into the table. */
void census_hear_guest(struct node *, struct peer *p, bool guest);
/* What we followed is not our group's any more: another one counts us, or does not. */
void census_leave(struct node *);
