/* test_plot.c - the history drawn: dots as braille and as ASCII, the scale, and what a picture
 * shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkctl/canvas.h"
#include "berkctl/plot.h"
#include "common/file.h"

static char text[1 << 16];

/* --- The canvas --- */

static void dots_are_braille(void **state)
{
	struct canvas *c = canvas_new(3, 1);

	(void)state;
	canvas_dot(c, CANVAS_LINE, 0, 0);
	canvas_dot(c, CANVAS_BAND, 1, 3);
	canvas_bar(c, CANVAS_LINE, 4, 3, 0);
	assert_string_equal(canvas_row(c, 0, true, false, text, sizeof(text)), "\u2881 \u2847");
	assert_string_equal(canvas_row(c, 0, false, false, text, sizeof(text)), "* *");
	canvas_free(c);
}

static void dots_outside_are_left_out(void **state)
{
	struct canvas *c = canvas_new(1, 1);

	(void)state;
	canvas_dot(c, CANVAS_LINE, -1, 0);
	canvas_dot(c, CANVAS_LINE, 0, -1);
	canvas_dot(c, CANVAS_LINE, 2, 0);
	canvas_dot(c, CANVAS_LINE, 0, 4);
	assert_int_equal(canvas_dots(c, CANVAS_LINE, 0, 0), 0);
	assert_int_equal(canvas_dots(c, CANVAS_LINE, 1, 0), 0);
	canvas_bar(c, CANVAS_LINE, 0, -100000000, 100000000);
	assert_int_equal(canvas_dots(c, CANVAS_LINE, 0, 0), 0x47);
	canvas_free(c);
}

static void a_line_hides_the_axis_and_the_ascii_of_the_band(void **state)
{
	struct canvas *c = canvas_new(4, 1);

	(void)state;
	for (long x = 0; x < 6; x++) {
		canvas_dot(c, CANVAS_AXIS, x, 0);
	}
	canvas_bar(c, CANVAS_BAND, 0, 0, 1);
	canvas_bar(c, CANVAS_BAND, 2, 1, 1);
	canvas_dot(c, CANVAS_LINE, 0, 2);
	assert_string_equal(canvas_row(c, 0, false, false, text, sizeof(text)), "*:-");
	assert_string_equal(canvas_row(c, 0, true, false, text, sizeof(text)),
			    "\u2807\u2802\u2809");
	canvas_free(c);
}

static void colours_end_with_the_row(void **state)
{
	struct canvas *c = canvas_new(2, 1);

	(void)state;
	canvas_dot(c, CANVAS_LINE, 0, 0);
	canvas_dot(c, CANVAS_BAND, 2, 0);
	assert_string_equal(canvas_row(c, 0, false, true, text, sizeof(text)),
			    "\033[32m*\033[0m\033[2m:\033[0m");
	assert_string_equal(canvas_row(c, 0, true, false, text, 4), "\u2801"); /* no half one */
	canvas_free(c);
}

/* --- A past that was never asked for --- */

static struct past past;

static void setup_past(int64_t seconds)
{
	past = (struct past){.entries = json_array(),
			     .since_ns = 1000 * NS_PER_S,
			     .until_ns = (1000 + seconds) * NS_PER_S,
			     .interval_ns = NS_PER_S};
}

static void add_sample(const char *name, int64_t at_s, int64_t offset_ns, int64_t bound_ns,
		       bool master)
{
	json_t *e = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "id", name, "name", name,
			      "offset_ns", (json_int_t)offset_ns, "wall_ns",
			      (json_int_t)((1000 + at_s) * NS_PER_S), "life", (json_int_t)1,
			      "offset_ns_min", (json_int_t)offset_ns, "offset_ns_max",
			      (json_int_t)offset_ns, "bound_ns", (json_int_t)bound_ns, "master",
			      master);

	assert_int_equal(json_array_append_new(past.entries, e), 0);
}

static void add_event(const char *name, int64_t at_s, const char *words)
{
	json_t *e =
		json_pack("{s:s,s:s,s:I,s:s,s:s}", "id", name, "name", name, "wall_ns",
			  (json_int_t)((1000 + at_s) * NS_PER_S), "event", "step", "text", words);

	assert_int_equal(json_array_append_new(past.entries, e), 0);
}

static void draw(size_t columns, bool braille)
{
	const struct plot_style style = {.columns = columns, .braille = braille};
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_true(past_sort(&past));
	assert_non_null(out);
	plot_text(&past, &style, out);
	(void)fclose(out);
}

static void assert_shows(const char *wanted)
{
	if (!strstr(text, wanted)) {
		fail_msg("no \"%s\" in:\n%s", wanted, text);
	}
}

static void offset_bound_roles_and_events_are_drawn(void **state)
{
	(void)state;
	setup_past(60);
	for (int64_t s = 0; s <= 60; s += 10) {
		add_sample("alpha", s, 0, 1000, s >= 30);
		add_sample("beta", s, s < 30 ? 400 : -400, 100, s < 30);
	}
	add_event("beta", 30, "Stepped the clock");
	draw(41, false);
	const char *wanted = "alpha, master: 0, within 1.00 us\n"
			     "  +1.00 us ::::::::::::::::::::::::::::::\n"
			     "           ::::::::::::::::::::::::::::::\n"
			     "         0 ******************************\n"
			     "  -1.00 us ::::::::::::::::::::::::::::::\n"
			     "                      ===================\n"
			     "beta: -400 ns, within 100 ns\n"
			     "   +500 ns ***********:\n"
			     "                     :**:\n"
			     "         0 - - - - - - *** - - - - - - -\n"
			     "   -500 ns               ****************\n"
			     "           ===========    a\n";
	if (strncmp(text, wanted, strlen(wanted)) != 0) {
		fail_msg("not the picture:\n%s", text);
	}
	past_fini(&past);
}

static void be_deputy(size_t i)
{
	(void)json_object_set_new(json_array_get(past.entries, i), "deputy", json_true());
}

static void a_deputy_is_marked_below_and_in_the_head(void **state)
{
	(void)state;
	setup_past(60);
	for (int64_t s = 0; s <= 60; s += 10) {
		add_sample("alpha", s, 0, 1000, s >= 50);
		if (s >= 20 && s < 50) {
			be_deputy((size_t)s / 10);
		}
	}
	draw(41, false);
	assert_shows("\n                 --------------==========\n");
	past_fini(&past);
	setup_past(60);
	add_sample("alpha", 60, 0, 1000, false);
	be_deputy(0);
	draw(41, false);
	assert_shows("alpha, deputy: 0, within 1.00 us\n");
	past_fini(&past);
}

/* The head says what was known last, and of a host that has gone when that was. */
static void the_head_is_of_the_last_sample(void **state)
{
	char time[FORMAT_DATE_MAX], wanted[128];

	(void)state;
	setup_past(200);
	add_sample("alpha", 190, 5, 10, true);
	add_sample("beta", 100, 5, 10, true);
	(void)json_object_set_new(json_array_get(past.entries, 0), "offset_ns_max",
				  json_integer(7)); /* of another sample of its interval */
	draw(80, false);
	assert_shows("alpha, master: +5 ns, within 10 ns\n");
	(void)snprintf(wanted, sizeof(wanted), "beta until %s, master: +5 ns, within 10 ns\n",
		       past_time(&past, 1100 * NS_PER_S, time));
	assert_shows(wanted);
	past_fini(&past);
	setup_past(200);
	add_sample("alpha", 190, 5, 10, true);
	(void)json_object_del(json_array_get(past.entries, 0), "offset_ns"); /* it had none */
	draw(80, false);
	assert_shows("alpha, master\n");
	past_fini(&past);
}

static void a_gap_and_a_restart_are_not_drawn_over(void **state)
{
	bool clipped;

	(void)state;
	setup_past(200);
	add_sample("alpha", 0, 5, 10, false);
	add_sample("alpha", 10, 5, 10, false);
	add_sample("alpha", 60, 5, 10, false);
	assert_true(past_sort(&past));
	past.host[0].point[1].life = 2;
	assert_false(plot_is_joined(&past, &past.host[0], 0));
	assert_false(plot_is_joined(&past, &past.host[0], 1));
	past.host[0].point[1].life = 1;
	assert_true(plot_is_joined(&past, &past.host[0], 1));
	assert_false(plot_is_joined(&past, &past.host[0], 2));
	past.interval_ns = 20 * NS_PER_S;
	assert_true(plot_is_joined(&past, &past.host[0], 2));
	assert_int_equal(plot_scale_ns(&past.host[0], &clipped), 20);
	past_fini(&past);
}

static void a_few_that_are_far_off_do_not_set_the_scale(void **state)
{
	bool clipped;

	(void)state;
	setup_past(100);
	for (int64_t s = 0; s < 100; s += 10) {
		add_sample("alpha", s, s == 0 ? NS_PER_S : 30, 12, false);
	}
	assert_true(past_sort(&past));
	assert_int_equal(plot_scale_ns(&past.host[0], &clipped), 500);
	assert_true(clipped);
	past.host[0].point[0].hi_ns = INT64_MAX; /* whatever a daemon says */
	past.host[0].point[0].lo_ns = INT64_MIN;
	past.host[0].point[1].bound_ns = INT64_MAX;
	assert_int_equal(plot_scale_ns(&past.host[0], &clipped), 500);
	free(past.event);
	past.event = NULL;
	past.n_event = 0;
	past_fini(&past);
	setup_past(100);
	add_sample("alpha", 5, INT64_MAX, INT64_MAX, true);
	add_sample("alpha", -50000, INT64_MIN, -7, true);
	add_sample("alpha", INT32_MAX, INT64_MIN, 0, true);
	draw(80, true);
	assert_shows("alpha, master");
	past_fini(&past);
}

static void every_line_fits_the_width(void **state)
{
	(void)state;
	setup_past(60);
	for (int64_t s = 0; s <= 60; s++) {
		add_sample("alpha", s, s % 7 * 100000, 1234567, s > 20);
		add_sample("beta", s, -s * 1000, 900000, false);
	}
	for (int i = 0; i < 30; i++) {
		add_event("alpha", 2 * i, "x");
	}
	for (size_t columns = PLOT_COLUMNS_MIN; columns <= 200; columns += 20) {
		draw(columns, false);
		for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
			bool note = strchr("a=", at[11]) || strncmp(at, "10 ", 3) == 0;

			assert_true(note || strcspn(at, "\n") <= columns);
		}
		assert_shows("10 events before them are not marked");
		assert_shows("\na ");
		assert_shows("\nt ");
		for (size_t i = 0; i < past.n_host; i++) {
			free(past.host[i].point);
			past.host[i] = (struct past_host){.n = 0};
		}
		free(past.event);
		past.event = NULL;
		past.n_host = past.n_event = 0;
	}
	past_fini(&past);
}

/* A name and a text that would move the cursor of a terminal. */
static void foreign_text_is_escaped(void **state)
{
	(void)state;
	setup_past(60);
	add_sample("\033[2Jalpha", 10, 1, 1, false);
	add_event("\033[2Jalpha", 10, "\033]0;x\007");
	draw(80, true);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\007'));
	assert_shows("\\x1b[2Jalpha");
	past_fini(&past);
}

static void more_hosts_than_are_drawn_are_told(void **state)
{
	char name[32];

	(void)state;
	setup_past(60);
	for (int i = 0; i < PAST_HOSTS_MAX + 3; i++) {
		(void)snprintf(name, sizeof(name), "host%d", i);
		add_sample(name, 10, 1, 1, false);
	}
	draw(80, true);
	assert_int_equal(past.n_host, PAST_HOSTS_MAX);
	assert_int_equal(past.n_left_out, 3);
	past_fini(&past);
}

/* --- By gnuplot, in whose place a script stands --- */

static char folder[64], file[96];
static char *old_path;

static int setup_gnuplot(void **state)
{
	char path[4096];

	(void)state;
	strcpy(folder, "/tmp/berk-plot.XXXXXX");
	if (!mkdtemp(folder)) {
		return -1;
	}
	old_path = strdup(getenv("PATH"));
	(void)snprintf(path, sizeof(path), "%s:%s", folder, old_path);
	(void)snprintf(file, sizeof(file), "%s/picture.svg", folder);
	setup_past(60);
	add_sample("alpha", 10, 1, 1, false);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	return setenv("PATH", path, 1);
}

static void put_text(const char *at, const char *words, mode_t mode)
{
	FILE *f = fopen(at, "we");

	assert_non_null(f);
	(void)fputs(words, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at, mode), 0);
}

static void be_gnuplot(const char *does)
{
	char name[96], script[256];

	(void)snprintf(name, sizeof(name), "%s/gnuplot", folder);
	(void)snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", does);
	put_text(name, script, 0755);
}

static int teardown_gnuplot(void **state)
{
	char name[96];

	(void)state;
	past_fini(&past);
	(void)setenv("PATH", old_path, 1);
	free(old_path);
	(void)unlink(file);
	(void)snprintf(name, sizeof(name), "%s/gnuplot", folder);
	(void)unlink(name);
	return rmdir(folder);
}

static const char *picture(void)
{
	size_t len = 0;

	assert_int_equal(file_read(file, text, sizeof(text) - 1, &len), 0);
	text[len] = '\0';
	return text;
}

static void events_of_hosts_that_are_not_drawn_are_in_the_first_picture(void **state)
{
	(void)state;
	be_gnuplot("exec cat"); /* the picture is the script */
	add_sample("beta", 10, 1, 1, false);
	add_event("alpha", 10, "x");
	add_event("beta", 20, "x");
	add_event("nobody's", 30, "x");
	assert_true(past_sort(&past));
	assert_int_equal(plot_svg(&past, file), CTL_OK);
	const char *second = strstr(picture(), "$h1 << EOD");

	assert_shows("set label 'step' at '1010.000'");
	assert_shows("set label 'nobody''s: step' at '1030.000'");
	assert_non_null(second);
	assert_true(strstr(text, "nobody") < second);
	assert_null(strstr(second, "nobody"));
	assert_non_null(strstr(second, "set label 'step' at '1020.000'"));
	assert_null(strstr(second, "1010.000', graph"));
}

/* What stands for what is said once, in the first picture. */
static void a_picture_shows_roles_and_says_what_its_curves_are(void **state)
{
	(void)state;
	be_gnuplot("exec cat");
	add_sample("alpha", 20, 1, 1, true);
	add_sample("beta", 10, 1, 1, false);
	be_deputy(2);
	assert_true(past_sort(&past));
	assert_int_equal(plot_svg(&past, file), CTL_OK);
	const char *second = strstr(picture(), "$h1 << EOD");

	assert_shows("1010.000 1 1 0 2 0\n1020.000 1 1 0 2 2\nEOD");
	assert_shows("using 1:($4/1.):($5/1.) with filledcurves fc rgb '#cfe0f2' title 'bound'");
	assert_shows("using 1:($3/1.) with lines lw 1.5 lc rgb '#1f4e79' title 'offset'");
	assert_shows("using 1:($6 == 2 ? 0 : NaN) with lines lw 3 lc rgb '#2e7d32' title 'master'");
	assert_shows("using 1:($6 == 1 ? 0 : NaN) with lines lw 3 dt 2 lc rgb '#2e7d32' title");
	assert_non_null(second);
	assert_non_null(strstr(second, "1010.000 1 1 0 2 1\n"));
	assert_non_null(strstr(second, "notitle 'master'"));
	assert_null(strstr(second, " title 'bound'"));
}

/* ...and nothing is left beside it, or the folder could not be removed. */
static void a_picture_that_fails_leaves_the_old_one(void **state)
{
	struct rlimit before, small;

	(void)state;
	put_text(file, "old", 0640);
	assert_true(past_sort(&past));
	be_gnuplot("echo half; exit 3");
	assert_int_equal(plot_svg(&past, file), CTL_FAILED);
	assert_string_equal(picture(), "old");
	be_gnuplot("exec head -c 200000 /dev/zero");
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){.rlim_cur = 65536, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int status = plot_svg(&past, file);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(status, CTL_FAILED);
	assert_string_equal(picture(), "old");
	be_gnuplot("echo new");
	assert_int_equal(plot_svg(&past, file), CTL_OK);
	assert_string_equal(picture(), "new\n");
}

/* A new one has the rights that the umask leaves, and what a link leads to is left alone. */
static void a_picture_is_a_file_like_any_other(void **state)
{
	mode_t mask = umask(027);
	struct stat st;

	(void)state;
	be_gnuplot("echo new");
	assert_true(past_sort(&past));
	assert_int_equal(plot_svg(&past, file), CTL_OK);
	(void)umask(mask);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("/nowhere", file), 0);
	assert_int_equal(plot_svg(&past, file), CTL_FAILED);
	assert_int_equal(plot_svg(&past, folder), CTL_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dots_are_braille),
		cmocka_unit_test(dots_outside_are_left_out),
		cmocka_unit_test(a_line_hides_the_axis_and_the_ascii_of_the_band),
		cmocka_unit_test(colours_end_with_the_row),
		cmocka_unit_test(offset_bound_roles_and_events_are_drawn),
		cmocka_unit_test(a_deputy_is_marked_below_and_in_the_head),
		cmocka_unit_test(the_head_is_of_the_last_sample),
		cmocka_unit_test(a_gap_and_a_restart_are_not_drawn_over),
		cmocka_unit_test(a_few_that_are_far_off_do_not_set_the_scale),
		cmocka_unit_test(every_line_fits_the_width),
		cmocka_unit_test(foreign_text_is_escaped),
		cmocka_unit_test(more_hosts_than_are_drawn_are_told),
#define WITH_GNUPLOT(test) cmocka_unit_test_setup_teardown(test, setup_gnuplot, teardown_gnuplot)
		WITH_GNUPLOT(events_of_hosts_that_are_not_drawn_are_in_the_first_picture),
		WITH_GNUPLOT(a_picture_shows_roles_and_says_what_its_curves_are),
		WITH_GNUPLOT(a_picture_that_fails_leaves_the_old_one),
		WITH_GNUPLOT(a_picture_is_a_file_like_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
