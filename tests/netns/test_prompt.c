/* test_prompt.c - the prompt of berkctl chat on two hosts, each in a window of tmux: what is typed
 * there comes to the other one, and outlives another size, a stop, and a queue that is full; and the
 * terminal gets nothing that it cannot show, and is left as it was. */
#include "berkctl/chat.h"
#include "netns/lib/fixture.h"
#include "netns/lib/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_HOSTS 3
#define BLOCK	"\xe2\x96\x88"
#define LONG	"one more line that needs two rows of any window that is eighty columns broad,"

/* host1 and host2 */
static struct screen left, right;

/* With few lines of before, or what it begins with would scroll away. */
static void start_chat(struct screen *s, const struct host *h, const char *environment)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%s berkctl --socket %s/control chat -n 3", environment,
		       h->dir);
	screen_type_line(s, line);
	screen_wait(s, "Ctrl-D leaves", true);
}

/* The status is one of the shell: 130 is a Ctrl-C. */
static void assert_ended(struct screen *s, const char *status)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "status %s\n", status);
	screen_wait_shell(s);
	screen_type_line(s, "S=$?; clear; echo status $S");
	screen_wait(s, line, true);
	screen_assert_sane(s);
}

static void leave_chat(struct screen *s)
{
	screen_press(s, "C-d");
	assert_ended(s, "0");
}

/* The text has a space where the narrow window ends: no terminal joins the rows again by itself. */
static void a_line_half_typed_outlives_another_window(struct group *g)
{
	screen_open(&left, "left", 80, 24);
	screen_open(&right, "right", 80, 24);
	start_chat(&left, &g->host[0], "");
	start_chat(&right, &g->host[1], "");
	screen_wait(&left, "\n>", true);
	screen_type(&left, "half of this line has no room in ");
	screen_wait(&left, "> half of this line has no room in", true);
	screen_size(&left, 20, 5);
	screen_wait(&left, "> half of this line\nhas no room in\n", true);
	screen_type_line(&right, "here");
	screen_wait(&left, "host2: here\n> half of this line\nhas no room in\n", true);
	screen_size(&left, 60, 10);
	screen_wait(&left, "> half of this line has no room in\n", true);
	screen_size(&left, 80, 24);
	screen_type_line(&left, "twenty columns");
	screen_wait(&right, "host1: half of this line has no room in twenty columns\n", true);
	screen_wait(&left, "host1: half of this line has no room in twenty columns\n>", true);
}

static void stop_chat(void)
{
	screen_press(&left, "C-z");
	screen_wait(&left, "Stopped", true);
	screen_wait_shell(&left);
	screen_type_line(&left, "clear");
	screen_wait(&left, "Stopped", false);
	screen_assert_sane(&left);
	screen_type_line(&left, "clear; fg");
}

/* Ctrl-Z takes away, as in each program, what the terminal has not handed on yet. */
static void a_line_half_typed_outlives_a_stop(struct group *g)
{
	(void)g;
	screen_type(&left, LONG " or less");
	screen_wait(&left, "\nor less\n", true);
	stop_chat();
	screen_wait(&left, "/control chat -n 3\n> " LONG "\nor less\n", true);
	screen_type(&left, " and ");
	screen_wait(&left, "\nor less and\n", true);
	stop_chat(); /* as well as the first time */
	screen_wait(&left, "/control chat -n 3\n> " LONG "\nor less and\n", true);

	screen_type_line(&left, "more");
	screen_wait(&right, "or less and more\n", true);
}

/* The process that @parent has begun, when it is stopped or, unless @stopped, in any case. */
static pid_t find_child(pid_t parent, bool stopped)
{
	char command[128], line[32] = "";

	for (unsigned i = 0; i < WAIT_S / 0.05; i++) {
		(void)snprintf(command, sizeof(command), "pgrep -P %d %s", (int)parent,
			       stopped ? "-r T" : "");
		FILE *f = popen(command, "re");

		assert_non_null(f);
		bool found = fgets(line, sizeof(line), f) != NULL;

		(void)pclose(f);
		if (found) {
			return (pid_t)strtol(line, NULL, 10);
		}
		usleep(50000);
	}
	fail_msg("%s", command);
	return -1;
}

/* Without a shell that takes the terminal meanwhile, and without tmux, which would go on with it. */
static void a_line_half_typed_outlives_a_pause(struct group *g)
{
	static struct screen third;
	char line[256];

	screen_open(&third, "third", 80, 24);
	(void)snprintf(line, sizeof(line), "exec sh -c \"berkctl --socket %s/control chat; :\"",
		       g->host[2].dir);
	screen_type_line(&third, line);
	screen_type(&third, "a line ");
	screen_wait(&third, "> a line\n", true);
	pid_t shell = screen_pid(&third), chat = find_child(shell, false);

	assert_int_equal(kill(chat, SIGSTOP), 0);
	assert_int_equal(find_child(shell, true), chat);
	screen_type_line(&third, "that was whole");
	assert_int_equal(kill(chat, SIGCONT), 0);
	screen_wait(&right, "host3: a line that was whole\n", true);
	screen_close(&third);
}

/* Where no shell would continue it, Ctrl-Z stops nothing, and the prompt still edits its line. */
static void a_stop_without_a_shell_is_none(struct group *g)
{
	static struct screen fourth;

	screen_open(&fourth, "fourth", 80, 24);
	start_chat(&fourth, &g->host[2], "exec");
	screen_type(&fourth, "line");
	screen_wait(&fourth, "> line\n", true);
	screen_press(&fourth, "C-z");
	screen_press(&fourth, "C-a");
	screen_type_line(&fourth, "no shell, one ");
	screen_wait(&right, "host3: no shell, one line\n", true);
	screen_close(&fourth);
}

/* Its terminal is another's by then, and it must not be stopped there again. */
static void a_chat_that_was_stopped_can_be_ended(struct group *g)
{
	static struct screen fifth;

	screen_open(&fifth, "fifth", 80, 24);
	start_chat(&fifth, &g->host[2], "");
	screen_wait(&fifth, "\n>", true);
	screen_press(&fifth, "C-z");
	screen_wait(&fifth, "Stopped", true);
	screen_wait_shell(&fifth);
	screen_type_line(&fifth, "clear; kill %1; kill -CONT %1; while kill -0 %1; do sleep 0.1; "
				 "done; clear; echo ended");
	screen_wait(&fifth, "ended\n", true);
	screen_assert_sane(&fifth);
	screen_close(&fifth);
}

/* What begins with a slash is for berkctl, and what Tab completes. */
static void a_command_is_not_said(struct group *g)
{
	(void)g;
	screen_type_line(&left, "/who");
	screen_wait(&left, "You are host1. Here: host", true);
	screen_type_line(&left, "/whom");
	screen_wait(&left, "There is no /whom", true);
	screen_type(&left, "/me waves to hos");
	screen_press(&left, "Tab");
	screen_wait(&left, "> /me waves to host\n", true);
	screen_press(&left, "Tab");
	screen_wait(&left, "\nhost1  host", true);
	screen_wait(&left, "> /me waves to host\n", true);
	screen_type_line(&left, "2 there");
	screen_wait(&left, " * host1 waves to host2 there", true);
	screen_wait(&right, " * host1 waves to host2 there", true);
	screen_type_line(&left, "//slashed");
	screen_wait(&right, "host1: /slashed", true);
	screen_type_line(&left, "/history 1000");
	screen_wait(&left, "allowed is a number from 1 to 512", true);
	screen_type_line(&left, "/help");
	screen_wait(&left, "/me TEXT       say what you do", true);
	screen_press(&left, "C-l");
	screen_type(&left, "/h");
	screen_press(&left, "Tab");
	screen_wait(&left, "/history  /help\n> /h\n", true);
	screen_type(&left, "i");
	screen_press(&left, "Tab");
	screen_wait(&left, "> /history\n", true);
	screen_type_line(&left, "1");
	screen_wait(&left, "host1: /slashed\n>", true);
	(void)screen_read_all(&right);
	assert_null(strstr(right.text, "/who"));
}

/* A script fills what the daemon keeps while it cannot reach the others: in 5 s, or more often where
 * the machine is slow.  Where no line is taken any more, say gives up. */
static void fill_outbox(const struct host *h)
{
	char command[256], out[2048];
	unsigned n = 0;

	(void)snprintf(command, sizeof(command),
		       "seq -f 'of a script: %%g' 600 | timeout 5 %s --socket %s/control chat",
		       BERKCTL_PATH, h->dir);
	do {
		assert_int_not_equal(system(command), 0);
		assert_true(++n < 10);
	} while (host_berkctl(h, out, sizeof(out), "say", "full", NULL) != 4);
}

/* Nobody takes what host1 says, until wake_others().  A chat there would give its daemon up. */
static void stop_others(struct group *g)
{
	leave_chat(&right);
	for (unsigned i = 1; i < N_HOSTS; i++) {
		assert_int_equal(kill(g->host[i].pid, SIGSTOP), 0);
	}
	fill_outbox(&g->host[0]);
}

static void wake_others(struct group *g)
{
	for (unsigned i = 1; i < N_HOSTS; i++) {
		assert_int_equal(kill(g->host[i].pid, SIGCONT), 0);
	}
}

static bool the_outbox_is_empty(struct group *g, void *arg)
{
	static char out[4096];
	bool *said = arg;

	*said = *said || host_berkctl(&g->host[0], out, sizeof(out), "say", "all out", NULL) == 0;
	return *said && host_berkctl(&g->host[1], out, sizeof(out), "chat", "-n", "1", NULL) == 0 &&
	       strstr(out, "all out");
}

/* What the script said would scroll away whatever a chat begins with. */
static void chat_again(struct group *g, struct screen *s, unsigned host)
{
	bool said = false;

	wait_until(g, the_outbox_is_empty, &said);
	screen_type_line(s, "clear");
	start_chat(s, &g->host[host], "");
}

/* Whoever leaves while nobody takes the line is told so.  The others stay stopped: what a host may
 * say at once is filled, and comes back slowly. */
static void what_was_not_said_is_told_at_the_end(struct group *g)
{
	stop_others(g);
	screen_type_line(&left, "too late");
	screen_type_line(&left, "/msg host2 as well");
	screen_wait(&left, "(2 on the way) >", true);
	screen_press(&left, "C-d");
	screen_wait(&left, "(not said: too late)\n(not said: /msg host2 as well)\n", true);
	assert_ended(&left, "4");
	screen_type_line(&left, "clear");
	start_chat(&left, &g->host[0], "");
}

/* It stands in the prompt again, and is said when it is entered later. */
static void a_line_without_room_comes_back(struct group *g)
{
	char line[32];

	for (unsigned n = 1; n <= CHAT_QUEUE_MAX + 1; n++) {
		(void)snprintf(line, sizeof(line), "number %u", n);
		screen_type_line(&left, line);
	}
	screen_wait(&left, "too many lines wait already", true);
	screen_wait(&left, "on the way) > number 33\n", true);
	wake_others(g);
	screen_wait(&left, "\n> number 33\n", true);
	screen_press(&left, "Enter");
	screen_wait(&left, "host1: number 33\n>", true);
	chat_again(g, &right, 1);
}

/* All of it, though the input ends before the second part is said. */
static void what_was_entered_before_the_end_is_said(struct group *g)
{
	for (unsigned i = 0; i < 12; i++) {
		screen_type(&left, LONG " ");
	}
	screen_type(&left, "and the end of it");
	screen_wait(&left, "and the end of it\n", true);
	screen_press(&left, "Enter C-d");
	assert_ended(&left, "0");
	screen_wait(&right, " end of it\n", true);
	start_chat(&left, &g->host[0], "");
}

static void the_terminal_is_left_as_it_was(struct group *g)
{
	leave_chat(&left);
	start_chat(&left, &g->host[0], "");
	screen_type(&left, "half a line");
	screen_press(&left, "C-c");
	assert_ended(&left, "130");
}

static void the_daemon_goes_and_comes_back(struct group *g)
{
	start_chat(&left, &g->host[0], "");
	screen_type(&left, "half a line");
	(void)host_stop(&g->host[0], SIGKILL);
	screen_wait(&left, "berkctl: the daemon has gone", true);
	assert_ended(&left, "3");
	host_start(&g->host[0]);
	wait_until(g, group_is_settled, &(unsigned){(1U << N_HOSTS) - 1});
	start_chat(&left, &g->host[0], "");
	screen_type_line(&left, "here again");
	screen_wait(&right, "host1: here again\n", true);
	leave_chat(&left);
}

/* @environment promises nothing but ASCII and, unless @escapes, no escape sequence. */
static void chat_plainly(const struct host *h, const char *environment, bool escapes)
{
	screen_record(&left);
	start_chat(&left, h, environment);
	screen_type_line(&right, "a block: " BLOCK);
	screen_wait(&left, "host2: a block: \\xe2\\x96\\x88\n", true);
	screen_type_line(&left, "/me nods");
	screen_wait(&left, " * host1 nods\n", true);
	screen_wait(&right, " * host1 nods\n", true);
	screen_assert_colour(&left, false);
	screen_assert_plain(&left, escapes);
	leave_chat(&left);
	screen_type_line(&right, "/me waits");
	screen_wait(&right, " * host2 waits\n", true);
	screen_press(&right, "C-l");
}

static void nothing_is_shown_that_a_terminal_cannot_show(struct group *g)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "TERM=dumb LC_ALL=C berkctl --socket %s/control chat",
		       g->host[0].dir);
	start_chat(&left, &g->host[0], "");
	screen_wait(&left, "\n>", true);
	screen_assert_colour(&left, true);
	leave_chat(&left);
	chat_plainly(&g->host[0], "NO_COLOR=1 LC_ALL=C", true);
	chat_plainly(&g->host[0], "TERM=dumb LC_ALL=C", false);
	screen_size(&left, 20, 5);
	screen_record(&left);
	screen_type_line(&left, line);
	screen_wait(&left, " * host2 wai\nts\n", true);
	screen_type_line(&left, "//slashed again");
	screen_wait(&right, "host1: /slashed again\n", true);
	screen_assert_plain(&left, false);
	screen_close(&left);
	screen_close(&right);
}

static void say_says(struct group *g)
{
	char out[2048];

	assert_int_equal(host_berkctl(&g->host[0], out, sizeof(out), "say", "from", "a script",
				      NULL),
			 0);
	assert_int_equal(host_berkctl(&g->host[0], out, sizeof(out), "say", NULL), 2);
	screen_open(&right, "right", 80, 24);
	start_chat(&right, &g->host[1], "");
	screen_wait(&right, "host1: from a script\n", true);
	screen_close(&right);
}

/* Its host shows it and nobody else, and no history has it; what was not shown comes back. */
static void a_private_line_is_for_one_host(struct group *g)
{
	char out[2048];

	screen_open(&left, "left", 80, 24);
	screen_open(&right, "right", 80, 24);
	start_chat(&left, &g->host[0], "");
	start_chat(&right, &g->host[1], "");
	screen_type_line(&left, "/msg host2 psst");
	screen_wait(&right, " host1: psst\n", true);
	screen_wait(&right, "private ", true);
	screen_wait(&left, " to host2: psst\n>", true);
	screen_type_line(&left, "/msg host3 anybody?");
	screen_wait(&left, "nobody follows the chat on host3", true);
	screen_wait(&left, "\n> /msg host3 anybody?\n", true);
	screen_press(&left, "C-u");
	screen_type_line(&left, "/msg hots2 psst");
	screen_wait(&left, "no host \"hots2\" is known", true);
	screen_wait(&left, "\n> /msg hots2 psst\n", true);
	screen_press(&left, "C-u");
	leave_chat(&left);
	assert_int_equal(host_berkctl(&g->host[2], out, sizeof(out), "say", "--to", "host2", "from",
				      "host3", NULL),
			 0);
	screen_wait(&right, " host3: from host3\n", true);
	assert_int_equal(host_berkctl(&g->host[0], out, sizeof(out), "say", "--to", "host3", "x",
				      NULL),
			 1);
	assert_non_null(strstr(out, "nobody follows the chat on host3"));
	for (unsigned i = 0; i < N_HOSTS; i++) {
		assert_int_equal(host_berkctl(&g->host[i], out, sizeof(out), "chat", "--history",
					      "9", NULL),
				 0);
		assert_null(strstr(out, "psst"));
	}
	screen_close(&left);
	screen_close(&right);
}

/* Whoever asks for what was said, and not for what will be, is not kept waiting. */
static void what_was_said_is_printed_and_that_is_all(struct group *g)
{
	char out[2048];

	assert_int_equal(host_berkctl(&g->host[1], out, sizeof(out), "chat", "--history", "1",
				      NULL),
			 0);
	assert_non_null(strstr(out, "host1: from a script\n"));
	/* A daemon that is silent has not said that there is nothing. */
	assert_int_equal(kill(g->host[1].pid, SIGSTOP), 0);
	assert_int_equal(host_berkctl(&g->host[1], out, sizeof(out), "chat", "--history", "1",
				      NULL),
			 3);
	assert_non_null(strstr(out, "the daemon does not answer"));
	assert_int_equal(kill(g->host[1].pid, SIGCONT), 0);
}

/* A host that is alone does not lead itself: what it says waits. */
static void prepare(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		host_write_config(&g->host[i]);
		host_config(&g->host[i], "[group]\nquorum = majority\n");
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = prepare,
					       .start = true,
					       .settled = (1U << N_HOSTS) - 1};
	static const struct test tests[] = {
		TEST(a_line_half_typed_outlives_another_window),
		TEST(a_line_half_typed_outlives_a_stop),
		TEST(a_line_half_typed_outlives_a_pause),
		TEST(a_stop_without_a_shell_is_none),
		TEST(a_chat_that_was_stopped_can_be_ended),
		TEST(a_command_is_not_said),
		TEST(what_was_not_said_is_told_at_the_end),
		TEST(a_line_without_room_comes_back), /* after that */
		TEST(what_was_entered_before_the_end_is_said),
		TEST(the_terminal_is_left_as_it_was),
		TEST(the_daemon_goes_and_comes_back),
		TEST(nothing_is_shown_that_a_terminal_cannot_show),
		TEST(say_says),
		TEST(a_private_line_is_for_one_host),
		TEST(what_was_said_is_printed_and_that_is_all),
	};

	if (!screen_is_possible()) {
		return SANDBOX_SKIP;
	}
	return RUN_TESTS(&fixture, tests);
}
