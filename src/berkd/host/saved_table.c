/* saved_table.c - the table of the group as a text that a later start reads.
 *
 *	berkd-table 1 size 3 member
 *	0123456789abcdef member ::ffff:192.0.2.7 5252 - beta
 *	123456789abcdef0 guest :: 0 5f..e1 gamma%20two
 *	sum 0011223344556677
 *
 * The head: version, size of the group, what we are in it.  A host: its id, what it is, its last
 * address and port (0: not known), its public key (-: not known), its name, of which bytes that
 * are no letter, digit, '.', '_' or '-' are %XX ("%": it has none).  The sum is of all lines
 * before it.  A line that does not read back to itself is damage.
 */
#include "berkd/host/saved_table.h"

#include "berkd/host/state_file.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD	     "berkd-table 1 size %u %s\n"
#define KEY_TEXT_MAX (2 * KEY_LEN + 1)

static const char *kind_of(bool guest)
{
	return guest ? "guest" : "member";
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

void saved_name_escape(const char name[static NODE_NAME_MAX], char ret[static SAVED_NAME_MAX])
{
	size_t k = 0;

	for (size_t i = 0; i < NODE_NAME_MAX - 1 && name[i]; i++) {
		if (is_plain(name[i])) {
			ret[k++] = name[i];
		} else {
			k += (size_t)snprintf(ret + k, SAVED_NAME_MAX - k, "%%%02X",
					      (unsigned char)name[i]);
		}
	}
	(void)snprintf(ret + k, SAVED_NAME_MAX - k, "%s", k == 0 ? "%" : "");
}

void saved_name_unescape(const char *text, char ret[static NODE_NAME_MAX])
{
	memset(ret, 0, NODE_NAME_MAX);
	for (size_t k = 0; *text && k < NODE_NAME_MAX - 1; k++) {
		unsigned byte = 0;

		if (*text != '%') {
			ret[k] = *text++;
		} else if (text[1] && text[2] && sscanf(text, "%%%2X", &byte) == 1) {
			ret[k] = (char)byte;
			text += 3;
		} else {
			break;
		}
	}
}

/* A line with its end. */
static size_t row_format(const struct node_row *r, char buf[static SAVED_ROW_MAX])
{
	char name[SAVED_NAME_MAX], key[KEY_TEXT_MAX] = "-", ip[INET6_ADDRSTRLEN];
	/* The number of an interface means nothing after the next boot. */
	bool lasts = r->addr.scope == 0 && r->addr.port != 0;
	struct addr a = lasts ? r->addr : (struct addr){.port = 0};

	saved_name_escape(r->name, name);
	if (r->key_known) {
		sodium_bin2hex(key, sizeof(key), r->key, KEY_LEN);
	}
	return (size_t)snprintf(buf, SAVED_ROW_MAX, "%016" PRIx64 " %s %s %u %s %s\n", r->id,
				kind_of(r->guest), inet_ntop(AF_INET6, a.ip, ip, sizeof(ip)),
				(unsigned)a.port, key, name);
}

size_t saved_table_format(const struct saved_table *t, char buf[static SAVED_TABLE_MAX])
{
	char sum[STATE_SUM_MAX];
	size_t len = (size_t)snprintf(buf, SAVED_ROW_MAX, HEAD, t->n_table, kind_of(t->guest));

	for (size_t i = 0; i < t->n_row; i++) {
		len += row_format(&t->row[i], buf + len);
	}
	state_file_sum(buf, len, sum);
	return len + (size_t)snprintf(buf + len, SAVED_ROW_MAX, "sum %s\n", sum);
}

/* The line at *@text, without its end, which *@text is behind then; false: there is no whole
 * one. */
static bool next_line(const char **text, const char *end, char ret[static SAVED_ROW_MAX])
{
	const char *stop = memchr(*text, '\n', (size_t)(end - *text));

	if (!stop || stop - *text >= SAVED_ROW_MAX || memchr(*text, '\0', (size_t)(stop - *text))) {
		return false;
	}
	memcpy(ret, *text, (size_t)(stop - *text));
	ret[stop - *text] = '\0';
	*text = stop + 1;
	return true;
}

static bool head_parse(const char *line, struct saved_table *ret)
{
	char kind[8], back[SAVED_ROW_MAX];

	if (sscanf(line, "berkd-table 1 size %5u %7s", &ret->n_table, kind) != 2) {
		return false;
	}
	ret->guest = strcmp(kind, kind_of(true)) == 0;
	(void)snprintf(back, sizeof(back), HEAD, ret->n_table, kind_of(ret->guest));
	return strncmp(line, back, strlen(back) - 1) == 0 && strlen(line) == strlen(back) - 1 &&
	       ret->n_table > 0 && ret->n_table <= NODE_PEERS_MAX + 1;
}

static bool row_parse(const char *line, struct node_row *ret)
{
	char kind[8], ip[INET6_ADDRSTRLEN], key[KEY_TEXT_MAX], name[SAVED_NAME_MAX];
	char back[SAVED_ROW_MAX];
	unsigned port;

	memset(ret, 0, sizeof(*ret));
	if (sscanf(line, "%16" SCNx64 " %7s %45s %5u %64s %191s", &ret->id, kind, ip, &port, key,
		   name) != 6 ||
	    port > UINT16_MAX || inet_pton(AF_INET6, ip, ret->addr.ip) != 1) {
		return false;
	}
	ret->guest = strcmp(kind, kind_of(true)) == 0;
	ret->addr.port = (uint16_t)port;
	ret->key_known = strcmp(key, "-") != 0;
	if (ret->key_known &&
	    sodium_hex2bin(ret->key, KEY_LEN, key, strlen(key), NULL, NULL, NULL) != 0) {
		return false;
	}
	saved_name_unescape(name, ret->name);
	size_t len = row_format(ret, back);

	return strlen(line) == len - 1 && strncmp(line, back, len - 1) == 0;
}

/* What is wrong with the row that came last; NULL: nothing. */
static const char *fault_of_row(const struct saved_table *t, node_id self)
{
	const struct node_row *last = &t->row[t->n_row - 1];

	if (last->id == 0 || last->id == self) {
		return "names nobody, or this host itself";
	}
	for (size_t i = 0; i + 1 < t->n_row; i++) {
		if (t->row[i].id == last->id) {
			return "names a host a second time";
		}
	}
	return NULL;
}

static bool fails(struct saved_error *e, const char *what)
{
	e->what = what;
	return false;
}

bool saved_table_parse(const char *text, size_t len, node_id self, struct saved_table *ret,
		       struct saved_error *ret_error)
{
	const char *at = text, *end = text + len, *before = text;
	char line[SAVED_ROW_MAX], sum[STATE_SUM_MAX], wanted[sizeof("sum ") + STATE_SUM_MAX];

	ret_error->line = 1;
	ret->n_row = 0;
	if (!next_line(&at, end, line) || !head_parse(line, ret)) {
		return fails(ret_error, "is not the head of a table of this version");
	}
	for (;;) {
		before = at;
		ret_error->line++;
		if (!next_line(&at, end, line)) {
			return fails(ret_error, "is not whole");
		}
		if (strncmp(line, "sum ", 4) == 0) {
			break;
		}
		if (ret->n_row == NODE_PEERS_MAX) {
			return fails(ret_error, "is one host too many");
		}
		if (!row_parse(line, &ret->row[ret->n_row++])) {
			return fails(ret_error, "is no host");
		}
		const char *fault = fault_of_row(ret, self);

		if (fault) {
			return fails(ret_error, fault);
		}
	}
	state_file_sum(text, (size_t)(before - text), sum);
	(void)snprintf(wanted, sizeof(wanted), "sum %s", sum);
	return (strcmp(line, wanted) == 0 && at == end) ||
	       fails(ret_error, "is not the sum of what is before it, or not the last");
}
