/* test_plot.c - the history drawn: dots as braille and as ASCII, the scale, and what a picture
 * shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berk/time.h"
#include "berkctl/canvas.h"
#include "berkctl/plot.h"

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
	json_t *e = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:b}", "id", name, "name", name,
			      "wall_ns", (json_int_t)((1000 + at_s) * NS_PER_S), "life",
			      (json_int_t)1, "offset_ns_min", (json_int_t)offset_ns,
			      "offset_ns_max", (json_int_t)offset_ns, "bound_ns",
			      (json_int_t)bound_ns, "master", master);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dots_are_braille),
		cmocka_unit_test(dots_outside_are_left_out),
		cmocka_unit_test(a_line_hides_the_axis_and_the_ascii_of_the_band),
		cmocka_unit_test(colours_end_with_the_row),
		cmocka_unit_test(offset_bound_roles_and_events_are_drawn),
		cmocka_unit_test(a_gap_and_a_restart_are_not_drawn_over),
		cmocka_unit_test(a_few_that_are_far_off_do_not_set_the_scale),
		cmocka_unit_test(every_line_fits_the_width),
		cmocka_unit_test(foreign_text_is_escaped),
		cmocka_unit_test(more_hosts_than_are_drawn_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
