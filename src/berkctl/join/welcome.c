/* welcome.c - see welcome.h. */
#include "berkctl/join/welcome.h"

#include "berkd/config/group_key.h"
#include "common/words.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define HEAD	"# Written by berkctl setup or join; `berkctl leave` takes it away."
#define BEFORE	"# Before berkd, the clock was kept by: "
#define HEX_LEN (2 * KEY_LEN + 1)

int welcome_of(const struct config *c, struct welcome *ret, config_report report)
{
	struct node_config n = {0};
	int r = group_keys_read(c, &n, report, NULL);

	*ret = (struct welcome){.n_keys = 1 + (unsigned)n.n_other_group_keys,
				.port = c->port,
				.quorum = c->quorum,
				.max_liars = c->max_liars,
				.min_hosts = c->min_hosts};
	(void)snprintf(ret->group, sizeof(ret->group), "%s", c->group_name);
	memcpy(ret->key[0], n.group_key, KEY_LEN);
	memcpy(ret->key[1], n.other_group_keys, sizeof(n.other_group_keys));
	sodium_memzero(&n, sizeof(n));
	return r;
}

void welcome_write(const struct welcome *w, char ret[static WELCOME_TEXT_MAX])
{
	json_t *keys = json_array();
	char hex[HEX_LEN];

	for (unsigned i = 0; i < w->n_keys; i++) {
		sodium_bin2hex(hex, sizeof(hex), w->key[i], KEY_LEN);
		(void)json_array_append_new(keys, json_string(hex));
	}
	json_t *j = json_pack("{s:s,s:o,s:i,s:s,s:i,s:i}", "group", w->group, "keys", keys, "port",
			      w->port, "quorum", words_name(words_quorum, (int)w->quorum),
			      "max_liars", (int)w->max_liars, "min_hosts", (int)w->min_hosts);
	size_t len = j ? json_dumpb(j, ret, WELCOME_TEXT_MAX - 1, JSON_COMPACT) : 0;

	ret[len < WELCOME_TEXT_MAX ? len : 0] = '\0';
	json_decref(j);
	sodium_memzero(hex, sizeof(hex));
}

/* Is it one line?  What else a line of the configuration may hold, welcome_differs() finds out. */
static bool is_line(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f) {
			return false;
		}
	}
	return true;
}

static bool read_keys(const json_t *list, struct welcome *w)
{
	size_t i, len;
	const json_t *k;

	json_array_foreach(list, i, k)
	{
		const char *hex = json_string_value(k);

		if (!hex || i == GROUP_KEYS_MAX ||
		    sodium_hex2bin(w->key[i], KEY_LEN, hex, strlen(hex), NULL, &len, NULL) != 0 ||
		    len != KEY_LEN) {
			return false;
		}
		w->n_keys++;
	}
	return w->n_keys > 0;
}

bool welcome_read(const char *text, struct welcome *ret)
{
	const char *group = NULL, *quorum = NULL;
	json_t *keys = NULL, *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int port, max_liars, min_hosts, q = 0;

	*ret = (struct welcome){0};
	bool good = j &&
		    json_unpack(j, "{s:s,s:o,s:i,s:s,s:i,s:i}", "group", &group, "keys", &keys,
				"port", &port, "quorum", &quorum, "max_liars", &max_liars,
				"min_hosts", &min_hosts) == 0 &&
		    group[0] && strlen(group) < sizeof(ret->group) && is_line(group) &&
		    words_find(words_quorum, quorum, &q) && read_keys(keys, ret) && port > 0 &&
		    port <= UINT16_MAX && max_liars >= 0 && min_hosts > 0;

	if (good) {
		(void)snprintf(ret->group, sizeof(ret->group), "%s", group);
		ret->port = (uint16_t)port;
		ret->quorum = (enum quorum)q;
		ret->max_liars = (unsigned)max_liars;
		ret->min_hosts = (unsigned)min_hosts;
	}
	json_decref(j);
	return good;
}

void welcome_key_file(const struct welcome *w, char ret[static WELCOME_TEXT_MAX])
{
	size_t at = 0;

	for (unsigned i = 0; i < w->n_keys; i++) {
		sodium_bin2hex(ret + at, HEX_LEN, w->key[i], KEY_LEN);
		at += HEX_LEN;
		ret[at - 1] = '\n';
	}
	ret[at] = '\0';
}

/* A key with its value, behind what is there. */
static void put(char *ret, const char *key, const char *value)
{
	size_t at = strlen(ret);

	(void)snprintf(ret + at, WELCOME_TEXT_MAX - at, "%s = %s\n", key, value);
}

static void put_number(char *ret, const char *key, unsigned value, unsigned now)
{
	char text[16];

	if (value != now) {
		(void)snprintf(text, sizeof(text), "%u", value);
		put(ret, key, text);
	}
}

static bool has_peer(const struct config *c, const char *peer)
{
	size_t i = 0;

	while (i < c->n_peers && strcmp(c->peers[i].text, peer) != 0) {
		i++;
	}
	return i < c->n_peers;
}

/* A list takes the place of an earlier one. */
static void put_peers(char *ret, const struct config *now, const char *peer)
{
	put(ret, "peers", peer);
	for (size_t i = 0; i < now->n_peers; i++) {
		size_t at = strlen(ret);

		(void)snprintf(ret + at, WELCOME_TEXT_MAX - at, "\t%s\n", now->peers[i].text);
	}
}

bool welcome_dropin(const struct welcome *w, const struct config *now, const char *key_file,
		    const char *peer, const char *before, char ret[static WELCOME_TEXT_MAX])
{
	bool new_peer = peer && !has_peer(now, peer);

	(void)snprintf(ret, WELCOME_TEXT_MAX, HEAD "\n%s%s%s[group]\n", before ? BEFORE : "",
		       before ? before : "", before ? "\n" : "");
	if (strcmp(w->group, now->group_name) != 0) {
		put(ret, "name", w->group);
	}
	put(ret, "key_file", key_file);
	if (w->quorum != now->quorum) {
		put(ret, "quorum", words_name(words_quorum, (int)w->quorum));
	}
	put_number(ret, "max_liars", w->max_liars, now->max_liars);
	put_number(ret, "min_hosts", w->min_hosts, now->min_hosts);
	if (new_peer || w->port != now->port) {
		size_t at = strlen(ret);

		(void)snprintf(ret + at, WELCOME_TEXT_MAX - at, "\n[network]\n");
	}
	put_number(ret, "port", w->port, now->port);
	if (new_peer) {
		put_peers(ret, now, peer);
	}
	return strlen(ret) < WELCOME_TEXT_MAX - 1;
}

const char *welcome_differs(const struct welcome *w, const struct config *c, const char *key_file,
			    const char *peer)
{
	return strcmp(c->group_name, w->group) != 0 ? "[group] name"
	       : strcmp(c->key_file, key_file) != 0 ? "[group] key_file"
	       : c->quorum != w->quorum		    ? "[group] quorum"
	       : c->max_liars != w->max_liars	    ? "[group] max_liars"
	       : c->min_hosts != w->min_hosts	    ? "[group] min_hosts"
	       : c->port != w->port		    ? "[network] port"
	       : peer && !has_peer(c, peer)	    ? "[network] peers"
						    : NULL;
}

bool welcome_before(const char *dropin, char *ret, size_t size)
{
	const size_t head = strlen(HEAD), len = strlen(BEFORE);

	ret[0] = '\0';
	if (strncmp(dropin, HEAD "\n", head + 1) != 0) {
		return false;
	}
	dropin += head + 1;
	if (strncmp(dropin, BEFORE, len) == 0) {
		(void)snprintf(ret, size, "%.*s", (int)strcspn(dropin + len, "\n"), dropin + len);
	}
	return true;
}
