/* keyring.c - the keys of the group: the first is sent, all are taken. */
#include "core/wire/keyring.h"

#include "core/wire/keys.h"

#include <assert.h>
#include <string.h>

static uint32_t serial_of(const struct keyring *r, const uint8_t key[static KEY_LEN])
{
	for (unsigned i = 0; i < r->n; i++) {
		if (memcmp(r->key[i], key, KEY_LEN) == 0) {
			return r->serial[i];
		}
	}
	return 0;
}

/* A key keeps its serial while it is one of them, wherever it stands. */
static void put(struct keyring *r, const struct keyring *before, const uint8_t *key)
{
	uint32_t serial = serial_of(before, key);

	if (serial == 0) {
		serial = ++r->last_serial;
		r->changed = true;
	}
	memcpy(r->key[r->n], key, KEY_LEN);
	r->serial[r->n++] = serial;
}

void keyring_set(struct trust *t, const uint8_t first[static KEY_LEN],
		 const uint8_t (*others)[KEY_LEN], size_t n)
{
	const struct keyring before = t->ring;
	struct keyring *r = &t->ring;

	assert(n < GROUP_KEYS_MAX);
	r->n = 0;
	put(r, &before, first);
	for (size_t i = 0; i < n; i++) {
		if (serial_of(r, others[i]) == 0) {
			put(r, &before, others[i]);
		}
	}
	r->changed = r->changed || r->n != before.n || r->serial[0] != before.serial[0];
	memcpy(t->group_key, r->key[0], KEY_LEN);
}

bool keyring_take_change(struct trust *t)
{
	bool changed = t->ring.changed;

	t->ring.changed = false;
	return changed;
}

bool keyring_takes(const struct trust *t, uint32_t serial)
{
	for (unsigned i = 0; i < t->ring.n; i++) {
		if (t->ring.serial[i] == serial) {
			return true;
		}
	}
	return false;
}

uint32_t keyring_first(const struct trust *t)
{
	return t->ring.serial[0];
}

uint32_t keyring_serial_of(const struct trust *t, const uint8_t *in, size_t len)
{
	const uint8_t *key = len > MAC_LEN ? mac_key(t, in, len) : NULL;

	return key ? serial_of(&t->ring, key) : 0;
}
