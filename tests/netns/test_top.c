/* test_top.c - berkctl top on a terminal, which is a window of tmux: what it shows, what its keys
 * do, and that it outlives other sizes, a stop of its own and the end of the daemon. */
#include "netns/lib/fixture.h"
#include "netns/lib/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_HOSTS 5

static struct screen window;

/* Start it from a shell, with @environment before the command. */
static void start_top(const struct host *h, const char *environment)
{
	char keys[512];

	snprintf(keys, sizeof(keys), "%s berkctl --socket %s/control top -i 200ms", environment,
		 h->dir);
	screen_type_line(&window, keys);
	screen_wait(&window, "q quit", true);
	screen_wait(&window, "no problem", true);
}

static void quit_top(void)
{
	screen_press(&window, "q");
	screen_wait(&window, SCREEN_PROMPT, true);
	screen_wait(&window, "OFFSET", false);
}

static void open_window(struct group *g)
{
	wait_until(g, group_all_are_well, &(unsigned){GROUP_ALL});
	screen_open(&window, "top", 80, 24);
}

/* With BERK_PICTURE=FILE in the environment, what is shown after a minute goes there, with its escape
 * sequences: picture.pl makes doc/top.png of it. */
static void take_picture(void)
{
	const char *file = getenv("BERK_PICTURE");
	FILE *f = file ? fopen(file, "we") : NULL;

	if (f) {
		screen_size(&window, 100, 12);
		sleep(60);
		(void)fputs(screen_read_styled(&window), f);
		assert_int_equal(fclose(f), 0);
		screen_size(&window, 80, 24);
	}
}

static void each_host_has_a_line(struct group *g)
{
	int master = group_master(g, GROUP_ALL);
	char text[64];

	open_window(g);
	start_top(&g->host[0], "");
	for (unsigned i = 0; i < N_HOSTS; i++) {
		screen_assert(&window, g->host[i].name);
	}
	snprintf(text, sizeof(text), "master %s, deputy ", g->host[master].name);
	screen_assert(&window, text);
	screen_assert(&window, "synchronised: within ");
	screen_assert(&window, " HOST ");
	screen_wait(&window, "\xe2\x96\x88", true); /* a full block: the largest of the samples */
	take_picture();
}

static void keys_sort_and_freeze(struct group *g)
{
	/* From the list on: the head tells of the daemon, too. */
	static char before[sizeof(window.text)];

	(void)g;
	screen_press(&window, "s");
	screen_wait(&window, "sort: offset  r reverse", true);
	screen_press(&window, "r");
	screen_wait(&window, "sort: offset, reversed", true);
	screen_press(&window, "r s s s");
	screen_wait(&window, "sort: name  r reverse", true);
	screen_press(&window, "Space");
	screen_wait(&window, "FROZEN", true);
	(void)screen_read(&window);
	screen_assert(&window, " HOST ");
	(void)snprintf(before, sizeof(before), "%s", strstr(window.text, " HOST "));
	sleep(1);
	(void)screen_read(&window);
	screen_assert(&window, before);
	screen_press(&window, "Space");
	screen_wait(&window, "FROZEN", false);
	screen_press(&window, "h");
	screen_wait(&window, "any key: back", true);
	screen_press(&window, "x");
	screen_wait(&window, "q quit", true);
}

static void a_host_is_opened(struct group *g)
{
	(void)g;
	screen_press(&window, "Down Enter");
	screen_wait(&window, "offset in the last ", true);
	screen_wait(&window, "bound in the last ", true);
	screen_wait(&window, " counts", true);
	screen_wait(&window, "path  ", true);
	screen_press(&window, "End");
	screen_wait(&window, "PUBLIC KEY ", true);
	screen_press(&window, "Escape");
	screen_wait(&window, "q quit", true);
}

/* No line is longer than the window is wide, and each shows what it has room for. */
static void other_sizes_are_filled(struct group *g)
{
	screen_size(&window, 20, 5);
	screen_wait(&window, "OFFSETS", false);
	screen_wait(&window, "HOST", true);
	screen_assert(&window, g->host[0].name);
	screen_size(&window, 200, 50);
	screen_wait(&window, "BOUNDS", true);
	screen_assert(&window, g->host[N_HOSTS - 1].name);
	screen_press(&window, "Enter");
	screen_wait(&window, "bound in the last ", true);
	screen_size(&window, 20, 5);
	screen_wait(&window, "bound in the last ", false);
	screen_wait(&window, "q back", true);
	screen_press(&window, "q");
	screen_size(&window, 1, 1);
	screen_size(&window, 80, 24);
	screen_wait(&window, "BOUNDS", true);
	screen_wait(&window, "q quit", true);
}

static void it_goes_on_after_a_stop(struct group *g)
{
	(void)g;
	screen_press(&window, "C-z");
	screen_wait(&window, "Stopped", true);
	/* Nobody tells it of another size meanwhile. */
	screen_size(&window, 60, 16);
	screen_press(&window, "clear Enter fg Enter");
	screen_wait(&window, "OFFSETS\n", true);
	screen_wait(&window, "q quit", true);
	screen_size(&window, 80, 24);
	screen_wait(&window, "BOUNDS", true);
}

static void the_daemon_goes_and_comes_back(struct group *g)
{
	assert_int_equal(kill(g->host[0].pid, SIGSTOP), 0);
	screen_wait(&window, "NO ANSWER: it has not answered for ", true);
	screen_assert(&window, g->host[N_HOSTS - 1].name);
	assert_int_equal(kill(g->host[0].pid, SIGCONT), 0);
	screen_wait(&window, "NO ANSWER", false);
	(void)host_stop(&g->host[0], SIGKILL);
	screen_wait(&window, "NO ANSWER: berkd does not run here; figures of ", true);
	screen_assert(&window, g->host[N_HOSTS - 1].name);
	host_start(&g->host[0]);
	screen_wait(&window, "NO ANSWER", false);
	screen_wait(&window, "no problem", true);
}

static void the_terminal_is_as_it_was(struct group *g)
{
	(void)g;
	screen_assert_colour(&window, true);
	quit_top();
	screen_assert(&window, "top -i 200ms"); /* what stood there before */
	screen_assert_sane(&window);
	screen_press(&window, "clear Enter");
}

static void no_colour_and_no_blocks_where_they_are_not_wanted(struct group *g)
{
	start_top(&g->host[0], "NO_COLOR=1 LC_ALL=C");
	screen_wait(&window, "#", true); /* the largest of the samples */
	screen_assert_colour(&window, false);
	for (const char *at = screen_read(&window); *at; at++) {
		assert_false(*at & 0x80);
	}
	quit_top();
	screen_close(&window);
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

	if (!screen_is_possible()) {
		return SANDBOX_SKIP;
	}
	return RUN_TESTS(&fixture, tests);
}
