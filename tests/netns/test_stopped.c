/* test_stopped.c - a daemon that is stopped, or hangs: each command of berkctl says so and ends. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ARGS_MAX    6
#define UNREACHABLE 3 /* exit status */

/* What a user may type; a question, a stream, and what waits by itself. */
static const char *const commands[][ARGS_MAX] = {
	{"status"},	    {"members"},	  {"stepdown"},
	{"monitor"},	    {"waitsync"},	  {"waitsync", "--timeout", "2s"},
	{"chat", "a line"}, {"chat", "--follow"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static char *output_of(const struct host *h, size_t k, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/stopped-%zu", h->dir, k);
	return path;
}

static pid_t start_command(const struct host *h, size_t k)
{
	char path[128], control[128];
	const char *argv[ARGS_MAX + 4] = {BERKCTL_PATH, "--socket", control};

	(void)snprintf(control, sizeof(control), "%s/control", h->dir);
	for (size_t i = 0; i < ARGS_MAX && commands[k][i]; i++) {
		argv[3 + i] = commands[k][i];
	}
	return host_spawn(h, output_of(h, k, path, sizeof(path)), argv);
}

static bool says(const struct host *h, size_t k, const char *what)
{
	char path[128], text[512];
	FILE *f = fopen(output_of(h, k, path, sizeof(path)), "re");
	bool found = false;

	while (f && fgets(text, sizeof(text), f)) {
		found |= strstr(text, what) != NULL;
	}
	if (f) {
		(void)fclose(f);
	}
	return found;
}

static pid_t child[N_COMMANDS];
static int ended[N_COMMANDS]; /* its wait status, or -1 */

static bool all_have_ended(struct group *g, void *arg)
{
	bool all = true;

	(void)g;
	(void)arg;
	for (size_t k = 0; k < N_COMMANDS; k++) {
		if (ended[k] < 0 && waitpid(child[k], &ended[k], WNOHANG) != child[k]) {
			ended[k] = -1;
			all = false;
		}
	}
	return all;
}

static void each_command_ends_and_says_that_the_daemon_is_silent(struct group *g)
{
	const struct host *h = &g->host[0];

	assert_int_equal(kill(h->pid, SIGSTOP), 0);
	for (size_t k = 0; k < N_COMMANDS; k++) {
		ended[k] = -1;
		child[k] = start_command(h, k);
	}
	wait_until(g, all_have_ended, NULL);
	for (size_t k = 0; k < N_COMMANDS; k++) {
		print_message("%s: status %d\n", commands[k][0], WEXITSTATUS(ended[k]));
		assert_true(WIFEXITED(ended[k]));
		assert_int_equal(WEXITSTATUS(ended[k]), UNREACHABLE);
		assert_true(says(h, k, "does not answer"));
	}
	assert_int_equal(kill(h->pid, SIGCONT), 0);
}

/* A stream with nothing to say for longer than that goes on. */
static void a_silent_stream_of_a_daemon_that_lives_goes_on(struct group *g)
{
	pid_t pid = start_command(&g->host[0], N_COMMANDS - 1); /* chat --follow */
	int status;

	group_run(g, 25);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2, .start = true, .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(each_command_ends_and_says_that_the_daemon_is_silent),
		TEST(a_silent_stream_of_a_daemon_that_lives_goes_on),
	};

	return RUN_TESTS(&fixture, tests);
}
