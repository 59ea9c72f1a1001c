/* introduction.h - the group's key goes from a host to one that knows a token's secret: one message
 * there, one back.
 *
 * Both are a handshake of wire/noise.h, whose keys at both ends come from the secret: who does not
 * know it can neither ask nor answer, and who learns it later can read the question, which is a
 * name, but not the answer, for the ephemeral keys are gone.  What was asked once may be asked
 * again by anybody, and the answer tells him nothing. */
#pragma once

#include "berkctl/join/token.h"
#include "core/wire/noise.h"

#include <stdbool.h>
#include <stddef.h>

#define INTRODUCTION_NAME_LEN 64 /* bytes, padded with 0 */
#define INTRODUCTION_ASK_LEN  (NOISE_LEN + INTRODUCTION_NAME_LEN)
#define INTRODUCTION_TEXT_LEN 4096 /* bytes, padded with 0 */
#define INTRODUCTION_LEN      (NOISE_LEN + INTRODUCTION_TEXT_LEN)

/* Of who asks, between its question and the answer. */
struct introduction {
	struct noise noise;
	uint8_t secret[TOKEN_SECRET_LEN];
};

/* The question of the host @name, which is cut to INTRODUCTION_NAME_LEN - 1 bytes. */
void introduction_ask(struct introduction *, const uint8_t secret[static TOKEN_SECRET_LEN],
		      const char *name, uint8_t ret[static INTRODUCTION_ASK_LEN]);
/* Read @ask, and answer it with @text, of less than INTRODUCTION_TEXT_LEN bytes.  @ret_name is what
 * the asking host calls itself, and is not to be trusted.  False: it does not know the secret. */
#define INTRODUCTION_FRESH_LEN                                                                     \
	KEY_LEN /* so many first bytes of a question are never the same twice */
bool introduction_answer(const uint8_t secret[static TOKEN_SECRET_LEN],
			 const uint8_t ask[static INTRODUCTION_ASK_LEN], const char *text,
			 char ret_name[static INTRODUCTION_NAME_LEN],
			 uint8_t ret[static INTRODUCTION_LEN]);
/* Read the @answer to what introduction_ask() gave; false: whoever wrote it does not know the
 * secret.  The introduction is over in any case. */
bool introduction_read(struct introduction *, const uint8_t answer[static INTRODUCTION_LEN],
		       char ret_text[static INTRODUCTION_TEXT_LEN]);
