/* test_top.c - what berkctl top shows of which answers, on a screen of any size, and what its keys
 * do; a daemon that does not answer holds nothing up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <assert.h>
#include <cmocka.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "berkctl/top_feed.h"
#include "berkctl/top_view.h"

#define SECOND_MS INT64_C(1000)

static struct top top;
static struct grid grid;
static int64_t now_ms;

static int open_top(void **state)
{
	(void)state;
	now_ms = SECOND_MS;
	top_init(&top, SECOND_MS, now_ms, true);
	return 0;
}

static int close_top(void **state)
{
	(void)state;
	top_fini(&top);
	grid_fini(&grid);
	return 0;
}

/* --- What the daemon says --- */

struct says {
	const char *name;
	int64_t offset_ns, bound_ns;
	const char *state, *reason; /* NULL: settled, none */
};

static json_t *member_of(unsigned id, const struct says *h)
{
	char text[TOP_ID_MAX];

	(void)snprintf(text, sizeof(text), "%016x", id);
	json_t *m =
		json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b}", "name", h->name, "id", text, "state",
			  h->state ? h->state : "settled", "reason", h->reason ? h->reason : "none",
			  "self", id == 0, "master", id == 1, "deputy", id == 2);

	assert_non_null(m);
	if (h->bound_ns > 0) {
		(void)json_object_set_new(m, "offset_ns", json_integer(h->offset_ns));
		(void)json_object_set_new(m, "bound_ns", json_integer(h->bound_ns));
	}
	return m;
}

static json_t *status(void)
{
	json_t *s = json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:i,s:i,s:i}", "name", "alpha", "role",
			      "member", "master", "0000000000000001", "master_name", "beta",
			      "synced", true, "date_confirmed", true, "bound_ns",
			      (json_int_t)830000, "n_table", 3, "n_alive", 3, "n_used", 3);

	assert_non_null(s);
	return s;
}

static void take_list(json_t *list)
{
	now_ms += SECOND_MS;
	top_take(&top, status(), json_pack("{s:o}", "members", list), json_object(), NULL, now_ms);
}

/* A turn of answers, a second after the last; host 0 is this one, 1 the master, 2 the deputy. */
static void take(const struct says *h, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(list, member_of((unsigned)i, &h[i]));
	}
	take_list(list);
}

static const struct says three[] = {{"alpha", 0, 1000, NULL, NULL},
				    {"beta", -5000, 2000, NULL, NULL},
				    {"gamma", 3000, 9000, NULL, NULL}};

static void take_three(void)
{
	take(three, 3);
}

/* --- What is shown --- */

static void draw(size_t columns, size_t rows)
{
	assert_true(grid_clear(&grid, columns, rows));
	top_draw(&top, &grid, now_ms);
}

/* A row as text, without the blanks at its end. */
static const char *row(size_t y)
{
	static char text[4096];
	wchar_t wide[1024];
	size_t n = 0, end = 0;

	for (size_t x = 0; x < grid.columns; x++) {
		for (const wchar_t *w = grid_at(&grid, y, x)->text; *w; w++) {
			wide[n++] = *w;
			end = *w == L' ' ? end : n;
		}
	}
	wide[end] = L'\0';
	assert_true(wcstombs(text, wide, sizeof(text)) != (size_t)-1);
	return text;
}

static void assert_row(size_t y, const char *wanted)
{
	if (!strstr(row(y), wanted)) {
		fail_msg("no \"%s\" in row %zu: \"%s\"", wanted, y, row(y));
	}
}

static void assert_hosts(const char *a, const char *b, const char *c)
{
	const char *const names[] = {a, b, c};

	assert_int_equal(top.n_hosts, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(json_string_value(json_object_get(top.host[i]->member, "name")),
				    names[i]);
	}
}

static void list_has_the_words_of_members(void **state)
{
	(void)state;
	draw(80, 24);
	assert_row(0, "asking the daemon");
	take_three();
	draw(80, 24);
	assert_string_equal(row(0), "alpha is member, synchronised: within 830 us of group time");
	assert_string_equal(row(1), "master beta, deputy none; 3 hosts, 3 alive, 3 averaged");
	assert_string_equal(row(2), "no problem");
	assert_row(3, " HOST   ROLE    STATE       OFFSET     BOUND     DELAY  OFFSETS");
	assert_row(4, "*alpha  member  settled          0   1.00 us         -  ");
	assert_row(5, " beta   master  settled   -5.00 us   2.00 us         -  ");
	assert_row(6, " gamma  deputy  settled   +3.00 us   9.00 us         -  ");
	assert_string_equal(row(7), "");
	assert_row(23, "q quit  h help  enter open  s sort: name  r reverse  space freeze");
	assert_true(grid_at(&grid, 4, 0)->reverse);
	assert_false(grid_at(&grid, 5, 0)->reverse);
	assert_int_equal(grid_at(&grid, 4, 17)->colour, COLOUR_GOOD);
}

static void head_says_what_is_wrong(void **state)
{
	static const struct says silent[] = {{"alpha", 0, 1000, NULL, NULL},
					     {"beta", 0, 1000, "silent", NULL},
					     {"gamma", 0, 0, "unseen", NULL}};

	(void)state;
	take(silent, 3);
	draw(160, 24);
	assert_row(2, "2 PROBLEMS: the master, beta, is silent: see that berkd runs");
	take(silent, 2);
	draw(160, 24);
	assert_row(2, "1 PROBLEM: the master, beta, is silent: see that");
	assert_int_equal(grid_at(&grid, 2, 0)->colour, COLOUR_BAD);
	draw(40, 5);
	assert_string_equal(row(0), "1 PROBLEM, synchronised: 830 us");
}

/* What has no room is left out, column by column; whom it is about and how far off stays. */
static void narrow_list_leaves_columns_out(void **state)
{
	(void)state;
	take_three();
	draw(60, 24);
	assert_row(3, " HOST   ROLE    STATE       OFFSET     BOUND  OFFSETS");
	draw(37, 24);
	assert_row(3, "  HOST   STATE       OFFSET     BOUND");
	assert_row(4, "* alpha  settled          0   1.00 us");
	assert_row(5, " Mbeta   settled   -5.00 us   2.00 us");
	assert_row(6, " Dgamma  settled   +3.00 us   9.00 us");
	draw(20, 5);
	assert_string_equal(row(0), "synchronised: 830 us");
	assert_string_equal(row(1), "  HOST      OFFSET");
	assert_string_equal(row(2), "* alpha          0");
	assert_string_equal(row(3), " Mbeta    -5.00 us");
	assert_row(4, "q quit");
}

/* Nothing is written beside the screen, which the sanitizers and valgrind see. */
static void every_size_is_drawn(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		take_three();
	}
	for (int page = TOP_LIST; page <= TOP_HELP; page++) {
		top.page = (enum top_page)page;
		for (size_t columns = 1; columns < 120; columns += 1 + columns / 8) {
			for (size_t rows = 1; rows < 40; rows += 1 + rows / 8) {
				draw(columns, rows);
			}
		}
	}
}

static void foreign_names_do_no_more_than_be_read(void **state)
{
	const struct says names[] = {
		{"a\033[2Jb", 0, 1000, NULL, NULL},
		{"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 0,
		 1000, NULL, NULL},
		{"z\xcc\x81\xcc\x82\xcc\x83\xcc\x84", 0, 1000, NULL, NULL},
	};

	(void)state;
	take(names, 3);
	draw(80, 24);
	assert_row(4, "*a\\x1b[2Jb     member");
	assert_row(5, " z\xcc\x81\xcc\x82             deputy"); /* marks have an end */
	assert_row(6, " \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e  "
		      "master");
	assert_int_equal(grid_at(&grid, 6, 1)->text[0], L'\u65e5');
	assert_int_equal(grid_at(&grid, 6, 2)->text[0], 0);
	/* Nobody knows how wide that is: one column, and nothing is cut. */
	(void)grid_clear(&grid, 10, 1);
	assert_int_equal(grid_put(&grid, 0, 0, 3, COLOUR_NONE,
				  "a\xf3\xbf\xbf\xbe"
				  "b"),
			 3);
	assert_string_equal(row(0), "a?b");
	/* Half of a wide character has no room. */
	(void)grid_clear(&grid, 10, 1);
	assert_int_equal(grid_put(&grid, 0, 0, 4, COLOUR_NONE, names[1].name), 3);
	assert_string_equal(row(0), "\xe6\x97\xa5~");
	assert_int_equal(grid_put(&grid, 0, 8, 9, COLOUR_NONE, names[1].name), 1);
}

static void list_scrolls_with_the_choice(void **state)
{
	struct says many[30] = {0};
	char names[30][8];

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "host%zu", i);
		many[i] = (struct says){names[i], 0, 1000, NULL, NULL};
	}
	take(many, 30);
	draw(80, 10); /* five hosts */
	assert_row(4, "*host0 ");
	assert_row(8, " host4 ");
	for (int i = 0; i < 7; i++) {
		top_key(&top, 'j');
	}
	draw(80, 10);
	assert_row(4, " host3 ");
	assert_row(8, " host7 ");
	assert_true(grid_at(&grid, 8, 0)->reverse);
	top_key(&top, TOP_UP);
	draw(80, 10);
	assert_row(4, " host3 ");
	top_key(&top, TOP_END);
	draw(80, 10);
	assert_row(8, " host29 ");
	draw(80, 50);
	assert_row(4, "*host0 ");
}

/* --- The order and the choice --- */

static void s_sorts_the_worst_first(void **state)
{
	static const struct says states[] = {{"alpha", 0, 1000, NULL, NULL},
					     {"beta", -5000, 2000, "silent", NULL},
					     {"gamma", 3000, 9000, NULL, "rate"}};

	(void)state;
	take_three();
	assert_hosts("alpha", "beta", "gamma");
	top_key(&top, 's');
	assert_hosts("beta", "gamma", "alpha");
	top_key(&top, 's');
	assert_hosts("gamma", "beta", "alpha");
	top_key(&top, 's');
	take(states, 3);
	assert_hosts("beta", "gamma", "alpha");
	top_key(&top, 'r');
	assert_hosts("alpha", "gamma", "beta");
	draw(80, 24);
	assert_row(23, "s sort: state, reversed");
	top_key(&top, 's');
	assert_hosts("gamma", "beta", "alpha");
}

static void choice_follows_its_host(void **state)
{
	(void)state;
	take_three();
	top_key(&top, 'j');
	assert_int_equal(top_chosen_index(&top), 1);
	top_key(&top, 's');
	assert_int_equal(top_chosen_index(&top), 0);
	assert_string_equal(top_chosen(&top)->id, "0000000000000001");
	take(three, 1); /* it is gone */
	assert_string_equal(top_chosen(&top)->id, "0000000000000000");
}

static void q_goes_back_before_it_quits(void **state)
{
	(void)state;
	take_three();
	top_key(&top, TOP_ENTER);
	assert_int_equal(top.page, TOP_HOST);
	top_key(&top, '?');
	assert_int_equal(top.page, TOP_HELP);
	draw(80, 24);
	assert_row(23, "any key: back");
	top_key(&top, 'h');
	assert_int_equal(top.page, TOP_HOST);
	top_key(&top, 'q');
	assert_int_equal(top.page, TOP_LIST);
	top_key(&top, TOP_ESCAPE);
	assert_false(top.over);
	top_key(&top, 'q');
	assert_true(top.over);
}

/* --- Samples --- */

static void samples_become_sparklines(void **state)
{
	struct says one = {"alpha", 0, 1000, NULL, NULL};
	const wchar_t wanted[] = L"\u2581\u2584 \u2588";

	(void)state;
	for (int i = 0; i < 4; i++) {
		one.offset_ns = i == 0 ? 0 : i == 1 ? 300 : -700;
		one.bound_ns = i == 2 ? 0 : 1000;
		take(&one, 1);
	}
	draw(80, 24);
	size_t end = (size_t)(strstr(row(3), "BOUNDS") - row(3)) - 2;

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(grid_at(&grid, 4, end - 4 + i)->text[0], wanted[i]);
	}
	top.blocks = false;
	draw(80, 24);
	assert_row(4, "_- #");
}

static void only_known_terminals_get_blocks(void **state)
{
	(void)state;
	assert_true(spark_has_blocks("UTF-8", "xterm-256color"));
	assert_true(spark_has_blocks("UTF-8", "screen"));
	assert_false(spark_has_blocks("ANSI_X3.4-1968", "xterm"));
	assert_false(spark_has_blocks("UTF-8", "linux"));
	assert_false(spark_has_blocks("UTF-8", "vt220"));
}

static void samples_that_did_not_come_are_gaps(void **state)
{
	int64_t v[5];
	size_t i = 0;

	(void)state;
	take_three();
	assert_false(top_pass(&top, now_ms + SECOND_MS, ""));
	assert_true(top_pass(&top, now_ms + 3 * SECOND_MS, ""));
	now_ms += 3 * SECOND_MS;
	take_three();
	assert_int_equal(top_n_samples(&top, top.host[2]), 5);
	top_samples(&top, top.host[2], top.host[2]->offset_ns, 5, v);
	for (; i < 5; i++) {
		assert_int_equal(v[i], i == 0 || i == 4 ? 3000 : SPARK_GAP);
	}
	/* A suspend takes no time, and leaves nothing of before. */
	(void)top_pass(&top, now_ms + INT64_C(1000000000), "");
	assert_int_equal(top_n_samples(&top, top.host[2]), TOP_SAMPLES);
	top_samples(&top, top.host[2], top.host[2]->offset_ns, 5, v);
	assert_int_equal(v[4], SPARK_GAP);
}

static void who_is_out_of_sight_has_no_samples(void **state)
{
	static const struct says silent[] = {{"alpha", 300, 1000, "silent", NULL}};
	int64_t v[2];

	(void)state;
	take(three, 1);
	take(silent, 1);
	top_samples(&top, top.host[0], top.host[0]->offset_ns, 2, v);
	assert_int_equal(v[0], 0);
	assert_int_equal(v[1], SPARK_GAP);
	top_samples(&top, top.host[0], top.host[0]->bound_ns, 2, v);
	assert_int_equal(v[0], 1000);
	assert_int_equal(v[1], SPARK_GAP);
	draw(80, 24);
	assert_row(4, "silent     +300 ns"); /* its last figures stay in words, with its state */
}

static void who_is_named_twice_has_one_line(void **state)
{
	(void)state;
	take_list(json_pack("[o,o]", member_of(7, &three[1]), member_of(7, &three[2])));
	assert_int_equal(top.n_hosts, 1);
	draw(80, 24);
	assert_row(4, "beta");
	assert_string_equal(row(5), "");
}

static void memory_has_a_limit(void **state)
{
	json_t *list = json_array();
	struct says h = {"", 0, 1000, NULL, NULL};

	(void)state;
	for (unsigned i = 0; i < TOP_HOSTS_MAX + 3; i++) {
		(void)json_array_append_new(list, member_of(i, &h));
	}
	take_list(list);
	assert_int_equal(top.n_hosts, TOP_HOSTS_MAX);
	draw(80, 24);
	assert_row(22, "3 more hosts: top shows 1024 at most");
	take_three();
	assert_hosts("alpha", "beta", "gamma");
	draw(80, 24);
	assert_string_equal(row(22), "");
	for (int i = 0; i < TOP_SAMPLES + 10; i++) {
		take_three();
	}
	assert_int_equal(top_n_samples(&top, top.host[0]), TOP_SAMPLES);
}

static void what_is_frozen_stays_and_the_rest_goes_on(void **state)
{
	static const struct says later[] = {{"alpha", 7000, 1000, NULL, NULL}};
	int64_t v[3];

	(void)state;
	take_three();
	top_key(&top, ' ');
	take(later, 1);
	draw(80, 24);
	assert_row(23, "FROZEN");
	assert_hosts("alpha", "beta", "gamma");
	assert_row(4, "settled          0");
	assert_int_equal(top_n_samples(&top, top.host[0]), 1);
	top_key(&top, ' ');
	take(later, 1);
	draw(80, 24);
	assert_int_equal(top.n_hosts, 1);
	assert_row(4, "settled   +7.00 us");
	top_samples(&top, top.host[0], top.host[0]->offset_ns, 3, v);
	assert_int_equal(v[0], 0);
	assert_int_equal(v[1], 7000);
	assert_int_equal(v[2], 7000);
}

/* --- One host --- */

static json_t *why_of(unsigned id, const struct says *h)
{
	return json_pack("{s:o,s:b,s:s}", "member", member_of(id, h), "counts", true, "text",
			 "it is as it should be");
}

static void opened_host_has_all_figures_and_plots(void **state)
{
	json_t *list = json_array();

	(void)state;
	for (int i = 0; i < 90; i++) {
		take_three();
	}
	top_key(&top, TOP_ENTER);
	(void)json_array_append_new(list, member_of(0, &three[0]));
	now_ms += SECOND_MS;
	top_take(&top, status(), json_pack("{s:o}", "members", list), json_object(),
		 why_of(0, &three[0]), now_ms);
	draw(80, 40);
	assert_row(3, "offset in the last 91.0 s: from 0 to 0");
	assert_row(12, "bound in the last 91.0 s: from 1.00 us to 1.00 us");
	assert_row(21, "alpha counts, with a weight of -");
	assert_row(22, "  it is as it should be");
	assert_row(23, "  clock       0 from group time, within 1.00 us");
	assert_row(24, "ROLE member  STATE settled  OFFSET 0  BOUND 1.00 us  DELAY -  WEIGHT -");
	/* The sentence of another host is not this one's. */
	list = json_pack("[o]", member_of(0, &three[0]));
	top_take(&top, status(), json_pack("{s:o}", "members", list), json_object(),
		 why_of(1, &three[1]), now_ms);
	draw(80, 40);
	assert_row(21, "alpha counts");
	top_key(&top, 'q');
	take_three();
	top_key(&top, 'j');
	top_key(&top, TOP_ENTER);
	draw(80, 40);
	assert_string_equal(row(21), "beta");
	assert_row(22, "ROLE master");
	draw(40, 10);
	assert_row(3, "beta");
	top_key(&top, TOP_END);
	draw(40, 10);
	assert_row(8, "PUBLIC KEY -");
	take_list(json_array());
	assert_int_equal(top.page, TOP_LIST);
	draw(80, 24);
	assert_row(23, "the host that was open is gone");
}

static void plot_has_its_ends_and_zero(void **state)
{
	const int64_t v[] = {-10, SPARK_GAP, 0, 10};
	const struct spark_box box = {.rows = 3, .columns = 6};

	(void)state;
	assert_true(grid_clear(&grid, 6, 3));
	spark_range(&grid, &box, v, 4, -10, 10, true);
	assert_string_equal(row(0), "     \u2580");
	assert_string_equal(row(1), "\u2500\u2500\u2500\u2500\u2580\u2500");
	assert_string_equal(row(2), "  \u2584");
	assert_true(grid_clear(&grid, 2, 3)); /* two samples a column */
	spark_range(&grid, &(struct spark_box){.rows = 3, .columns = 2}, v, 4, -10, 10, false);
	assert_string_equal(row(0), " |");
	assert_string_equal(row(2), ".");
}

/* --- The daemon --- */

static void trouble_is_told_with_the_age_of_the_figures(void **state)
{
	(void)state;
	take_three();
	now_ms += 12 * SECOND_MS;
	assert_true(top_pass(&top, now_ms, "berkd does not run here"));
	draw(80, 24);
	assert_row(0, "NO ANSWER: berkd does not run here; figures of 12.0 s ago");
	assert_row(4, "*alpha");
	take_three();
	draw(80, 24);
	assert_row(0, "alpha is member");
}

/* It takes connections, and says nothing; then it takes none. */
static void a_daemon_that_hangs_holds_nothing_up(void **state)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const struct ctl ctl = {.socket = sa.sun_path};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
	int64_t before_ms = client_now_ms();
	char text[128];
	struct feed f;

	(void)state;
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "/tmp/berkctl-top-%d", (int)getpid());
	assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 0), 0);
	feed_init(&f, &ctl, ctl_reach(&ctl, 100, &error), SECOND_MS, 0);
	assert_non_null(f.client);
	assert_false(feed_turn(&f, 0));
	assert_string_equal(feed_trouble(&f, 2000, text, sizeof(text)), "");
	assert_false(feed_turn(&f, 4000));
	assert_in_range(client_now_ms() - before_ms, 0, 5000); /* and not two waits */
	assert_string_equal(feed_trouble(&f, 4000, text, sizeof(text)),
			    "it has not answered for 4.00 s");
	before_ms = client_now_ms();
	assert_null(ctl_reach(&ctl, 100, &error)); /* its queue is full */
	assert_int_equal(error, -ETIMEDOUT);
	assert_in_range(client_now_ms() - before_ms, 50, 5000);
	close(fd);
	assert_false(feed_turn(&f, 5000));
	assert_string_equal(feed_trouble(&f, 5000, text, sizeof(text)),
			    "berkd has closed the connection");
	assert_int_equal(feed_fd(&f), -1);
	assert_false(feed_turn(&f, 6000)); /* nobody is there */
	assert_string_equal(feed_trouble(&f, 6000, text, sizeof(text)), "berkd does not run here");
	assert_in_range(feed_wait_ms(&f, 6000), 100, 1000);
	unlink(sa.sun_path);
	feed_fini(&f);
}

/* A connection to somebody who says the @n bytes of @text before they are asked; their end. */
static int say_first(struct feed *f, const char *text, size_t n)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const struct ctl ctl = {.socket = sa.sun_path};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "/tmp/berkctl-says-%d", (int)getpid());
	assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	feed_init(f, &ctl, ctl_reach(&ctl, 100, &error), SECOND_MS, 0);
	assert_non_null(f->client);
	int peer = accept(fd, NULL, NULL);

	assert_int_equal(write(peer, text, n), n);
	close(fd);
	unlink(sa.sun_path);
	return peer;
}

/* It says that it has no room, and hangs up before it was asked anything. */
static void a_daemon_without_room_runs(void **state)
{
	static const char busy[] = "{\"error\":\"net.berkd.Busy\",\"parameters\":{}}";
	char text[128];
	struct feed f;

	(void)state;
	close(say_first(&f, busy, sizeof(busy)));
	assert_false(feed_turn(&f, 0));
	assert_string_equal(feed_trouble(&f, 0, text, sizeof(text)),
			    "berkd is busy: it has too many connections");
	feed_fini(&f);
}

/* It asks at once, and then once in an interval; without a connection it tries twice a second. */
static void interval_is_kept(void **state)
{
	static const char answers[] = "{}\0{}\0{}";
	const struct ctl ctl = {.socket = "/nonexistent/berkctl"};
	struct feed f;
	int peer = say_first(&f, answers, sizeof(answers));

	(void)state;
	assert_true(feed_turn(&f, 0));
	assert_int_equal(feed_wait_ms(&f, 0), 1000);
	assert_false(feed_turn(&f, 999));
	assert_int_equal(feed_fd(&f), -1);
	assert_int_equal(feed_wait_ms(&f, 999), 1);
	assert_false(feed_turn(&f, 1000));
	assert_int_not_equal(feed_fd(&f), -1);
	feed_fini(&f);
	close(peer);
	feed_init(&f, &ctl, NULL, 100, 0);
	assert_false(feed_turn(&f, 0));
	assert_int_equal(feed_wait_ms(&f, 0), 500);
	f.interval_ms = 800;
	assert_false(feed_turn(&f, 500));
	assert_int_equal(feed_wait_ms(&f, 500), 800);
	feed_fini(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_top, close_top)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(list_has_the_words_of_members),
		TEST(head_says_what_is_wrong),
		TEST(narrow_list_leaves_columns_out),
		TEST(every_size_is_drawn),
		TEST(foreign_names_do_no_more_than_be_read),
		TEST(list_scrolls_with_the_choice),
		TEST(s_sorts_the_worst_first),
		TEST(choice_follows_its_host),
		TEST(q_goes_back_before_it_quits),
		TEST(samples_become_sparklines),
		TEST(only_known_terminals_get_blocks),
		TEST(samples_that_did_not_come_are_gaps),
		TEST(who_is_out_of_sight_has_no_samples),
		TEST(who_is_named_twice_has_one_line),
		TEST(memory_has_a_limit),
		TEST(what_is_frozen_stays_and_the_rest_goes_on),
		TEST(opened_host_has_all_figures_and_plots),
		TEST(plot_has_its_ends_and_zero),
		TEST(trouble_is_told_with_the_age_of_the_figures),
		TEST(a_daemon_that_hangs_holds_nothing_up),
		TEST(a_daemon_without_room_runs),
		TEST(interval_is_kept),
	};

	assert(setlocale(LC_ALL, "C.UTF-8"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
