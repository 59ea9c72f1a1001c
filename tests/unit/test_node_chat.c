/* test_node_chat.c - the chat of a group of whole nodes.  Its rules alone: test_chat.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/world/quiet.h"

static struct world *begun(void **state, double seconds)
{
	quiet_begin(*state, seconds);
	return *state;
}

static void chat_lines_come_once_and_in_one_order(void **state)
{
	struct world *w = begun(state, 10);

	for (int k = 0; k < 10; k++) {
		for (unsigned i = 0; i < w->n; i++) {
			char text[3] = {(char)('a' + i), (char)('0' + k), 0};

			assert_int_equal(quiet_chat(w, i, text), ORDER_OK);
		}
	}
	quiet_run(w, 5);
	assert_int_equal(strlen(quiet_deeds(w, 0)->chat), 50 * 3);
	for (unsigned i = 1; i < w->n; i++) {
		assert_string_equal(quiet_deeds(w, i)->chat, quiet_deeds(w, 0)->chat);
	}
	assert_int_equal(quiet_chat(w, 0, "\xff"), ORDER_BAD_TEXT);
}

static void chat_survives_the_master(void **state)
{
	struct world *w = begun(state, 20);
	unsigned m = (unsigned)world_master(w, 0);

	for (int k = 0; k < 40; k++) {
		for (unsigned i = 0; i < w->n; i++) {
			char text[4] = {(char)('a' + i), (char)('0' + k / 10), (char)('0' + k % 10),
					0};

			if (w->host[i].up) {
				quiet_chat(w, i, text);
			}
		}
		quiet_run(w, 0.0003);
		if (k == 10) {
			host_crash(w, m);
		}
	}
	quiet_run(w, 20);
	const char *first = NULL;

	for (unsigned i = 0; i < w->n; i++) {
		const char *shown = quiet_deeds(w, i)->chat;

		if (!w->host[i].up) {
			continue;
		}
		first = first ? first : shown;
		assert_string_equal(shown, first);
		for (int k = 0; k < 40; k++) { /* each own line is there, once */
			char text[5] = {(char)('a' + i), (char)('0' + k / 10), (char)('0' + k % 10),
					'\n', 0};
			const char *at = strstr(first, text);

			assert_non_null(at);
			assert_null(strstr(at + 1, text));
		}
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(chat_lines_come_once_and_in_one_order),
		T(chat_survives_the_master),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
