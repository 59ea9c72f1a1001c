/* test_log.c - what a peer causes does not fill the journal, and each line there can be explained. */
#define SD_JOURNAL_SUPPRESS_LOCATION /* as log.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
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

/* The journal of this test: what came last, one field a line. */
static char journal[4096];
static int journal_error;

int sd_journal_sendv(const struct iovec *v, int n)
{
	size_t len = 0;

	journal[0] = '\0';
	for (int i = 0; i < n && len < sizeof(journal); i++) {
		len += (size_t)snprintf(journal + len, sizeof(journal) - len, "%.*s\n",
					(int)v[i].iov_len, (const char *)v[i].iov_base);
	}
	return journal_error;
}

static void a_line_has_the_id_of_its_cause(void **state)
{
	(void)state;
	log_open(CONFIG_LOG_JOURNAL, LEVEL_INFO);
	log_err(CAUSE_SOCKET, "UDP port %u cannot be opened", 5252);
	assert_string_equal(journal, "MESSAGE=UDP port 5252 cannot be opened\nPRIORITY=3\n"
				     "BERK_KIND=socket-failed\n"
				     "MESSAGE_ID=d878a15d77fb4fccb6ce498fa2d3fe33\n");
	log_info("Configuration was read again");
	assert_string_equal(journal, "MESSAGE=Configuration was read again\nPRIORITY=6\n");
	log_debug("not shown");
	assert_null(strstr(journal, "not shown"));
}

static void a_complaint_is_about_the_configuration_unless_said(void **state)
{
	enum log_cause cause = CAUSE_RIVAL;

	(void)state;
	log_open(CONFIG_LOG_JOURNAL, LEVEL_INFO);
	log_complaint(NULL, "[clock] poll: read \"x\"");
	assert_non_null(strstr(journal, "PRIORITY=3\nBERK_KIND=configuration\n"));
	log_complaint(&cause, "warning: chrony.service is enabled too");
	assert_non_null(strstr(journal, "MESSAGE=chrony.service is enabled too\nPRIORITY=4\n"
					"BERK_KIND=rival\n"));
}

/* A journal that takes nothing, say in a sandbox: the line is not lost. */
static void a_line_that_the_journal_does_not_take_goes_to_stderr(void **state)
{
	char path[] = "/tmp/berkd-log-XXXXXX", line[64] = "";
	int fd = mkstemp(path), saved = dup(STDERR_FILENO);

	(void)state;
	assert_true(fd >= 0 && saved >= 0);
	journal_error = -1;
	log_open(CONFIG_LOG_JOURNAL, LEVEL_INFO);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_err(CAUSE_ENDS, "Giving up");
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(pread(fd, line, sizeof(line) - 1, 0), strlen("Giving up\n"));
	assert_string_equal(line, "Giving up\n");
	journal_error = 0;
	(void)unlink(path);
	(void)close(fd);
	(void)close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_peer_causes_is_rate_limited),
		cmocka_unit_test(a_line_names_its_host_with_its_address),
		cmocka_unit_test(a_line_has_the_id_of_its_cause),
		cmocka_unit_test(a_complaint_is_about_the_configuration_unless_said),
		cmocka_unit_test(a_line_that_the_journal_does_not_take_goes_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
