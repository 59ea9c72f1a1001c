/* token.h - what an operator carries from a host of the group to the next one: a secret, and where
 * the host is that hands out the group's key to who knows it. */
#pragma once

#include "berk/addr.h"

#include <stdint.h>
#include <stdio.h>

#define TOKEN_SECRET_LEN 16
#define TOKEN_ADDRS_MAX	 4
#define TOKEN_TEXT_MAX	 160

struct token {
	uint8_t secret[TOKEN_SECRET_LEN];
	unsigned n_addr;		   /* 1 to TOKEN_ADDRS_MAX */
	struct addr addr[TOKEN_ADDRS_MAX]; /* all with the same TCP port, without a scope */
};

/* As one word of letters and digits, which a person can type and a QR code holds well. */
const char *token_write(const struct token *, char ret[static TOKEN_TEXT_MAX]);
/* Read such a word, in capitals or not.  NULL, or what is wrong with it, as a sentence without its
 * full stop. */
const char *token_read(const char *text, struct token *ret);
/* Take the token that was given as @text, or, if that is NULL, a line of @in.  What is pasted into
 * a terminal may have line ends and blanks inside, so what waits there is part of it while it is
 * cut short, and if it is no token, no shell gets the rest as a command.  Else as token_read(). */
const char *token_take(const char *text, FILE *in, struct token *ret);
