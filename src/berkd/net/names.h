/* names.h - which configured peer is looked up when, and what an answer changes.  Decisions
 * only: no clock, no socket, no name service. */
#pragma once

#include "berkd/config/config.h"

#define NAMES_WAIT_NS_MIN     NS_PER_S	      /* between two questions about one name */
#define NAMES_WAIT_NS_MISSING (30 * NS_PER_S) /* at most, about one that does not resolve */
#define NAMES_WAIT_NS_SILENT  (60 * NS_PER_S) /* at most, while a configured peer does not answer */
#define NAMES_WAIT_NS_MAX     (10 * 60 * NS_PER_S) /* getaddrinfo() tells no age */

/* When each peer of a configuration was looked up.  names_reset() comes first. */
struct names {
	struct name {
		bool here;	 /* somebody answered at one of its addresses, at the last look */
		mono_t told;	 /* when the last answer came */
		int64_t wait_ns; /* from then on, doubled by each answer; 0: as soon as may be */
	} name[CONFIG_PEERS_MAX];
	bool silent; /* one of the configured peers, however it is written, did not answer then */
};

/* What an answer changed of a peer. */
struct name_change {
	struct addr added[CONFIG_ADDRS_MAX], removed[CONFIG_ADDRS_MAX];
	unsigned n_added, n_removed;
	bool first;  /* it had no address before */
	bool missed; /* it does not resolve, which is new */
	bool back;   /* it resolves again */
};

/* Every name is due now.  Call at start and when the list of peers is another one. */
void names_reset(struct names *);
/* Every name is due again, and again soon, as at the start; none within NAMES_WAIT_NS_MIN of its
 * last answer.  Call when an interface or an address of this host has changed. */
void names_hurry(struct names *);
/* Whether each of the @n peers answers, as of now.  One that has fallen silent may have moved: its
 * name is due.  Call every few seconds. */
void names_look(struct names *, const bool *here, size_t n);
/* The peer that is to be looked up next, and from when on in @ret_due; @n when there is none.  Call
 * when no lookup is under way. */
size_t names_next(const struct names *, const struct config_peer *, size_t n, mono_t *ret_due);
/* Call when an answer about peer @i came. */
void names_note_answer(struct names *, size_t i, mono_t now);

/* Take over the answer: @n addresses, 0 when the name does not resolve.  Then its last addresses
 * stay.  Of more than CONFIG_ADDRS_MAX those that are in use stay.  Call when an answer came. */
void name_take_answer(struct config_peer *, const struct addr *found, unsigned n, mono_t now,
		      struct name_change *ret);
