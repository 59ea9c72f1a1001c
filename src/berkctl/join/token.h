/* token.h - what an operator carries from a host of the group to the next one: a secret, and where
 * the host is that hands out the group's key to who knows it. */
#pragma once

#include "berk/addr.h"

#include <stdint.h>

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
