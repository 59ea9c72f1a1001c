/* knocks.c - the configured peers, present or not, and who is not let in: as tables, as findings. */
#include "berkctl/knocks.h"

#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/reason.h"
#include "berk/time.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LATELY_NS (60 * NS_PER_S) /* whoever was refused since then is told */

static bool is_met(const json_t *peer)
{
	int state = view_word(peer, "state", words_knock);

	return state == KNOCK_MET || state == KNOCK_SELF;
}

static void print_peers(const struct ctl *ctl, const json_t *peers)
{
	static const char *const heads[] = {"PEER", "ADDRESS", "STATE", ">ANSWERED", "WHAT TO DO"};
	struct table *t = table_new(heads, 5);
	char text[VIEW_MAX], f[FORMAT_MAX];
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		table_cell(t, COLOUR_NONE, view_text(p, "peer", "-", text));
		table_cell(t, COLOUR_NONE, view_text(p, "address", "-", text));
		table_cell(t, is_met(p) ? COLOUR_GOOD : COLOUR_BAD, view_raw(p, "state"));
		table_cell(t, COLOUR_NONE, view_interval(p, "heard_ago_ns", f));
		table_cell(t, COLOUR_NONE, is_met(p) ? "" : view_text(p, "text", "", text));
	}
	(void)putchar('\n');
	table_print(t, ctl->colour);
	table_free(t);
}

static void print_refused(const struct ctl *ctl, const json_t *refused)
{
	static const char *const heads[] = {"REFUSED", "REASON", ">PACKETS",
					    ">FIRST",  ">LAST",	 "WHAT TO DO"};
	struct table *t = table_new(heads, 6);
	char text[VIEW_MAX], f[FORMAT_MAX];
	size_t i;
	const json_t *r;

	json_array_foreach(refused, i, r)
	{
		int64_t n;

		view_int(r, "n_packets", &n);
		table_cell(t, COLOUR_NONE, view_text(r, "address", "-", text));
		table_cell(t, COLOUR_WARN, view_raw(r, "reason"));
		(void)snprintf(f, sizeof(f), "%" PRId64, n);
		table_cell(t, COLOUR_NONE, f);
		table_cell(t, COLOUR_NONE, view_interval(r, "first_ago_ns", f));
		table_cell(t, COLOUR_NONE, view_interval(r, "last_ago_ns", f));
		table_cell(t, COLOUR_NONE, view_text(r, "text", "", text));
	}
	(void)putchar('\n');
	table_print(t, ctl->colour);
	table_free(t);
}

void knocks_print(const struct ctl *ctl, const json_t *knocks)
{
	const json_t *peers = json_object_get(knocks, "peers");
	const json_t *refused = json_object_get(knocks, "refused");

	if (json_array_size(peers) > 0) {
		print_peers(ctl, peers);
	}
	if (json_array_size(refused) > 0) {
		print_refused(ctl, refused);
	}
}

static void check_peers(json_t *findings, const json_t *peers)
{
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		char what[4 * VIEW_MAX], a[VIEW_MAX], b[VIEW_MAX], c[VIEW_MAX];
		const char *peer = view_text(p, "peer", "?", a);
		const char *addr = view_text(p, "address", peer, b);
		bool same = strncmp(addr, peer, strlen(peer)) == 0;

		if (is_met(p)) {
			continue;
		}
		(void)snprintf(what, sizeof(what), "peer %s%s%s%s, %s: %s", same ? "" : peer,
			       same ? "" : " (", addr, same ? "" : ")", view_raw(p, "state"),
			       view_text(p, "text", "", c));
		(void)json_array_append_new(findings, json_string(what));
	}
}

/* Is the peer at the address @addr one that check_peers() has told of? */
static bool is_told(const json_t *peers, const char *addr)
{
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		if (!is_met(p) && strcmp(view_raw(p, "address"), addr) == 0) {
			return true;
		}
	}
	return false;
}

void knocks_check(json_t *findings, const json_t *knocks, bool alone)
{
	const json_t *peers = json_object_get(knocks, "peers");
	size_t i;
	const json_t *r;

	check_peers(findings, peers);
	json_array_foreach(json_object_get(knocks, "refused"), i, r)
	{
		char what[3 * VIEW_MAX], text[VIEW_MAX];
		bool other_group = view_word(r, "reason", words_knock) == KNOCK_OTHER_GROUP;
		int64_t ago;

		if (!view_int(r, "last_ago_ns", &ago) || ago > LATELY_NS ||
		    (other_group && !alone) || is_told(peers, view_raw(r, "address"))) {
			continue;
		}
		(void)snprintf(what, sizeof(what), "refused %s, %s: %s", view_raw(r, "address"),
			       view_raw(r, "reason"), view_text(r, "text", "", text));
		(void)json_array_append_new(findings, json_string(what));
	}
}
