/* test_log.c - what a peer causes does not fill the journal. */
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
		cmocka_unit_test(what_a_peer_causes_is_rate_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
