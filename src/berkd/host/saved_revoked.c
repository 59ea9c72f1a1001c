/* saved_revoked.c - who is revoked, as a text that a later start reads.
 *
 *	berkd-revoked 1
 *	0123456789abcdef 3 revoked ordered beta
 *	123456789abcdef0 2 restored heard gamma%20two
 *	23456789abcdef01 1 revoked 0123456789abcdef delta
 *	sum 0011223344556677
 *
 * Of each word: on whom, its number, what it says, whether it was ordered on this host, heard of
 * several or holds on the word of one host alone, and its name.  What does not read back to itself
 * is damage. */
#include "berkd/host/saved_revoked.h"

#include "berkd/host/saved_table.h"
#include "berkd/host/state_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD "berkd-revoked 1\n"

static const char *whence_of(const struct revoked_host *h, char buf[static 17])
{
	(void)snprintf(buf, 17, "%016" PRIx64, h->by);
	return h->given ? "ordered" : h->by == 0 ? "heard" : buf;
}

size_t saved_revoked_format(const struct saved_revoked *s, char buf[static SAVED_REVOKED_MAX])
{
	char sum[STATE_SUM_MAX], name[SAVED_NAME_MAX], whence[17];
	size_t len = (size_t)snprintf(buf, SAVED_REVOKED_MAX, HEAD);

	for (size_t i = 0; i < s->n; i++) {
		const struct revocation *w = &s->host[i].word;

		saved_name_escape(s->host[i].name, name);
		len += (size_t)snprintf(buf + len, SAVED_REVOKED_MAX - len,
					"%016" PRIx64 " %" PRIu64 " %s %s %s\n", w->id, w->number,
					w->revoked ? "revoked" : "restored",
					whence_of(&s->host[i], whence), name);
	}
	state_file_sum(buf, len, sum);
	return len + (size_t)snprintf(buf + len, SAVED_REVOKED_MAX - len, "sum %s\n", sum);
}

bool saved_revoked_parse(const char *text, struct saved_revoked *ret)
{
	char what[9], whence[17], name[SAVED_NAME_MAX], back[SAVED_REVOKED_MAX];
	const char *at = text + strlen(HEAD);
	node_id before = 0;
	int len = 0;

	memset(ret, 0, sizeof(*ret));
	if (strncmp(text, HEAD, strlen(HEAD)) != 0) {
		return false;
	}
	while (ret->n < REVOKED_MAX) {
		struct revoked_host *h = &ret->host[ret->n];
		struct revocation *w = &h->word;

		if (sscanf(at, "%16" SCNx64 " %20" SCNu64 " %8s %16s %191s%n", &w->id, &w->number,
			   what, whence, name, &len) != 5) {
			break;
		}
		w->revoked = strcmp(what, "revoked") == 0;
		h->given = strcmp(whence, "ordered") == 0;
		if (sscanf(whence, "%16" SCNx64, &h->by) != 1) {
			h->by = 0;
		}
		saved_name_unescape(name, h->name);
		if (w->number == 0 || w->id <= before) {
			return false;
		}
		before = w->id;
		at += len;
		ret->n++;
	}
	(void)saved_revoked_format(ret, back);
	return strcmp(text, back) == 0;
}
