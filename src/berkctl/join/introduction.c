/* introduction.c - see introduction.h. */
#include "berkctl/join/introduction.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PROLOGUE "berk introduction 1"

/* The keys that either end has for good, and the one that both have. */
struct keys {
	uint8_t secret[2][KEY_LEN], pub[2][KEY_LEN], psk[KEY_LEN];
};
enum end { ASKS, ANSWERS };

static void derive(const uint8_t secret[static TOKEN_SECRET_LEN], const char *what,
		   uint8_t ret[static KEY_LEN])
{
	crypto_generichash_state s;

	crypto_generichash_init(&s, secret, TOKEN_SECRET_LEN, KEY_LEN);
	crypto_generichash_update(&s, (const uint8_t *)PROLOGUE, strlen(PROLOGUE));
	crypto_generichash_update(&s, (const uint8_t *)what, strlen(what));
	crypto_generichash_final(&s, ret, KEY_LEN);
	sodium_memzero(&s, sizeof(s));
}

static void derive_all(const uint8_t secret[static TOKEN_SECRET_LEN], struct keys *ret)
{
	derive(secret, "asks", ret->secret[ASKS]);
	derive(secret, "answers", ret->secret[ANSWERS]);
	derive(secret, "both", ret->psk);
	for (int i = ASKS; i <= ANSWERS; i++) {
		crypto_scalarmult_base(ret->pub[i], ret->secret[i]);
	}
}

static void begin(const uint8_t secret[static TOKEN_SECRET_LEN], struct noise *n, struct keys *k)
{
	derive_all(secret, k);
	noise_begin(n, k->pub[ASKS], k->pub[ANSWERS], (const uint8_t *)PROLOGUE, strlen(PROLOGUE));
}

void introduction_ask(struct introduction *i, const uint8_t secret[static TOKEN_SECRET_LEN],
		      const char *name, uint8_t ret[static INTRODUCTION_ASK_LEN])
{
	struct keys k;
	uint8_t fresh[KEY_LEN];
	char padded[INTRODUCTION_NAME_LEN] = {0};

	(void)snprintf(padded, sizeof(padded), "%s", name);
	randombytes_buf(fresh, sizeof(fresh));
	memcpy(i->secret, secret, TOKEN_SECRET_LEN);
	begin(secret, &i->noise, &k);
	/* It fails for keys of low order alone, and ours are what derive_all() made. */
	(void)noise_write_first(&i->noise, &(struct noise_static){k.secret[ASKS], k.pub[ANSWERS]},
				fresh, (const uint8_t *)padded, sizeof(padded), ret);
	sodium_memzero(fresh, sizeof(fresh));
	sodium_memzero(&k, sizeof(k));
}

bool introduction_answer(const uint8_t secret[static TOKEN_SECRET_LEN],
			 const uint8_t ask[static INTRODUCTION_ASK_LEN], const char *text,
			 char ret_name[static INTRODUCTION_NAME_LEN],
			 uint8_t ret[static INTRODUCTION_LEN])
{
	struct noise n;
	struct keys k;
	uint8_t fresh[KEY_LEN];
	char padded[INTRODUCTION_TEXT_LEN] = {0};

	(void)snprintf(padded, sizeof(padded), "%s", text);
	randombytes_buf(fresh, sizeof(fresh));
	begin(secret, &n, &k);
	const struct noise_static ours = {k.secret[ANSWERS], k.pub[ASKS]};
	bool good = noise_read_first(&n, &ours, ask, INTRODUCTION_NAME_LEN, (uint8_t *)ret_name) &&
		    noise_write_second(&n, &ours, k.psk, fresh, (const uint8_t *)padded,
				       sizeof(padded), ret);

	ret_name[INTRODUCTION_NAME_LEN - 1] = '\0';
	noise_erase(&n);
	sodium_memzero(padded, sizeof(padded));
	sodium_memzero(fresh, sizeof(fresh));
	sodium_memzero(&k, sizeof(k));
	return good;
}

bool introduction_read(struct introduction *i, const uint8_t answer[static INTRODUCTION_LEN],
		       char ret_text[static INTRODUCTION_TEXT_LEN])
{
	struct keys k;

	derive_all(i->secret, &k);
	bool good =
		noise_read_second(&i->noise, &(struct noise_static){k.secret[ASKS], k.pub[ANSWERS]},
				  k.psk, answer, INTRODUCTION_TEXT_LEN, (uint8_t *)ret_text);

	ret_text[INTRODUCTION_TEXT_LEN - 1] = '\0';
	noise_erase(&i->noise);
	sodium_memzero(i, sizeof(*i));
	sodium_memzero(&k, sizeof(k));
	return good;
}
