/* token.c - a token as a word: "BERK1", then base 32 (RFC 4648) of
 *
 *   secret	16 bytes
 *   port	2 bytes, big-endian
 *   counts	1 byte: of IPv4 addresses in its low half, of IPv6 addresses in its high half
 *   addresses	4 bytes each, then 16 bytes each
 *   sum	2 bytes: of all before, so that a slip of the hand is told from a token that is over
 */
#include "berkctl/join/token.h"

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEAD	  "BERK1"
#define FIXED	  (TOKEN_SECRET_LEN + 3)
#define SUM	  2
#define BYTES_MAX (FIXED + TOKEN_ADDRS_MAX * 16 + SUM)
#define CUT_SHORT "it is cut short, or mistyped: copy it as a whole"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct addr *a)
{
	return memcmp(a->ip, mapped, sizeof(mapped)) == 0;
}

static void sum_up(const uint8_t *bytes, size_t len, uint8_t ret[static SUM])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof(hash), bytes, len, NULL, 0);
	memcpy(ret, hash, SUM);
}

static size_t put_addrs(const struct token *t, bool ipv4, uint8_t *to)
{
	size_t at = 0, len = ipv4 ? 4 : 16;

	for (unsigned i = 0; i < t->n_addr; i++) {
		if (is_ipv4(&t->addr[i]) == ipv4) {
			memcpy(to + at, t->addr[i].ip + 16 - len, len);
			at += len;
		}
	}
	return at;
}

const char *token_write(const struct token *t, char ret[static TOKEN_TEXT_MAX])
{
	uint8_t bytes[BYTES_MAX + 1] = {0};
	size_t n4 = put_addrs(t, true, bytes + FIXED) / 4;
	size_t len = FIXED + 4 * n4 + put_addrs(t, false, bytes + FIXED + 4 * n4);
	char *to = ret + snprintf(ret, TOKEN_TEXT_MAX, HEAD);

	memcpy(bytes, t->secret, TOKEN_SECRET_LEN);
	bytes[TOKEN_SECRET_LEN] = (uint8_t)(t->addr[0].port >> 8);
	bytes[TOKEN_SECRET_LEN + 1] = (uint8_t)t->addr[0].port;
	bytes[TOKEN_SECRET_LEN + 2] = (uint8_t)(n4 | (t->n_addr - n4) << 4);
	sum_up(bytes, len, bytes + len);
	len += SUM;
	for (size_t bit = 0; bit < 8 * len; bit += 5) {
		unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

		*to++ = digits[two >> (11 - bit % 8) & 31];
	}
	*to = '\0';
	sodium_memzero(bytes, sizeof(bytes));
	return ret;
}

/* The bytes behind the head; bits that are left must be 0, and fewer than a digit has.  False: they
 * are not, or there are too many bytes, or a letter is no digit. */
static bool read_digits(const char *text, uint8_t ret[static BYTES_MAX], size_t *ret_len)
{
	unsigned held = 0, n_held = 0;

	for (*ret_len = 0; *text; text++) {
		const char *digit = strchr(digits, toupper((unsigned char)*text));

		if (!digit) {
			return false;
		}
		held = held << 5 | (unsigned)(digit - digits);
		n_held += 5;
		if (n_held >= 8) {
			if (*ret_len == BYTES_MAX) {
				return false;
			}
			n_held -= 8;
			ret[(*ret_len)++] = (uint8_t)(held >> n_held);
			held &= (1U << n_held) - 1;
		}
	}
	return held == 0 && n_held < 5;
}

static const char *read_addrs(const uint8_t *from, size_t len, struct token *ret)
{
	uint16_t port = (uint16_t)(from[TOKEN_SECRET_LEN] << 8 | from[TOKEN_SECRET_LEN + 1]);
	unsigned n4 = from[FIXED - 1] & 15, n6 = from[FIXED - 1] >> 4;
	const uint8_t *at = from + FIXED;

	if (n4 + n6 == 0 || n4 + n6 > TOKEN_ADDRS_MAX || len != FIXED + 4 * n4 + 16 * n6 ||
	    port == 0) {
		return "a newer berkctl made it: install the same version on both hosts";
	}
	ret->n_addr = n4 + n6;
	for (unsigned i = 0; i < ret->n_addr; i++) {
		struct addr *a = &ret->addr[i];
		size_t n = i < n4 ? 4 : sizeof(a->ip);

		*a = (struct addr){.port = port};
		memcpy(a->ip, mapped, sizeof(mapped));
		memcpy(a->ip + sizeof(a->ip) - n, at, n);
		at += n;
	}
	return NULL;
}

const char *token_read(const char *text, struct token *ret)
{
	uint8_t bytes[BYTES_MAX], sum[SUM];
	size_t len;

	*ret = (struct token){0};
	if (strncasecmp(text, HEAD, strlen(HEAD)) != 0) {
		return "a token begins with " HEAD ", as `berkctl setup` and `berkctl invite` "
		       "print it";
	}
	if (!read_digits(text + strlen(HEAD), bytes, &len) || len < FIXED + SUM) {
		return CUT_SHORT;
	}
	len -= SUM;
	sum_up(bytes, len, sum);
	if (memcmp(sum, bytes + len, SUM) != 0) {
		return CUT_SHORT;
	}
	memcpy(ret->secret, bytes, TOKEN_SECRET_LEN);
	return read_addrs(bytes, len, ret);
}
