/* test_log.c - notices in words that a person can use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "berkd/host/log.h"
#include "berkd/host/message_ids.h"

static const char *words(struct notice n, const char *name)
{
	static char buf[512];

	return notice_text(&n, name, buf, sizeof(buf));
}

static void numbers_have_units_that_suit(void **state)
{
	(void)state;
	assert_string_equal(words((struct notice){.kind = NOTICE_STEP, .a = 1250000000}, NULL),
			    "Stepped the clock by +1.25 s (first join)");
	assert_string_equal(words((struct notice){.kind = NOTICE_STEP, .a = -38200, .b = 1}, NULL),
			    "Stepped the clock by -38.2 us (by order)");
	assert_non_null(strstr(words((struct notice){.kind = NOTICE_MEMBER_EXCLUDED,
						     .reason = REASON_FALSETICKER,
						     .a = 10 * NS_PER_S},
				     "beta"),
			       "+10.0 s"));
}

static void a_peers_name_cannot_draw_on_the_terminal(void **state)
{
	(void)state;
	assert_null(
		strchr(words((struct notice){.kind = NOTICE_MEMBER_JOINED, .peer = 1}, "a\x1b[31m"),
		       0x1b));
}

static void a_peer_without_name_goes_by_its_id(void **state)
{
	(void)state;
	assert_non_null(
		strstr(words((struct notice){.kind = NOTICE_MEMBER_JOINED, .peer = 0xab}, NULL),
		       "00000000000000ab"));
}

static void every_notice_has_words_and_the_listed_ones_an_id(void **state)
{
	(void)state;
	for (int k = 0; k < NOTICE_MAX_; k++) {
		for (int64_t a = -1; a < 6; a++) {
			struct notice n = {
				.kind = (enum notice_kind)k, .peer = 1, .a = a, .b = 1, .c = a};

			assert_true(strlen(words(n, "x")) > 5);
		}
		assert_int_equal(message_ids[k] != NULL, k <= NOTICE_LIMIT_TRIPPED);
		for (int i = 0; i < k; i++) {
			assert_true(!message_ids[i] || !message_ids[k] ||
				    strcmp(message_ids[i], message_ids[k]) != 0);
		}
	}
}

static void what_a_peer_causes_is_rate_limited(void **state)
{
	char path[] = "/tmp/berkd-log-XXXXXX", line[512];
	int fd = mkstemp(path), saved = dup(STDERR_FILENO), lines = 0;
	struct notice n = {.kind = NOTICE_PEER_REFUSED, .level = LEVEL_WARNING};

	(void)state;
	assert_true(fd >= 0 && saved >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_open(CONFIG_LOG_STDERR, LEVEL_INFO);
	for (int i = 0; i < 1000; i++) {
		log_notice_event(&n, NULL);
	}
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	FILE *f = fopen(path, "re");

	while (fgets(line, sizeof(line), f)) {
		lines++;
	}
	(void)fclose(f);
	(void)unlink(path);
	(void)close(fd);
	(void)close(saved);
	assert_in_range(lines, 1, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_units_that_suit),
		cmocka_unit_test(a_peers_name_cannot_draw_on_the_terminal),
		cmocka_unit_test(a_peer_without_name_goes_by_its_id),
		cmocka_unit_test(every_notice_has_words_and_the_listed_ones_an_id),
		cmocka_unit_test(what_a_peer_causes_is_rate_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
