/* trust.h - who this node is, and whom it lets in.  ARCHITECTURE.md, "Trust". */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"
#include "berk/reason.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The group's keys, the one that is sent first.  keyring.c. */
struct keyring {
	uint8_t key[GROUP_KEYS_MAX][KEY_LEN];
	uint32_t serial[GROUP_KEYS_MAX]; /* names each, while it is one of them */
	unsigned n;
	uint32_t last_serial;
	bool changed;
	mono_t end_at; /* sessions under other keys end then.  rekey.c */
};

/* Set once at start; who is pinned, and who is revoked, may change. */
struct trust {
	uint8_t secret[KEY_LEN];    /* X25519 */
	uint8_t pub[KEY_LEN];	    /* of @secret */
	uint8_t group_key[KEY_LEN]; /* the first: whoever holds one may ask to come in */
	struct keyring ring;
	node_id id;			   /* id_from_key(pub) */
	uint8_t cookie_secret[2][KEY_LEN]; /* the present one and the one before */
	mono_t cookie_since;
	const uint8_t (*member_keys)[KEY_LEN]; /* pinned members; NULL: who holds the group key */
	size_t n_member_keys;
	struct revoked_host revoked[REVOKED_MAX]; /* ids rise */
	unsigned n_revoked;
	bool changed; /* the lists are others, and nobody was held against them yet */
};

/* Derive pub and id from t->secret, which the caller has set; @rnd seeds the cookie secrets.
 * Call when the node starts, before any handshake. */
void trust_init(struct trust *t, const uint8_t rnd[static 2 * KEY_LEN], mono_t now);
/* A new cookie secret every two minutes; @rnd is used only then.  Call on each tick. */
void trust_tick(struct trust *t, const uint8_t rnd[static KEY_LEN], mono_t now);
/* The pinned members are these from now on (NULL: who holds the group key); the caller keeps them.
 * Call at the start and on reload. */
void trust_set_members(struct trust *t, const uint8_t (*keys)[KEY_LEN], size_t n);
/* The last word on @id, or NULL: it was never revoked. */
const struct revoked_host *trust_word_on(const struct trust *, node_id id);
bool trust_is_revoked(const struct trust *, node_id id);
/* The word on @host is the last one from now on.  Where all places are taken, one that was taken
 * back makes room, and then, for an operator or several hosts, one that a single host said; false:
 * there is none.  @ret_gone: 0, or who is revoked no more for that; may be NULL.  Call when it
 * counts. */
bool trust_set_word(struct trust *, const struct revoked_host *host, node_id *ret_gone);
/* Are the lists others since the last call? */
bool trust_take_change(struct trust *t);
/* May the holder of @pub come in?  SESSION_OK, SESSION_SELF when @pub is our own,
 * SESSION_REVOKED or SESSION_NOT_PINNED. */
enum session_verdict trust_check(const struct trust *, const uint8_t pub[static KEY_LEN]);
