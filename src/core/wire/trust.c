/* trust.c - who this node is, and whom it lets in. */
#include "core/wire/trust.h"

#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define COOKIE_NS (120 * NS_PER_S)

node_id id_from_key(const uint8_t pub[static KEY_LEN])
{
	uint8_t h[16];
	node_id id = 0;

	crypto_generichash(h, sizeof(h), pub, KEY_LEN, NULL, 0);
	for (unsigned i = 0; i < 8; i++) {
		id = id << 8 | h[i];
	}
	return id ? id : 1;
}

void trust_init(struct trust *t, const uint8_t rnd[static 2 * KEY_LEN], mono_t now)
{
	crypto_scalarmult_base(t->pub, t->secret);
	t->id = id_from_key(t->pub);
	memcpy(t->cookie_secret[0], rnd, KEY_LEN);
	memcpy(t->cookie_secret[1], rnd + KEY_LEN, KEY_LEN);
	t->cookie_since = now;
}

void trust_tick(struct trust *t, const uint8_t rnd[static KEY_LEN], mono_t now)
{
	assert(t->id != 0); /* after trust_init() */
	if (mono_sub(now, t->cookie_since) >= COOKIE_NS) {
		memcpy(t->cookie_secret[1], t->cookie_secret[0], KEY_LEN);
		memcpy(t->cookie_secret[0], rnd, KEY_LEN);
		t->cookie_since = now;
	}
}

void trust_set_members(struct trust *t, const uint8_t (*keys)[KEY_LEN], size_t n)
{
	t->member_keys = keys;
	t->n_member_keys = n;
	t->changed = true;
}

bool trust_take_change(struct trust *t)
{
	bool changed = t->changed;

	t->changed = false;
	return changed;
}

static bool is_pinned(const struct trust *t, const uint8_t *pub)
{
	for (size_t i = 0; t->member_keys && i < t->n_member_keys; i++) {
		if (memcmp(t->member_keys[i], pub, KEY_LEN) == 0) {
			return true;
		}
	}
	return t->member_keys == NULL;
}

/* Where the word on @id is, or would be. */
static unsigned place_of(const struct trust *t, node_id id)
{
	unsigned i = 0;

	while (i < t->n_revoked && t->revoked[i].word.id < id) {
		i++;
	}
	return i;
}

const struct revoked_host *trust_word_on(const struct trust *t, node_id id)
{
	unsigned i = place_of(t, id);

	return i < t->n_revoked && t->revoked[i].word.id == id ? &t->revoked[i] : NULL;
}

bool trust_is_revoked(const struct trust *t, node_id id)
{
	const struct revoked_host *last = trust_word_on(t, id);

	return last && last->word.revoked;
}

/* The first that was taken back; else, where @for_more hosts than one or an operator speak, the
 * first that holds on the word of one host alone, which cannot keep the others out.  Who is revoked
 * no more for that, or 0. */
static node_id make_room(struct trust *t, bool for_more)
{
	unsigned i = 0;

	while (i < t->n_revoked && t->revoked[i].word.revoked) {
		i++;
	}
	for (i = i == t->n_revoked && for_more ? 0 : i; i < t->n_revoked; i++) {
		const struct revocation gone = t->revoked[i].word;

		if (!gone.revoked || t->revoked[i].by != 0) {
			t->n_revoked--;
			memmove(&t->revoked[i], &t->revoked[i + 1],
				(t->n_revoked - i) * sizeof(t->revoked[0]));
			return gone.revoked ? gone.id : 0;
		}
	}
	return 0;
}

bool trust_set_word(struct trust *t, const struct revoked_host *host, node_id *ret_gone)
{
	bool known = trust_word_on(t, host->word.id) != NULL;
	node_id gone = 0;

	if (!known && t->n_revoked == REVOKED_MAX) {
		gone = make_room(t, host->by == 0);
	}
	if (ret_gone) {
		*ret_gone = gone;
	}
	if (!known && t->n_revoked == REVOKED_MAX) {
		return false;
	}
	unsigned i = place_of(t, host->word.id);

	if (!known) {
		memmove(&t->revoked[i + 1], &t->revoked[i],
			(t->n_revoked - i) * sizeof(t->revoked[0]));
		t->n_revoked++;
	}
	t->revoked[i] = *host;
	t->changed = true;
	return true;
}

enum session_verdict trust_check(const struct trust *t, const uint8_t pub[static KEY_LEN])
{
	if (memcmp(pub, t->pub, KEY_LEN) == 0) {
		return SESSION_SELF;
	}
	if (t->n_revoked > 0 && trust_is_revoked(t, id_from_key(pub))) {
		return SESSION_REVOKED;
	}
	return is_pinned(t, pub) ? SESSION_OK : SESSION_NOT_PINNED;
}
