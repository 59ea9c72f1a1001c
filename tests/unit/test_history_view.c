/* test_history_view.c - the history that berkctl shows: the real commands, over the real socket, of
 * a file that was planted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "berkctl/client.h"
#include "berkctl/past.h"
#include "berkd/control/control_private.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "common/file.h"
#include "tests/unit/screens.h"

#define N_MANY 3000

/* Entries of the last @seconds, one of @name each second. */
static void plant(struct screens *t, const char *name, int64_t seconds)
{
	struct history_file *file;
	struct history_entry e = {.kind = HISTORY_SAMPLE,
				  .host = 0xfeed000000000001,
				  .flags = HISTORY_MASTER,
				  .state = MEMBER_SETTLED,
				  .bound_ns = 900 * NS_PER_US,
				  .freq_ppb = -12345,
				  .delay_ns = 130 * NS_PER_US};
	int64_t now_ns = stage_pair(&t->reign.stage).wall.ns;

	t->history_dir = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->history_dir >= 0);
	(void)snprintf(e.name, sizeof(e.name), "%s", name);
	assert_int_equal(history_file_open(t->history_dir, history_blocks(1 << 20), &file), 0);
	for (int64_t s = seconds; s > 0; s--) {
		e.wall_ns = now_ns - s * NS_PER_S;
		e.offset_ns = 1500 + s;
		assert_int_equal(history_file_add(file, &e), 0);
	}
	e.kind = HISTORY_EVENT;
	strcpy(e.word, "became-master");
	strcpy(e.text, "Became master, term 7\033[2J");
	e.level = LEVEL_NOTICE;
	e.wall_ns = now_ns;
	assert_int_equal(history_file_add(file, &e), 0);
	assert_int_equal(history_file_flush(file), 0);
	history_file_free(file);
}

static int close_planted(void **state)
{
	struct screens *t = *state;

	if (t->history_dir >= 0) {
		(void)unlinkat(t->history_dir, HISTORY_FILE_NAME, 0);
		close(t->history_dir);
	}
	return close_screens(state);
}

static void figures_and_events_are_listed(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", 30);
	assert_int_equal(run(t, cmd_history, plain, NULL), CTL_OK);
	assert_shows(t, "TIME");
	assert_shows(t, "alpha");
	assert_shows(t, "+1.50 us");
	assert_shows(t, "900 us");
	assert_shows(t, "-12.345 ppm");
	assert_shows(t, "130 us  master");
	assert_shows(t, "Became master, term 7\\x1b[2J");
	assert_hides(t, "\033");
}

static void the_same_is_json(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", 3);
	assert_int_equal(run(t, cmd_history, json(), NULL), CTL_OK);
	json_t *j = json_loads(t->text, 0, NULL), *list = json_object_get(j, "entries");
	const json_t *last = json_array_get(list, json_array_size(list) - 1);

	assert_int_equal(json_array_size(list), 2); /* three samples of one interval, or of two */
	assert_string_equal(json_string_value(json_object_get(last, "event")), "became-master");
	assert_string_equal(json_string_value(json_object_get(last, "id")), "feed000000000001");
	assert_true(json_is_false(json_object_get(j, "cut")));
	json_t *keys = json_object();

	assert_int_equal(json_object_update(keys, j), 0);
	json_decref(j);
	assert_int_equal(run(t, cmd_plot, json(), NULL), CTL_OK);
	j = json_loads(t->text, 0, NULL);
	assert_non_null(j);
	assert_int_equal(json_object_update_existing(keys, j), 0);
	assert_true(json_equal(keys, j)); /* the same keys, whatever they have */
	assert_true(json_array_size(json_object_get(j, "entries")) > 0);
	json_decref(keys);
	json_decref(j);
}

static void events_alone_are_listed_but_no_picture(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;
	char file[128];

	plant(t, "alpha", 0);
	assert_int_equal(run(t, cmd_plot, plain, NULL), CTL_OK);
	assert_shows(t, "alpha: Became master, term 7");
	(void)snprintf(file, sizeof(file), "%s/plot.svg", t->dir);
	c.svg = file;
	assert_int_equal(run(t, cmd_plot, c, NULL), CTL_FAILED);
	assert_shows(t, "no offset of that time is known");
	assert_int_not_equal(access(file, F_OK), 0);
}

static void it_is_drawn(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", 600);
	assert_int_equal(run(t, cmd_plot, plain, NULL), CTL_OK);
	assert_shows(t, "alpha, master: +1.5");
	assert_shows(t, "= master");
	assert_shows(t, "a ");
	assert_shows(t, "alpha: Became master, term 7\\x1b[2J");
	assert_hides(t, "\033");
	struct ctl c = plain;

	c.host = "beta";
	assert_int_equal(run(t, cmd_plot, c, NULL), CTL_FAILED);
	assert_shows(t, "nothing is in the history");
	c.host = "feed";
	c.since_ns = 60 * NS_PER_S;
	assert_int_equal(run(t, cmd_plot, c, NULL), CTL_OK);
	assert_shows(t, "alpha, master");
}

/* An answer of many pieces, and a limit that trips. */
static int count_all(const struct ctl *ctl)
{
	struct past past;
	int status = past_ask(ctl, 0, ctl->limit, &past);

	printf("%zu entries, cut %d\n", json_array_size(past.entries), past.cut);
	past_fini(&past);
	return status;
}

/* Ask for all, wait @first_ns before the answer is read, and @each_ns before each piece of it.  How
 * many entries came; an error is printed. */
static size_t read_slowly(struct client *c, long first_ns, long each_ns)
{
	const struct timespec first = {.tv_sec = first_ns / NS_PER_S,
				       .tv_nsec = first_ns % NS_PER_S},
			      each = {.tv_nsec = each_ns};
	struct answer a = {.continues = true};
	size_t n = 0;

	assert_int_equal(client_send(c, "History",
				     json_pack("{s:i}", "limit", (int)HISTORY_LIMIT_MAX), true),
			 0);
	(void)nanosleep(&first, NULL);
	while (a.continues && client_next(c, 5000, &a) == 0) {
		n += json_array_size(json_object_get(a.parameters, "entries"));
		if (a.error) {
			printf("%s %s\n", a.error,
			       json_string_value(json_object_get(a.parameters, "message")));
		}
		bool continues = a.continues;

		answer_fini(&a);
		a.continues = continues;
		(void)nanosleep(&each, NULL);
	}
	return n;
}

/* A client that reads nothing for a second: what it has not read waits, and is not lost. */
static int count_late(const struct ctl *ctl)
{
	struct client *c = ctl_connect(ctl, false);

	assert_non_null(c);
	printf("%zu entries late\n", read_slowly(c, NS_PER_S, 0));
	client_free(c);
	return CTL_OK;
}

/* One that reads a piece now and then. */
static int count_slowly(const struct ctl *ctl)
{
	struct client *c = ctl_connect(ctl, false);

	assert_non_null(c);
	printf("%zu entries slowly\n", read_slowly(c, 0, 50 * NS_PER_MS));
	client_free(c);
	return CTL_OK;
}

/* One that asks at once again. */
static int ask_on_and_on(const struct ctl *ctl)
{
	struct client *c = ctl_connect(ctl, false);
	struct timespec from, to;

	assert_non_null(c);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(read_slowly(c, 0, 0), 4);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	int64_t ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;

	printf("%s\n", ms >= 4 * 100 ? "it had to wait" : "it did not wait");
	client_free(c);
	return CTL_OK;
}

static void many_entries_wait_for_who_reads_late(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", N_MANY);
	assert_int_equal(run(t, count_late, plain, NULL), CTL_OK);
	assert_shows(t, "3001 entries late");
}

static void who_reads_too_slowly_in_all_is_given_up(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", N_MANY);
	t->control->history_stalls_max = 100; /* half a second */
	assert_int_equal(run(t, count_slowly, plain, NULL), CTL_OK);
	assert_shows(t, "net.berkd.Failed its answer was not read within 10 s");
	assert_hides(t, "3001 entries");
	struct ctl c = plain;

	c.limit = 10;
	assert_int_equal(run(t, count_all, c, NULL), CTL_OK); /* the next one has its turn */
	assert_shows(t, "10 entries, cut 1");
}

static void there_is_a_rest_between_two_answers(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", 3);
	assert_int_equal(run(t, ask_on_and_on, plain, NULL), CTL_OK);
	assert_shows(t, "it had to wait");
}

/* The clock is behind the group's: what was kept just now is in the last hour. */
static void the_last_hour_is_one_of_group_time(void **state)
{
	struct screens *t = *state;

	t->reign.wall_less_raw_ns += 2 * NS_PER_MS;
	(void)reign_poll(&t->reign);
	struct wire_msg m = reign_correction(&t->reign);

	reign_say(&t->reign, &m); /* there is no time to slew it */
	struct node_status s = reign_status(&t->reign);
	int64_t wall_ns = stage_pair(&t->reign.stage).wall.ns;

	assert_true(s.has_line && s.offset_ns < -NS_PER_MS);
	plant(t, "alpha", 3);
	assert_int_equal(run(t, cmd_history, json(), NULL), CTL_OK);
	json_t *j = json_loads(t->text, 0, NULL);

	assert_int_equal(json_integer_value(json_object_get(j, "until_ns")), wall_ns - s.offset_ns);
	assert_int_equal(json_integer_value(json_object_get(j, "since_ns")),
			 wall_ns - s.offset_ns - 3600 * NS_PER_S);
	json_decref(j);
}

static void many_entries_come_in_pieces(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;

	plant(t, "alpha", N_MANY);
	c.limit = HISTORY_LIMIT_MAX;
	assert_int_equal(run(t, count_all, c, NULL), CTL_OK);
	assert_shows(t, "3001 entries, cut 0");
	c.limit = 1000;
	assert_int_equal(run(t, count_all, c, NULL), CTL_OK);
	assert_shows(t, "1000 entries, cut 1");
	assert_int_equal(run(t, cmd_plot, plain, NULL), CTL_OK);
	assert_hides(t, "newest part");
}

static void where_none_is_kept_that_is_told(void **state)
{
	struct screens *t = *state;

	assert_int_equal(run(t, cmd_history, plain, NULL), CTL_FAILED);
	assert_shows(t, "this host keeps no history");
}

static void a_damaged_one_is_told(void **state)
{
	struct screens *t = *state;

	plant(t, "alpha", 3);
	int fd = openat(t->history_dir, HISTORY_FILE_NAME, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "x", 1, 3), 1);
	close(fd);
	assert_int_equal(run(t, cmd_history, plain, NULL), CTL_FAILED);
	assert_shows(t, "the history is damaged");
}

/* gnuplot's quotes, and what is no UTF-8. */
static void a_picture_has_the_name_as_text(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;
	char file[128];
	static char text[1 << 20];
	size_t len;

	plant(t, "a'; system \"touch /tmp/x\"; '\xff", 600);
	(void)snprintf(file, sizeof(file), "%s/plot.svg", t->dir);
	c.svg = file;
	int status = run(t, cmd_plot, c, NULL);

	if (access("/usr/bin/gnuplot", X_OK) != 0) {
		assert_int_equal(status, CTL_FAILED);
		assert_shows(t, "apt-get install gnuplot-nox");
		print_message("gnuplot is not installed\n");
		skip();
	}
	assert_int_equal(status, CTL_OK);
	assert_int_equal(file_read(file, text, sizeof(text) - 1, &len), 0);
	assert_non_null(
		strstr(text, "a'; system &quot;touch") ? text : strstr(text, "a'; system \"touch"));
	assert_non_null(strstr(text, "\\xff"));
	assert_non_null(strstr(text, "became-master"));
	assert_non_null(strstr(text, "</svg>"));
	(void)unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define PLANTED(test) cmocka_unit_test_setup_teardown(test, open_screens, close_planted)
		PLANTED(figures_and_events_are_listed),
		PLANTED(the_same_is_json),
		PLANTED(it_is_drawn),
		PLANTED(events_alone_are_listed_but_no_picture),
		PLANTED(many_entries_come_in_pieces),
		PLANTED(many_entries_wait_for_who_reads_late),
		PLANTED(who_reads_too_slowly_in_all_is_given_up),
		PLANTED(there_is_a_rest_between_two_answers),
		PLANTED(the_last_hour_is_one_of_group_time),
		PLANTED(where_none_is_kept_that_is_told),
		PLANTED(a_damaged_one_is_told),
		PLANTED(a_picture_has_the_name_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
