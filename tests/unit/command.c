/* command.c - see command.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/command.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* By another program, as valgrind calls lost, and fails for it, what the other threads of the
 * test hold: a child has only the one that forked. */
static void leave(int status)
{
	char text[12];

	(void)fflush(stdout);
	(void)snprintf(text, sizeof(text), "%d", status);
	(void)execl("/bin/sh", "sh", "-c", "exit $0", text, (char *)NULL);
	_exit(127);
}

unsigned short command_columns;

/* A terminal for the command, whose output pump() appends to @out; -1: @out itself is its output. */
static int open_terminal(int *ret_theirs, FILE *out)
{
	const struct winsize size = {.ws_row = 24, .ws_col = command_columns};
	struct termios raw = {.c_cflag = CS8 | CREAD};
	int ours = -1;

	*ret_theirs = fileno(out);
	if (command_columns > 0) {
		assert_int_equal(openpty(&ours, ret_theirs, NULL, &raw, &size), 0);
		assert_int_equal(fcntl(ours, F_SETFL, O_NONBLOCK), 0);
	}
	return ours;
}

static void pump(int terminal, FILE *out)
{
	char part[4096];
	ssize_t n;

	while (terminal >= 0 && (n = read(terminal, part, sizeof(part))) > 0) {
		(void)fwrite(part, 1, (size_t)n, out);
	}
}

static void read_all(FILE *f, char *text, size_t size)
{
	rewind(f);
	text[fread(text, 1, size - 1, f)] = '\0';
}

int command_run(sd_event *event, int (*cmd)(const struct ctl *), const struct ctl *ctl,
		unsigned turns_max, command_turn turn, void *userdata, char *text, size_t size)
{
	FILE *out = tmpfile();
	int status = 0, theirs;

	assert_non_null(out);
	int terminal = open_terminal(&theirs, out);

	(void)fflush(stdout);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)dup2(theirs, STDOUT_FILENO);
		(void)dup2(theirs, STDERR_FILENO);
		leave(cmd(ctl));
	}
	for (unsigned i = 0; waitpid(child, &status, WNOHANG) == 0; i++) {
		assert_true(sd_event_run(event, 10000) >= 0);
		pump(terminal, out);
		read_all(out, text, size);
		if (i == turns_max || (turn && turn(userdata, text))) {
			(void)kill(child, SIGKILL);
		}
	}
	pump(terminal, out);
	read_all(out, text, size);
	if (terminal >= 0) {
		close(terminal);
		close(theirs);
	}
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
