/* knocks.c - the configured peers, present or not, and who is not let in: as tables. */
#include "berkctl/knocks.h"

#include "berkctl/check.h"
#include "berkctl/legend.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include <inttypes.h>
#include <stdio.h>

static void print_peers(const struct ctl *ctl, const json_t *peers)
{
	static const char *const heads[] = {"PEER", "ADDRESS", "STATE", ">ANSWERED"};
	struct table *t = table_new(heads, 4);
	char text[VIEW_MAX], f[FORMAT_MAX];
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		table_cell(t, COLOUR_NONE, view_text(p, "peer", "-", text));
		table_cell(t, COLOUR_NONE, view_text(p, "address", "-", text));
		table_cell(t, check_peer_is_here(p) ? COLOUR_GOOD : COLOUR_BAD,
			   view_plain(p, "state"));
		table_cell(t, COLOUR_NONE, view_interval(p, "heard_ago_ns", f));
	}
	(void)putchar('\n');
	table_print(t, ctl->colour);
	table_free(t);
	legend_print(peers, "state", check_peer_is_here);
}

void knocks_print_refused(const struct ctl *ctl, const json_t *refused)
{
	static const char *const heads[] = {"REFUSED", "REASON", ">PACKETS", ">FIRST", ">LAST"};
	struct table *t = table_new(heads, 5);
	char text[VIEW_MAX], f[FORMAT_MAX];
	size_t i;
	const json_t *r;

	json_array_foreach(refused, i, r)
	{
		int64_t n;

		view_int(r, "n_packets", &n);
		table_cell(t, COLOUR_NONE, view_text(r, "address", "-", text));
		table_cell(t, COLOUR_WARN, view_plain(r, "reason"));
		(void)snprintf(f, sizeof(f), "%" PRId64, n);
		table_cell(t, COLOUR_NONE, f);
		table_cell(t, COLOUR_NONE, view_interval(r, "first_ago_ns", f));
		table_cell(t, COLOUR_NONE, view_interval(r, "last_ago_ns", f));
	}
	(void)putchar('\n');
	table_print(t, ctl->colour);
	table_free(t);
	legend_print(refused, "reason", NULL);
}

void knocks_print(const struct ctl *ctl, const json_t *knocks)
{
	const json_t *peers = json_object_get(knocks, "peers");
	const json_t *refused = json_object_get(knocks, "refused");

	if (json_array_size(peers) > 0) {
		print_peers(ctl, peers);
	}
	if (json_array_size(refused) > 0) {
		knocks_print_refused(ctl, refused);
	}
	if (json_array_size(peers) == 0 && json_array_size(refused) == 0) {
		(void)puts("\nNo peer is configured, and no packet was refused.  If a host is "
			   "missing, run\nberkctl members --all on that host.");
	}
}
