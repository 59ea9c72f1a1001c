/* standing.c - see standing.h. */
#include "berkctl/standing.h"

#include "berk/status.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>

enum colour standing_colour(const json_t *s)
{
	if (!view_true(s, "synced")) {
		return COLOUR_BAD;
	}
	return view_true(s, "island") ? COLOUR_WARN : COLOUR_GOOD;
}

const char *standing_role(const json_t *s)
{
	switch (view_word(s, "role", words_role)) {
	case ROLE_NONE:
		return "without a master";
	case ROLE_CANDIDATE:
		return "standing for election";
	default:
		return view_plain(s, "role");
	}
}

const char *standing_sync(const json_t *s)
{
	return view_true(s, "synced") ? "synchronised" : "not synchronised";
}

const char *standing_leader(const json_t *s, const char *role, char buf[static VIEW_MAX])
{
	char key[32];

	(void)snprintf(key, sizeof(key), "%s_name", role);
	return view_text(s, key, view_raw(s, role)[0] ? "unnamed" : "none", buf);
}

const char *standing_group(const json_t *s, char buf[static VIEW_MAX])
{
	int64_t n_table = view_int_or_0(s, "n_table"), n_used;
	int len = snprintf(buf, VIEW_MAX, "%" PRId64 " host%s, %" PRId64 " alive", n_table,
			   n_table == 1 ? "" : "s", view_int_or_0(s, "n_alive"));

	if (view_int(s, "n_used", &n_used)) {
		(void)snprintf(buf + len, VIEW_MAX - (size_t)len, ", %" PRId64 " averaged", n_used);
	}
	return buf;
}

void standing_print(bool colour, const json_t *s)
{
	char name[VIEW_MAX], bound[FORMAT_MAX];
	enum colour c = standing_colour(s);
	int64_t v;

	printf("%s%s%s is %s, %s%s%s", colour_begin(colour, COLOUR_BOLD), view_host(s, name),
	       colour_end(colour, COLOUR_BOLD), standing_role(s), colour_begin(colour, c),
	       standing_sync(s), colour_end(colour, c));
	if (view_int(s, "bound_ns", &v)) {
		printf(": within %s of group time", format_interval(v, bound));
	}
}
