/* lease.h - what everybody asks of the election: who is alive, who counts, who may stand.
 *
 * None of these functions has a side effect; each may be called at any time. */
#pragma once

#include "core/node/state.h"

/* What leases and timeouts are counted in: the master's promised poll, ns, at least 200 ms. */
int64_t heartbeat_ns(const struct node *);
/* What ballots and the waits between them are counted in, ns: the heartbeat.  Who has
 * heard no master since it started, woke up or was told goodbye has no lease to wait for, so there
 * slow polls are no reason to be slow. */
int64_t ballot_pace_ns(const struct node *);
/* From one round to the next (ns) while a group begins: slow polls make nobody wait for the
 * first time. */
int64_t founding_round_ns(const struct node *);
/* Does our lease on the master still run?  True on the master itself.  Call before a vote is
 * granted. */
bool master_alive(const struct node *);
/* As member: has our master contradicted itself, and nobody who measured us denied that since?  It
 * lasts six heartbeats (doubt.c). */
bool doubts_master(const struct node *);
/* When on MONO that came which is stamped @at: not after now.  Call for what proves that its
 * sender is there: it may have waited while we did not run. */
mono_t came_at(const struct node *, raw_t at);
/* How long (ns) our master may be silent before we stand for election: the deputy's is shortest,
 * the others' follow in the order of succession. */
int64_t election_timeout_ns(const struct node *);
/* How long (ns) a host waits before it stands, when it is not the master's silence that it waits
 * for.  Call when that has happened. */
enum election_wait {
	WAIT_START,		/* we have just started, and listen */
	WAIT_BALLOT_LOST,	/* our ballot did not pass, and we had a master */
	WAIT_BALLOT_LOST_ALONE, /* ... and we had none */
	WAIT_GOODBYE,		/* our master said goodbye or handed over to another */
	WAIT_GRANTED,		/* we granted our vote to another: its time to begin */
	WAIT_STEPPED_DOWN,	/* we were master or candidate */
};
int64_t election_wait_ns(const struct node *, enum election_wait);
#define HERE_NS (10 * NS_PER_S)
/* Was it heard in the last HERE_NS?  Then it is here, unless a master knows better. */
bool peer_heard(const struct peer *, mono_t now);
/* As master: has the member replied lately? */
bool peer_alive(const struct node *, const struct peer *);
/* As master: was it silent for so long, while a majority was here, that it counts no more? */
bool peer_is_overdue(const struct node *, const struct peer *);
/* How many hosts a majority is counted of, ourselves among them: 1 or more. */
unsigned electorate(const struct node *);
/* As master: is a majority of them here? */
bool majority_is_here(const struct node *);
/* @n_said hosts, of which we know by name only some: no more than these and ourselves.  What others
 * say of a side's size. */
unsigned known_of(const struct node *, unsigned n_said);
/* Is @term ours, or within the window of those that we take from others? */
bool takes_term(const struct node *, uint64_t term);
/* And can it be saved?  Call before we grant a term to ourselves. */
bool may_take_term(const struct node *);
/* Has another host our identity?  Nobody can tell then which of the two the group means. */
bool has_clone(const struct node *);
/* Has our own oscillator been found to be the bad one lately, and may another host lead?  Then
 * we lead nobody. */
bool is_unfit(const struct node *);
/* Has our own oscillator been found, by ourselves as master, to be the bad one, with no master
 * to correct us since?  All bounds rest on max_drift, so we have none at @now. */
bool is_runaway(const struct node *, mono_t now);
/* May we be master?  Call before we stand. */
bool may_stand(const struct node *);
/* Do we know the group's time?  Call when our rank is told or compared. */
bool knows_time(const struct node *);
/* Do we carry the group's time, so that a host without it may not lead us?  Call when we are asked
 * for a vote, or polled. */
bool carries_time(const struct node *);
