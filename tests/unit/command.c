/* command.c - see command.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/command.h"

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

static void read_all(FILE *f, char *text, size_t size)
{
	rewind(f);
	text[fread(text, 1, size - 1, f)] = '\0';
}

int command_run(sd_event *event, int (*cmd)(const struct ctl *), const struct ctl *ctl,
		unsigned turns_max, command_turn turn, void *userdata, char *text, size_t size)
{
	FILE *out = tmpfile();
	int status = 0;

	assert_non_null(out);
	(void)fflush(stdout);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)dup2(fileno(out), STDOUT_FILENO);
		(void)dup2(fileno(out), STDERR_FILENO);
		leave(cmd(ctl));
	}
	for (unsigned i = 0; waitpid(child, &status, WNOHANG) == 0; i++) {
		assert_true(sd_event_run(event, 10000) >= 0);
		read_all(out, text, size);
		if (i == turns_max || (turn && turn(userdata, text))) {
			(void)kill(child, SIGKILL);
		}
	}
	read_all(out, text, size);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
