/* test_talk.c - what is typed is said, however long it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "berk/utf8.h"
#include "berk/wire.h"
#include "berkctl/chat.h"
#include "berkctl/view.h"

static void one_line_is_one_line(void **state)
{
	struct talk t = {0};
	char text[WIRE_CHAT_TEXT_MAX + 1];

	(void)state;
	assert_int_equal(CHAT_LINE_MAX, WIRE_CHAT_TEXT_MAX);
	memset(text, 'x', sizeof(text));
	assert_true(talk_say(&t, text, WIRE_CHAT_TEXT_MAX));
	assert_int_equal(t.n, 1);
	assert_int_equal(strlen(t.queue[0]), WIRE_CHAT_TEXT_MAX);
	talk_fini(&t);
}

/* O3 */
static void a_long_line_is_said_as_several(void **state)
{
	static const char *const units[] = {"Zeit und Raum ", "\xc3\xbc", "x\xe2\x98\x82"};

	(void)state;
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		struct talk t = {0};
		char text[2000] = "", joined[2000] = "";

		strcat(text, u == 0 ? "" : "x"); /* so that a piece would end within a character */
		while (strlen(text) + strlen(units[u]) < 1500) {
			strcat(text, units[u]);
		}
		assert_true(talk_say(&t, text, strlen(text)));
		assert_in_range(t.n, 4, 6);
		for (size_t i = 0; i < t.n; i++) {
			size_t len = strlen(t.queue[i]);

			assert_in_range(len, 1, WIRE_CHAT_TEXT_MAX);
			assert_true(utf8_is_text(t.queue[i], len));
			if (u == 0) { /* between words */
				strcat(joined, i ? " " : "");
				assert_true(strncmp(t.queue[i], "Zeit", 4) == 0 ||
					    strncmp(t.queue[i], "und", 3) == 0 ||
					    strncmp(t.queue[i], "Raum", 4) == 0);
			}
			strcat(joined, t.queue[i]);
		}
		assert_string_equal(joined, text);
		talk_fini(&t);
	}
}

static void a_line_is_queued_whole_or_not_at_all(void **state)
{
	struct talk t = {0};
	char text[4 * WIRE_CHAT_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	while (t.n < CHAT_QUEUE_MAX - 2) {
		assert_true(talk_say(&t, "a", 1));
	}
	assert_false(talk_say(&t, text, sizeof(text)));
	assert_int_equal(t.n, CHAT_QUEUE_MAX - 2);
	assert_true(talk_say(&t, text, sizeof(text) / 2));
	assert_false(talk_say(&t, "b", 1));
	talk_fini(&t);
}

static void whose_name_another_holds_is_shown_with_the_id(void **state)
{
	char buf[VIEW_MAX], name[400], want[VIEW_MAX];
	json_t *e = json_pack("{s:s,s:s,s:b}", "name", "alpha", "id", "73ad0993b3886b07",
			      "name_held", 0);

	(void)state;
	assert_string_equal(view_speaker(e, buf), "alpha");
	assert_int_equal(json_object_set_new(e, "name_held", json_true()), 0);
	assert_string_equal(view_speaker(e, buf), "alpha (73ad0993b3886b07)");
	memset(name, 'n', sizeof(name) - 1); /* no name is so long that it hides the id */
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(json_object_set_new(e, "name", json_string(name)), 0);
	memcpy(want, " (73ad0993b3886b07)", 20);
	view_speaker(e, buf);
	assert_string_equal(buf + strlen(buf) - strlen(want), want);
	json_decref(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_name_another_holds_is_shown_with_the_id),
		cmocka_unit_test(one_line_is_one_line),
		cmocka_unit_test(a_long_line_is_said_as_several),
		cmocka_unit_test(a_line_is_queued_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
