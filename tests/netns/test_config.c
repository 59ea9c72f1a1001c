/* test_config.c - what an operator gets wrong, and what a container forbids. */
#include "netns/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct group group;

/* Run berkd on the configuration of host @h with @option; its words in @out. Returns its exit
 * status. */
static int run_berkd(const struct host *h, const char *option, char *out, size_t size)
{
	char config[128], path[128];
	const char *argv[] = {BERKD_PATH, "--config", config, option, NULL};
	int status;

	snprintf(config, sizeof(config), "%s/berkd.conf", h->dir);
	snprintf(path, sizeof(path), "%s/said", h->dir);
	unlink(path);
	pid_t pid = host_spawn(h, path, argv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	out[fread(out, 1, size - 1, f)] = '\0';
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_config_names_file_line_key_and_what_is_allowed(void **state)
{
	const struct host *h = &group.host[0];
	char out[4096];

	(void)state;
	host_write_config(h);
	assert_int_equal(run_berkd(h, "--check-config", out, sizeof(out)), 0);

	host_config(h, "[clock]\npoll = soon\nfrequency = 1\n[nonsense]\nport = 0\n"
		       "[network]\nport = 70000\nport = 5252\n");
	assert_int_not_equal(run_berkd(h, "--check-config", out, sizeof(out)), 0);
	print_message("%s", out);
	assert_non_null(strstr(out, "berkd.conf.d/50-test.conf:2"));
	assert_non_null(strstr(out, "soon"));
	assert_non_null(strstr(out, "50-test.conf:3"));
	assert_non_null(strstr(out, "frequency"));
	assert_non_null(strstr(out, "nonsense"));
	assert_non_null(strstr(out, "50-test.conf:7"));
	assert_non_null(strstr(out, "70000"));
	assert_non_null(strstr(out, "50-test.conf:8")); /* said twice */
	host_config(h, "");
}

static bool answers(struct group *g, void *arg)
{
	return status_int((const struct host *)arg, "poll_ns") > 0 && g;
}

static bool polls_at_4s(struct group *g, void *arg)
{
	return status_int((const struct host *)arg, "poll_ns") == 4 * NS_PER_S && g;
}

static void reload_takes_what_can_change_and_names_what_cannot(void **state)
{
	struct host *h = &group.host[0];
	char out[4096];
	int status;

	(void)state;
	host_start(h);
	assert_true(group_until(&group, 10, answers, h));
	host_config(h, "[clock]\npoll = 4s\n[network]\nport = 5353\n");
	host_berkctl(h, out, sizeof(out), "reload", NULL);
	print_message("%s", out);
	assert_non_null(strstr(out, "port"));
	assert_true(group_until(&group, 15, polls_at_4s, h));

	host_config(h, "[clock]\npoll = 2s\nmax_slew = fast\n"); /* wrong: all of it is left */
	kill(h->pid, SIGHUP);
	assert_false(host_ended(h, 1, &status));
	assert_true(host_logged(h, "max_slew"));
	assert_true(polls_at_4s(&group, h));
	host_config(h, "");
}

static void second_daemon_on_the_same_sockets_is_refused(void **state)
{
	struct host *h = &group.host[0];
	char out[4096];

	(void)state;
	assert_int_not_equal(run_berkd(h, NULL, out, sizeof(out)), 0);
	print_message("%s", out);
	host_config(h, "[network]\nport = 5300\n"); /* another port, but the same control socket */
	assert_int_not_equal(run_berkd(h, NULL, out, sizeof(out)), 0);
	print_message("%s", out);
	assert_non_null(strstr(out, "control"));
	assert_true(status_int(h, "poll_ns") > 0); /* the first one still answers */
	host_config(h, "");
	assert_int_equal(host_stop(h, SIGTERM), 0);
}

static void rival_on_the_same_clock_is_named_and_refused(void **state)
{
	const struct host *h = &group.host[0];
	const char *argv[] = {SANDBOX_DIR "/chronyd", "100", NULL};
	char out[4096], pid_text[32];

	(void)state;
	assert_int_equal(system("cp /bin/sleep " SANDBOX_DIR "/chronyd"), 0);
	pid_t rival = host_spawn(h, "/dev/null", argv);
	usleep(100000);
	/* The real driver; harmless, because nothing in here has CAP_SYS_TIME. */
	host_config(h, "[clock]\ndriver = kernel\n");
	assert_int_not_equal(run_berkd(h, NULL, out, sizeof(out)), 0);
	print_message("%s", out);
	snprintf(pid_text, sizeof(pid_text), "%d", rival);
	assert_non_null(strstr(out, "chronyd"));
	assert_non_null(strstr(out, pid_text));
	assert_non_null(strstr(out, "allow_rivals")); /* what to do */
	kill(rival, SIGKILL);
	waitpid(rival, NULL, 0);
	host_config(h, "");
}

static bool second_sees_first(struct group *g, void *arg)
{
	char out[8192];

	(void)arg;
	return host_berkctl(&g->host[1], out, sizeof(out), "--json", "members", NULL) == 0 &&
	       strstr(out, "host1") && status_int(&g->host[1], "n_alive") == 2;
}

static void daemon_works_without_netlink_control_and_state(void **state)
{
	struct host *h = &group.host[0];
	char path[256];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "rm -rf %s/state %s/control %s/status", h->dir, h->dir,
		 h->dir);
	assert_int_equal(system(path), 0);
	host_config(h, "[network]\nnetlink = no\n[control]\nenable = no\n[state]\nenable = no\n");
	group_start(&group);
	assert_true(group_until(&group, 30, second_sees_first, NULL));
	group_run(&group, 10);
	assert_true(group_pair_error(&group, &group.sample[group.n_samples - 1], GROUP_ALL) <
		    5 * NS_PER_MS);
	snprintf(path, sizeof(path), "%s/control", h->dir);
	assert_int_equal(stat(path, &st), -1);
	snprintf(path, sizeof(path), "%s/state", h->dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(host_stop(h, SIGTERM), 0);
}

static int make(void **state)
{
	(void)state;
	group_init(&group, 2);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	group_fini(&group);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_config_names_file_line_key_and_what_is_allowed),
		cmocka_unit_test(reload_takes_what_can_change_and_names_what_cannot),
		cmocka_unit_test(second_daemon_on_the_same_sockets_is_refused),
		cmocka_unit_test(rival_on_the_same_clock_is_named_and_refused),
		cmocka_unit_test(daemon_works_without_netlink_control_and_state),
	};

	sandbox_enter(120);
	return cmocka_run_group_tests(tests, make, take_down);
}
