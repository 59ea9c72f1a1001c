/* view.c - see view.h. */
#include "berkctl/view.h"

#include "berk/status.h"
#include "common/text.h"
#include "common/words.h"

#include <stdio.h>
#include <string.h>

const char *view_raw(const json_t *j, const char *key)
{
	const char *v = json_string_value(json_object_get(j, key));

	return v ? v : "";
}

const char *view_plain(const json_t *j, const char *key)
{
	const char *v = view_raw(j, key);

	return text_is_plain(v) ? v : "?";
}

const char *view_text(const json_t *j, const char *key, const char *none, char buf[static VIEW_MAX])
{
	const char *v = view_raw(j, key);

	v = v[0] ? v : none;
	text_escape(v, strlen(v), buf, VIEW_MAX);
	return buf;
}

const char *view_text_long(const json_t *j, const char *key, char *buf, size_t size)
{
	const char *v = view_raw(j, key);

	text_escape(v, strlen(v), buf, size);
	return buf;
}

int view_word(const json_t *j, const char *key, const char *const *words)
{
	int value = -1;

	(void)words_find(words, view_raw(j, key), &value);
	return value;
}

bool view_is_here(const json_t *member)
{
	int state = view_word(member, "state", words_member_state);

	return state >= 0 && member_state_is_here((enum member_state)state);
}

bool view_true(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

bool view_int(const json_t *j, const char *key, int64_t *ret)
{
	const json_t *v = json_object_get(j, key);

	*ret = json_integer_value(v);
	return json_is_integer(v);
}

int64_t view_int_or_0(const json_t *j, const char *key)
{
	int64_t v;

	return view_int(j, key, &v) ? v : 0;
}

const char *view_interval(const json_t *j, const char *key, char buf[static FORMAT_MAX])
{
	int64_t v;

	return view_int(j, key, &v) ? format_interval(v, buf) : "-";
}

const char *view_offset(const json_t *j, const char *key, char buf[static FORMAT_MAX])
{
	int64_t v;

	return view_int(j, key, &v) ? format_offset(v, buf) : "-";
}

const char *view_ppm(const json_t *j, const char *key, char buf[static FORMAT_MAX])
{
	int64_t v;

	return view_int(j, key, &v) ? format_ppm(v, buf) : "-";
}

const char *view_host(const json_t *member, char buf[static VIEW_MAX])
{
	if (view_raw(member, "name")[0]) {
		return view_text(member, "name", "?", buf);
	}
	(void)snprintf(buf, VIEW_MAX, "%.8s...", view_plain(member, "id"));
	return buf;
}

const char *view_speaker(const json_t *event, char buf[static VIEW_MAX])
{
	size_t len = strlen(view_host(event, buf));
	char id[VIEW_MAX];
	int held = view_true(event, "name_held")
			   ? snprintf(id, sizeof(id), " (%.16s)", view_plain(event, "id"))
			   : 0;

	/* A name that fills the buffer gives way: the id is what tells them apart. */
	if (held > 0 && held < VIEW_MAX) {
		size_t at = len + (size_t)held < VIEW_MAX ? len : VIEW_MAX - 1 - (size_t)held;

		memcpy(buf + at, id, (size_t)held + 1);
	}
	return buf;
}
