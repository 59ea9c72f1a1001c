/* session.h - the keys that we share with one peer, and packets sealed under them.
 *
 * A session holds three sets of keys: those in use, those that we offered as a responder and
 * that the peer has not yet proved to hold, and those just replaced, for packets still in
 * flight.  A DATA packet is ChaCha20-Poly1305-IETF under the key of its direction; the 16 header
 * bytes are authenticated with it, and the number in them is the nonce.
 *
 * The first byte of the header's counter is the last of the keys' name, the other seven are the
 * number of the packet: so copies of a packet are known before anything is decrypted. */
#pragma once

#include "berk/reason.h"
#include "berk/wire.h"
#include "core/wire/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_WINDOW 64

enum session_state {
	SESSION_IDLE,
	SESSION_HELLO_SENT,
	SESSION_RESPONSE_SENT,
	SESSION_OPEN,
};

struct session {
	enum session_state state; /* of our own handshake as initiator, or OPEN */
	uint32_t index_local; /* given by the caller; peers put it in the headers they send us */
	uint8_t peer_pub[KEY_LEN];
	uint8_t nonce[NONCE_LEN];   /* ours, of the handshake under way */
	uint8_t group_key[KEY_LEN]; /* that it is under */
	struct noise noise;	    /* after the RESPONSE */
	mono_t sent_at;		    /* last handshake packet */
	struct session_keys now, next, before;
	uint64_t opened; /* name of the keys that opened the last packet */
};

/* A session without keys.  Call when a peer or contact is new or starts anew. */
void session_init(struct session *, uint32_t index_local);
/* All zero again but for that index, and whose it is.  Call when nothing under its keys counts any
 * more. */
void session_end(struct session *, uint32_t index_local);
/* Can session_seal() be called? */
bool session_can_send(const struct session *);
/* Seal @len plaintext bytes into a whole DATA packet in @out; returns its length, 0 when there
 * is no room.  Call when session_can_send(); at most WIRE_MESSAGE_MAX bytes. */
size_t session_seal(struct session *, const uint8_t *plain, size_t len, uint8_t *out, size_t size);
/* Could that packet, of any origin, be opened?  False: it is a copy, or under no keys that are
 * left.  It costs a MAC at most. */
bool session_may_open(const struct session *, const uint8_t *in, size_t len);
/* Erase the keys that are an hour old.  Call now and then. */
void session_expire(struct session *, mono_t now);
/* Are new keys to be made?  They are half an hour old, or have sealed a million packets.  The end
 * that made them begins, and the other one ten minutes later if it does not. */
bool session_is_old(const struct session *, mono_t now);
/* Open a DATA packet of any origin into @ret_plain (WIRE_MESSAGE_MAX bytes).  A packet under the
 * offered keys proves them: they come into use. */
enum session_verdict session_open(struct session *, const uint8_t *in, size_t len,
				  uint8_t *ret_plain, size_t *ret_len);
