/* test_config.c - what an operator gets wrong, and what a container forbids. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void check_config_names_file_line_key_and_what_is_allowed(struct group *g)
{
	const struct host *h = &g->host[0];
	char out[4096];

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

static bool max_slew_is_told(struct group *g, void *arg)
{
	return host_logged((const struct host *)arg, "max_slew") && g;
}

static void reload_takes_what_can_change_and_names_what_cannot(struct group *g)
{
	struct host *h = &g->host[0];
	char out[4096];
	int status;

	host_start(h);
	wait_until(g, answers, h);
	host_config(h, "[clock]\npoll = 4s\n[network]\nport = 5353\n");
	host_berkctl(h, out, sizeof(out), "reload", NULL);
	print_message("%s", out);
	assert_non_null(strstr(out, "port"));
	wait_until(g, polls_at_4s, h);

	host_config(h, "[clock]\npoll = 2s\nmax_slew = fast\n"); /* wrong: all of it is left */
	kill(h->pid, SIGHUP);
	wait_until(g, max_slew_is_told, h);
	assert_true(polls_at_4s(g, h));
	assert_false(host_ended(h, 0, &status));
	host_config(h, "");
}

static void second_daemon_on_the_same_sockets_is_refused(struct group *g)
{
	struct host *h = &g->host[0];
	char out[4096];

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

static bool runs_as_berkd(struct group *g, void *arg)
{
	char path[64], name[32] = "";

	(void)g;
	snprintf(path, sizeof(path), "/proc/%d/comm", *(const pid_t *)arg);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	bool is = fgets(name, sizeof(name), f) && strcmp(name, "berkd\n") == 0;
	fclose(f);
	return is;
}

/* One that has no right to set the clock, as nothing in here has, but that another process sets it
 * for. */
static void rival_on_the_same_clock_is_named_and_refused(struct group *g)
{
	const struct host *h = &g->host[0];
	const char *argv[] = {SANDBOX_DIR "/berkd", "100", NULL};
	char out[4096], pid_text[32];

	assert_int_equal(system("cp /bin/sleep " SANDBOX_DIR "/berkd"), 0);
	assert_int_equal(setenv("BERKD_CLOCK_SOCKET", "/nowhere", 1), 0);
	pid_t rival = host_spawn(h, "/dev/null", argv);

	assert_int_equal(unsetenv("BERKD_CLOCK_SOCKET"), 0);
	wait_until(g, runs_as_berkd, &rival);
	/* The real driver; harmless, because nothing in here has CAP_SYS_TIME. */
	host_config(h, "[clock]\ndriver = kernel\n[node]\nuser = root\n");
	assert_int_not_equal(run_berkd(h, NULL, out, sizeof(out)), 0);
	print_message("%s", out);
	snprintf(pid_text, sizeof(pid_text), "berkd (pid %d)", rival);
	assert_non_null(strstr(out, pid_text));
	assert_non_null(strstr(out, "allow_rivals")); /* what to do */
	kill(rival, SIGKILL);
	waitpid(rival, NULL, 0);
	host_config(h, "");
}

static bool second_sees_first(struct group *g, void *arg)
{
	char name[ASK_TEXT_MAX];

	(void)arg;
	return member_text(&g->host[1], &g->host[0], "name", name)[0] &&
	       status_int(&g->host[1], "n_alive") == 2;
}

static bool clocks_are_one(struct group *g, void *arg)
{
	int64_t apart = group_pair_error(g, &g->sample[g->n_samples - 1], GROUP_ALL);

	(void)arg;
	return apart < group_initial_spread(g, GROUP_ALL) / 1000;
}

static void daemon_works_without_netlink_control_and_state(struct group *g)
{
	struct host *h = &g->host[0];
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "rm -rf %s/state %s/control %s/status", h->dir, h->dir,
		 h->dir);
	assert_int_equal(system(path), 0);
	host_config(h, "[network]\nnetlink = no\n[control]\nenable = no\n[state]\nenable = no\n");
	group_start(g);
	wait_until(g, second_sees_first, NULL);
	wait_until(g, clocks_are_one, NULL);
	snprintf(path, sizeof(path), "%s/control", h->dir);
	assert_int_equal(stat(path, &st), -1);
	snprintf(path, sizeof(path), "%s/state", h->dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(host_stop(h, SIGTERM), 0);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2};
	static const struct test tests[] = {
		TEST(check_config_names_file_line_key_and_what_is_allowed),
		TEST(reload_takes_what_can_change_and_names_what_cannot),
		TEST(second_daemon_on_the_same_sockets_is_refused),
		TEST(rival_on_the_same_clock_is_named_and_refused),
		TEST(daemon_works_without_netlink_control_and_state),
	};

	return RUN_TESTS(&fixture, tests);
}
