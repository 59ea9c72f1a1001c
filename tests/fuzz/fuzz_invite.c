/* fuzz_invite.c - berkctl reads a token that somebody typed, a question and an answer of strangers,
 * and what a host hands out about its group.
 *
 * Input: a brace begins a welcome; "B" a token; "#" a drop-in; whatever else is a question, and an
 * answer.  What is taken for a welcome makes files that berkd reads as that; a token that is taken
 * comes back. */
#include "berkctl/join/introduction.h"
#include "berkctl/join/token.h"
#include "berkctl/join/welcome.h"
#include "berkd/config/load.h"
#include "fuzz.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void hear(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

/* A value that no line can hold is found out afterwards; no other key may come of it. */
static void look_at_welcome(const char *text)
{
	static struct config now, then;
	char dropin[WELCOME_TEXT_MAX], keys[WELCOME_TEXT_MAX], again[WELCOME_TEXT_MAX];
	struct welcome w, back;

	if (!welcome_read(text, &w)) {
		return;
	}
	welcome_write(&w, again);
	if (!welcome_read(again, &back) || memcmp(back.key, w.key, sizeof(w.key)) != 0) {
		abort();
	}
	welcome_key_file(&w, keys);
	config_defaults(&now);
	if (w.n_keys > 1) { /* a host that has another peer */
		static const char peers[] = "[network]\npeers = 10.0.0.2\n";

		(void)config_parse(&now, "own", peers, strlen(peers), hear, NULL);
	}
	if (!welcome_dropin(&w, &now, "/k", "10.0.0.1", "chrony.service", dropin)) {
		return;
	}
	then = now;
	(void)config_parse(&then, "group.conf", dropin, strlen(dropin), hear, NULL);
	(void)welcome_differs(&w, &then, "/k", "10.0.0.1");
	(void)welcome_of(&then, &back, hear); /* there is no such key file */
	if (strcmp(then.user, now.user) != 0 || then.n_member_keys != 0 || then.insecure) {
		abort();
	}
}

static void look_at_token(const char *text)
{
	char word[TOKEN_TEXT_MAX];
	struct token t;

	if (!token_read(text, &t) && strcasecmp(token_write(&t, word), text) != 0) {
		abort();
	}
}

static void look_at_messages(const char *text, size_t size)
{
	static const uint8_t secret[TOKEN_SECRET_LEN] = {1};
	static uint8_t in[INTRODUCTION_LEN], out[INTRODUCTION_LEN];
	static char name[INTRODUCTION_NAME_LEN], said[INTRODUCTION_TEXT_LEN];
	uint8_t ask[INTRODUCTION_ASK_LEN];
	struct introduction i;

	memset(in, 0, sizeof(in));
	memcpy(in, text, size < sizeof(in) ? size : sizeof(in));
	introduction_ask(&i, secret, "h", ask);
	if (introduction_answer(secret, in, "text", name, out) || introduction_read(&i, in, said)) {
		abort(); /* nobody guesses it */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), before[64];

	if (!text || sodium_init() < 0) {
		free(text);
		return 0;
	}
	if (size > 0) {
		memcpy(text, data, size);
	}
	switch (text[0]) {
	case '{':
		look_at_welcome(text);
		break;
	case 'B':
	case 'b':
		look_at_token(text);
		break;
	case '#':
		(void)welcome_before(text, before, sizeof(before));
		break;
	default:
		look_at_messages(text, size);
	}
	free(text);
	return 0;
}
