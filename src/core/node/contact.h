/* contact.h - an address that we may start handshakes to.
 *
 * A contact is of a configured peer, or of a peer that is known, or it is a rumour: somebody is
 * said to be there.  No prototypes; contacts.h has them. */
#pragma once

#include "berk/id.h"
#include "core/wire/session.h"

#include <stdbool.h>
#include <stdint.h>

struct contact {
	bool used;
	bool is_self;	/* it is an address of our own host */
	bool forgiven;	/* that nobody was met here counts no more: by order, or it was forgotten */
	int16_t host;	/* number of the configured peer that it is of, or HOST_FOUND */
	uint8_t tries;	/* of a rumour: calls that are left */
	uint16_t peer;	/* that answers there; NO_INDEX: not known yet */
	uint16_t owner; /* the same, once a peer has left that only came by */
	uint16_t keys_of; /* whose keys the last handshake made, wherever it is now; or NO_INDEX */
	struct addr addr;
	struct session session; /* of the handshake; its keys move to the peer */
	mono_t next_try;
	int64_t backoff_ns;
	bool wanted;	    /* a session is needed now */
	node_id about;	    /* whom hearsay said to be there, ... */
	mono_t asked;	    /* ... when we last called for that; MONO_LONG_AGO: never */
	mono_t met;	    /* it was last proved to be there; MONO_LONG_AGO: never */
	mono_t called;	    /* somebody who holds the key called from there, and came to nothing */
	mono_t refused_at;  /* what came from there was refused ... */
	enum knock refused; /* ... for this reason */
};

/* Who may make us call an address by hearsay. */
enum hearsay {
	HEARSAY_STRANGER, /* who sent a packet that anybody may have kept */
	HEARSAY_MEMBER,	  /* whose packet was truly sealed */
	HEARSAY_MAX_
};
