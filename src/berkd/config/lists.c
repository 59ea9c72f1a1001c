/* lists.c - keys that hold several words: addresses, peers, interfaces, asymmetries, public keys.
 * Words stand between blanks or commas. */
#include "berkd/config/lists.h"

#include "berkd/config/values.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS                                                                                 \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._" /* of a host */

/* Cut the next word off @at.  False: there is none.  @ret_fits: it is in @word, whole. */
static bool take_word(const char **at, char *word, size_t size, bool *ret_fits)
{
	const char *p = *at + strspn(*at, " \t,");
	size_t len = strcspn(p, " \t,");

	*at = p + len;
	*ret_fits = len < size;
	if (len == 0 || !*ret_fits) {
		return len > 0;
	}
	memcpy(word, p, len);
	word[len] = '\0';
	return true;
}

static bool read_port(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || v < 1 || v > UINT16_MAX) {
		return false;
	}
	*ret = (uint16_t)v;
	return true;
}

/* ADDRESS, ADDRESS:PORT, [V6]:PORT; @port is the default. */
static bool read_address(const char *text, uint16_t port, struct addr *ret)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	struct addr a = {.port = port};
	const char *close = bracket ? strchr(text, ']') : NULL;
	size_t len = strlen(text);

	if (bracket) {
		if (!close || (close[1] && close[1] != ':')) {
			return false;
		}
		colon = close[1] ? close + 1 : NULL;
		text++;
		len = (size_t)(close - text);
	} else if (colon && strchr(text, ':') == colon) {
		len = (size_t)(colon - text);
	} else {
		colon = NULL;
	}
	if (len == 0 || len >= sizeof(host)) {
		return false;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	if (colon && !read_port(colon + 1, &a.port)) {
		return false;
	}
	a.ip[10] = a.ip[11] = 0xff;
	if (inet_pton(AF_INET, host, a.ip + 12) != 1 && inet_pton(AF_INET6, host, a.ip) != 1) {
		return false;
	}
	*ret = a;
	return true;
}

const char *config_take_listen(struct config *c, const struct config_key *k, const char *value)
{
	char word[64];
	bool fits;

	while (take_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_listen == CONFIG_INTERFACES_MAX ||
		    !read_address(word, 0, &c->listen[c->n_listen])) {
			return k->allowed;
		}
		c->n_listen++;
	}
	return NULL;
}

/* NAME, V4, both with :PORT; V6, [V6], [V6]:PORT, each with %INTERFACE.  getaddrinfo() takes more,
 * and cuts a port to 16 bits. */
static bool is_peer(const char *text)
{
	char host[sizeof(((struct config_peer *)0)->text)];
	const char *first = strchr(text, ':'), *last = strrchr(text, ':');
	bool bracket = text[0] == '[', ipv6 = bracket || first != last;
	size_t len = strlen(text);
	uint8_t ip[16];
	uint16_t port;

	memcpy(host, text + bracket, len + 1 - bracket);
	char *end = NULL; /* of the host */

	if (bracket) {
		end = strchr(host, ']');
	} else if (!ipv6 && first) {
		end = strchr(host, ':');
	}
	if ((bracket && !end) || (end && end[bracket] && end[bracket] != ':') ||
	    (end && end[bracket] && !read_port(end + bracket + 1, &port))) {
		return false;
	}
	if (end) {
		*end = '\0';
	}
	if (ipv6) {
		host[strcspn(host, "%")] = '\0';
		return inet_pton(AF_INET6, host, ip) == 1;
	}
	if (host[strspn(host, "0123456789.")] == '\0') {
		return inet_pton(AF_INET, host, ip) == 1;
	}
	return host[0] != '-' && host[strspn(host, NAME_CHARS)] == '\0';
}

const char *config_take_peers(struct config *c, const struct config_key *k, const char *value)
{
	char word[sizeof(c->peers[0].text)];
	bool fits;

	while (take_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_peers == CONFIG_PEERS_MAX || !is_peer(word)) {
			return k->allowed;
		}
		struct config_peer *p = &c->peers[c->n_peers++];

		*p = (struct config_peer){0};
		memcpy(p->text, word, sizeof(word));
	}
	return NULL;
}

const char *config_take_interfaces(struct config *c, const struct config_key *k, const char *value)
{
	char word[sizeof(c->interfaces[0])];
	bool fits;

	while (take_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_interfaces == CONFIG_INTERFACES_MAX) {
			return k->allowed;
		}
		memcpy(c->interfaces[c->n_interfaces++], word, sizeof(word));
	}
	return NULL;
}

const char *config_take_asymmetry(struct config *c, const struct config_key *k, const char *value)
{
	char word[96];
	bool fits;

	while (take_word(&value, word, sizeof(word), &fits)) {
		struct config_asymmetry *a = &c->asymmetries[c->n_asymmetries];
		char *time = strchr(word, '=');
		int64_t ns;

		if (!fits || c->n_asymmetries == CONFIG_ASYMMETRIES_MAX || !time ||
		    !config_read_time(time + 1, k, &ns)) {
			return k->allowed;
		}
		*time = '\0';
		*a = (struct config_asymmetry){.longer_ns = ns};
		if (!read_address(word, 0, &a->addr)) {
			if (word[0] == '\0' || strlen(word) >= sizeof(a->interface)) {
				return k->allowed;
			}
			memcpy(a->interface, word, strlen(word) + 1);
		}
		c->n_asymmetries++;
	}
	return NULL;
}

static int read_hex_digit(char h)
{
	const char *digits = "0123456789abcdef";
	const char *at = h ? strchr(digits, h | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool config_read_hex_key(const char *text, uint8_t ret[static KEY_LEN])
{
	for (unsigned i = 0; i < KEY_LEN; i++) {
		int hi = read_hex_digit(text[2 * i]),
		    lo = hi < 0 ? -1 : read_hex_digit(text[2 * i + 1]);

		if (lo < 0) {
			return false;
		}
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return text[2 * KEY_LEN] == '\0';
}

const char *config_take_hex_keys(struct config *c, const struct config_key *k, const char *value)
{
	uint8_t(*keys)[KEY_LEN] = config_key_field(c, k);
	size_t *n = config_key_count(c, k);
	char word[80];
	bool fits;

	while (take_word(&value, word, sizeof(word), &fits)) {
		if (!fits || *n == CONFIG_KEYS_MAX || !config_read_hex_key(word, keys[*n])) {
			return k->allowed;
		}
		(*n)++;
	}
	return NULL;
}
