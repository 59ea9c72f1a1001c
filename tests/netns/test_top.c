/* test_top.c - berkctl top on a terminal, which is a window of tmux: what it shows, what its keys
 * do, and that it outlives other sizes, a stop of its own and the end of the daemon. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_HOSTS 5
#define TMUX	"tmux -u -S " SANDBOX_DIR "/tmux -f /dev/null "
#define PROMPT	"ready:" /* of the shell that it is started from */

static char screen[65536]; /* as it was captured last */

static int tmux(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int tmux(const char *format, ...)
{
	char command[1024] = TMUX;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(command + strlen(command), sizeof(command) - strlen(command), format, ap);
	va_end(ap);
	return system(command);
}

static void type(const char *keys)
{
	assert_int_equal(tmux("send-keys -t 0 %s", keys), 0);
}

static void capture(const char *options)
{
	char command[256];

	snprintf(command, sizeof(command), TMUX "capture-pane -t 0 -p %s", options);
	FILE *f = popen(command, "re");

	assert_non_null(f);
	screen[fread(screen, 1, sizeof(screen) - 1, f)] = '\0';
	(void)pclose(f);
}

/* Wait until @text is on the screen, or, unless @there, is not. */
static void wait_for(const char *text, bool there)
{
	for (unsigned i = 0; i < WAIT_S / 0.05; i++) {
		capture("");
		if (!strstr(screen, text) != there) {
			return;
		}
		usleep(50000);
	}
	fail_msg("%s \"%s\" on the screen:\n%s", there ? "no" : "still", text, screen);
}

static void assert_screen(const char *text)
{
	if (!strstr(screen, text)) {
		fail_msg("no \"%s\" on the screen:\n%s", text, screen);
	}
}

/* Start it from a shell, with @environment before the command. */
static void start_top(const struct host *h, const char *environment)
{
	char keys[512];

	snprintf(keys, sizeof(keys), "' %s %s --socket %s/control top -i 200ms' Enter", environment,
		 BERKCTL_PATH, h->dir);
	type(keys);
	wait_for("q quit", true);
	wait_for("no problem", true);
}

static void quit_top(void)
{
	type("q");
	wait_for(PROMPT, true);
	wait_for("OFFSET", false);
}

static void open_window(struct group *g)
{
	wait_until(g, group_all_are_well, &(unsigned){GROUP_ALL});
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_int_equal(tmux("new-session -d -x 80 -y 24 \"env PS1=" PROMPT
			      " bash --norc --noprofile\""),
			 0);
	wait_for(PROMPT, true);
}

static void each_host_has_a_line(struct group *g)
{
	int master = group_master(g, GROUP_ALL);
	char text[64];

	open_window(g);
	start_top(&g->host[0], "");
	for (unsigned i = 0; i < N_HOSTS; i++) {
		assert_screen(g->host[i].name);
	}
	snprintf(text, sizeof(text), "master %s, deputy ", g->host[master].name);
	assert_screen(text);
	assert_screen("synchronised: within ");
	assert_screen(" HOST ");
	wait_for("\xe2\x96\x88", true); /* a full block: the largest of the samples */
}

static void keys_sort_and_freeze(struct group *g)
{
	static char
		before[sizeof(screen)]; /* from the list on: the head tells of the daemon, too */

	(void)g;
	type("s");
	wait_for("sort: offset  r reverse", true);
	type("r");
	wait_for("sort: offset, reversed", true);
	type("r s s s");
	wait_for("sort: name  r reverse", true);
	type("Space");
	wait_for("FROZEN", true);
	capture("");
	assert_screen(" HOST ");
	(void)snprintf(before, sizeof(before), "%s", strstr(screen, " HOST "));
	sleep(1);
	capture("");
	assert_screen(before);
	type("Space");
	wait_for("FROZEN", false);
	type("h");
	wait_for("any key: back", true);
	type("x");
	wait_for("q quit", true);
}

static void a_host_is_opened(struct group *g)
{
	(void)g;
	type("Down Enter");
	wait_for("offset in the last ", true);
	wait_for("bound in the last ", true);
	wait_for(" counts", true);
	wait_for("path  ", true);
	type("End");
	wait_for("PUBLIC KEY ", true);
	type("Escape");
	wait_for("q quit", true);
}

/* No line is longer than the window is wide, and each shows what it has room for. */
static void other_sizes_are_filled(struct group *g)
{
	assert_int_equal(tmux("resize-window -t 0 -x 20 -y 5"), 0);
	wait_for("OFFSETS", false);
	wait_for("HOST", true);
	assert_screen(g->host[0].name);
	assert_int_equal(tmux("resize-window -t 0 -x 200 -y 50"), 0);
	wait_for("BOUNDS", true);
	assert_screen(g->host[N_HOSTS - 1].name);
	type("Enter");
	wait_for("bound in the last ", true);
	assert_int_equal(tmux("resize-window -t 0 -x 20 -y 5"), 0);
	wait_for("bound in the last ", false);
	wait_for("q back", true);
	type("q");
	assert_int_equal(tmux("resize-window -t 0 -x 1 -y 1"), 0);
	assert_int_equal(tmux("resize-window -t 0 -x 80 -y 24"), 0);
	wait_for("BOUNDS", true);
	wait_for("q quit", true);
}

static void it_goes_on_after_a_stop(struct group *g)
{
	(void)g;
	type("C-z");
	wait_for("Stopped", true);
	/* Nobody tells it of another size meanwhile. */
	assert_int_equal(tmux("resize-window -t 0 -x 60 -y 16"), 0);
	type("clear Enter fg Enter");
	wait_for("OFFSETS\n", true);
	wait_for("q quit", true);
	assert_int_equal(tmux("resize-window -t 0 -x 80 -y 24"), 0);
	wait_for("BOUNDS", true);
}

static void the_daemon_goes_and_comes_back(struct group *g)
{
	assert_int_equal(kill(g->host[0].pid, SIGSTOP), 0);
	wait_for("NO ANSWER: it has not answered for ", true);
	assert_screen(g->host[N_HOSTS - 1].name);
	assert_int_equal(kill(g->host[0].pid, SIGCONT), 0);
	wait_for("NO ANSWER", false);
	(void)host_stop(&g->host[0], SIGKILL);
	wait_for("NO ANSWER: berkd does not run here; figures of ", true);
	assert_screen(g->host[N_HOSTS - 1].name);
	host_start(&g->host[0]);
	wait_for("NO ANSWER", false);
	wait_for("no problem", true);
}

/* An escape sequence of a colour other than the default one; what is bold, dim or reverse is
 * none. */
static bool has_colour(void)
{
	capture("-e");
	for (const char *at = screen; (at = strstr(at, "\033[")); at++) {
		char *end = (char *)(uintptr_t)at + 1;

		do {
			unsigned long code = strtoul(end + 1, &end, 10);

			if ((code >= 30 && code <= 48 && code != 39) || code >= 90) {
				return true;
			}
		} while (*end == ';');
	}
	return false;
}

static void assert_colour(bool wanted)
{
	if (has_colour() != wanted) {
		fail_msg("%s colour on the screen:\n%s", wanted ? "no" : "a", screen);
	}
}

static void the_terminal_is_as_it_was(struct group *g)
{
	(void)g;
	assert_colour(true);
	quit_top();
	assert_screen("fg"); /* what stood there before */
	type("'stty -a | tr \" \" \"\\n\" | grep -x -e echo -e icanon' Enter");
	wait_for("\nicanon", true);
	wait_for("\necho", true);
	type("clear Enter");
}

static void no_colour_and_no_blocks_where_they_are_not_wanted(struct group *g)
{
	start_top(&g->host[0], "NO_COLOR=1 LC_ALL=C");
	wait_for("#", true); /* the largest of the samples */
	assert_colour(false);
	for (const char *at = screen; *at; at++) {
		assert_false(*at & 0x80);
	}
	quit_top();
	(void)tmux("kill-server");
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .start = true,
					       .settled = (1U << N_HOSTS) - 1};
	static const struct test tests[] = {
		TEST(each_host_has_a_line),
		TEST(keys_sort_and_freeze),
		TEST(a_host_is_opened),
		TEST(other_sizes_are_filled),
		TEST(it_goes_on_after_a_stop),
		TEST(the_daemon_goes_and_comes_back),
		TEST(the_terminal_is_as_it_was),
		TEST(no_colour_and_no_blocks_where_they_are_not_wanted),
	};

	if (system("command -v tmux >/dev/null") != 0) {
		print_message("skipped: no tmux here: apt-get install tmux\n");
		return SANDBOX_SKIP;
	}
	return RUN_TESTS(&fixture, tests);
}
