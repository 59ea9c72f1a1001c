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

/* Log it so often; how many lines that gives, and the last one in @ret. */
static int lines_of(const struct notice *n, const struct notice_hosts *hosts, int times,
		    enum notice_level level, char ret[static 512])
{
	char path[] = "/tmp/berkd-log-XXXXXX";
	int fd = mkstemp(path), saved = dup(STDERR_FILENO), lines = 0;

	assert_true(fd >= 0 && saved >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_open(CONFIG_LOG_STDERR, (int)level);
	for (int i = 0; i < times; i++) {
		log_notice_event(n, hosts);
	}
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	FILE *f = fopen(path, "re");

	while (fgets(ret, 512, f)) {
		lines++;
	}
	(void)fclose(f);
	(void)unlink(path);
	(void)close(fd);
	(void)close(saved);
	return lines;
}

static void what_a_peer_causes_is_rate_limited(void **state)
{
	struct notice n = {.kind = NOTICE_PEER_REFUSED, .level = LEVEL_WARNING};
	char line[512];

	(void)state;
	assert_in_range(lines_of(&n, NULL, 1000, LEVEL_INFO, line), 1, 30);
}

static const char *called(const void *from, node_id id)
{
	(void)from;
	return id == 1 ? "alpha" : NULL;
}

static bool found(const void *from, node_id id, struct addr *ret)
{
	(void)from;
	*ret = (struct addr){.ip = {[10] = 255, 255, 10, 0, 0, (uint8_t)id}, .port = 5252};
	return true;
}

static void a_line_names_its_host_with_its_address(void **state)
{
	const struct notice_hosts hosts = {called, found, NULL};
	struct notice n = {.kind = NOTICE_MEMBER_JOINED, .level = LEVEL_NOTICE, .peer = 1};
	char line[512];

	(void)state;
	assert_int_equal(lines_of(&n, &hosts, 1, LEVEL_INFO, line), 1);
	assert_string_equal(line, "Member alpha (10.0.0.1:5252) joined\n");
	n.level = LEVEL_DEBUG;
	assert_int_equal(lines_of(&n, &hosts, 1, LEVEL_DEBUG, line), 1);
	assert_string_equal(line, "Member alpha joined\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_peer_causes_is_rate_limited),
		cmocka_unit_test(a_line_names_its_host_with_its_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
