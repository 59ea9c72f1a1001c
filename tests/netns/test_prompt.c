/* test_prompt.c - the prompt of berkctl chat on a terminal: what is typed there outlives another
 * size of the window, and a stop of the program. */
#include "netns/lib/fixture.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define N_HOSTS 2

static const struct winsize wide = {.ws_row = 24, .ws_col = 80};
static const struct winsize narrow = {.ws_row = 10, .ws_col = 30};

struct terminal {
	pid_t pid; /* of berkctl chat */
	int fd;
	char shown[16384];
	size_t n;
};

static void open_prompt(const struct host *h, struct terminal *t)
{
	char control[128];

	snprintf(control, sizeof(control), "%s/control", h->dir);
	memset(t, 0, sizeof(*t));
	t->pid = forkpty(&t->fd, NULL, NULL, &wide);
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		(void)setenv("TERM", "xterm", 1);
		(void)execl(BERKCTL_PATH, "berkctl", "--socket", control, "chat", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(fcntl(t->fd, F_SETFL, O_NONBLOCK), 0);
}

static void type(const struct terminal *t, const char *text)
{
	assert_int_equal(write(t->fd, text, strlen(text)), strlen(text));
}

struct awaited {
	struct terminal *terminal;
	const char *text;
};

static bool is_shown(struct group *g, void *arg)
{
	const struct awaited *a = arg;
	struct terminal *t = a->terminal;
	ssize_t n = read(t->fd, t->shown + t->n, sizeof(t->shown) - 1 - t->n);

	(void)g;
	t->n += n > 0 ? (size_t)n : 0;
	t->shown[t->n] = '\0';
	return strstr(t->shown, a->text) != NULL;
}

static bool was_said(struct group *g, void *arg)
{
	char command[256], line[1024];
	bool said = false;

	snprintf(command, sizeof(command),
		 "timeout 1 %s --socket %s/control chat --follow --history 99 </dev/null",
		 BERKCTL_PATH, g->host[1].dir);
	FILE *f = popen(command, "re");

	while (f && fgets(line, sizeof(line), f)) {
		said = said || strstr(line, arg);
	}
	if (f) {
		(void)pclose(f);
	}
	return said;
}

static void a_line_half_typed_outlives_another_window(struct group *g)
{
	static struct terminal t;
	int status = -1;

	open_prompt(&g->host[0], &t);
	wait_until(g, is_shown, (&(struct awaited){&t, "Ctrl-D leaves"}));
	type(&t, "half of ");
	wait_until(g, is_shown, (&(struct awaited){&t, "half of "}));
	assert_int_equal(ioctl(t.fd, TIOCSWINSZ, &narrow), 0);
	(void)group_until(g, 1, is_shown, &(struct awaited){&t, "never shown"});
	type(&t, "a line\n");
	wait_until(g, was_said, (char[]){": half of a line\n"});

	type(&t, "one more ");
	wait_until(g, is_shown, (&(struct awaited){&t, "one more "}));
	assert_int_equal(kill(t.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(t.pid, &status, WUNTRACED), t.pid);
	assert_int_equal(kill(t.pid, SIGCONT), 0);
	(void)group_until(g, 1, is_shown, &(struct awaited){&t, "never shown"});
	type(&t, "that is whole\n");
	wait_until(g, was_said, (char[]){": one more that is whole\n"});

	type(&t, "\x04");
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(t.fd);
}

/* What begins with a slash is for berkctl, and what Tab completes. */
static void a_command_is_not_said(struct group *g)
{
	static struct terminal t;
	int status = -1;

	open_prompt(&g->host[0], &t);
	wait_until(g, is_shown, (&(struct awaited){&t, "Ctrl-D leaves"}));
	t.n = 0;
	type(&t, "/who\n");
	wait_until(g, is_shown, (&(struct awaited){&t, "You are host1. Here: host2"}));
	type(&t, "/whom\n");
	wait_until(g, is_shown, (&(struct awaited){&t, "There is no /whom"}));
	type(&t, "/me waves to hos\t");
	(void)group_until(g, 1, is_shown, &(struct awaited){&t, "never shown"});
	type(&t, "2 there\n");
	wait_until(g, is_shown, (&(struct awaited){&t, " waves to host2 there"}));
	wait_until(g, was_said, (char[]){"* host1 waves to host2 there\n"});
	type(&t, "//slashed\n");
	wait_until(g, was_said, (char[]){": /slashed\n"});
	t.n = 0;
	type(&t, "/hi\t");
	(void)group_until(g, 1, is_shown, &(struct awaited){&t, "never shown"});
	type(&t, "1\n");
	wait_until(g, is_shown, (&(struct awaited){&t, ": /slashed"}));
	type(&t, "/history 1000\n");
	wait_until(g, is_shown, (&(struct awaited){&t, "allowed is a number from 1 to 512"}));
	type(&t, "\x04");
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(t.fd);
	assert_false(was_said(g, (char[]){"/who"}));
}

static void say_says(struct group *g)
{
	char out[256];

	assert_int_equal(host_berkctl(&g->host[0], out, sizeof(out), "say", "from", "a script",
				      NULL),
			 0);
	wait_until(g, was_said, (char[]){": from a script\n"});
	assert_int_not_equal(host_berkctl(&g->host[0], out, sizeof(out), "say", NULL), 0);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS, .start = true, .settled = 3};
	static const struct test tests[] = {
		TEST(a_line_half_typed_outlives_another_window),
		TEST(a_command_is_not_said),
		TEST(say_says),
	};

	return RUN_TESTS(&fixture, tests);
}
