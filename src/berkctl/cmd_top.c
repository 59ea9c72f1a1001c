/* cmd_top.c - the live table: the terminal, through curses, around what top.h knows and top_view.h
 * draws. */
#include "berkctl/berkctl.h"
#include "berkctl/top_feed.h"
#include "berkctl/top_view.h"

#include "berk/time.h"

#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MS 1000
#define ESCAPE_MS   50 /* what follows an escape within it is of the same key */

static short pair_of(const struct cell *cell)
{
	static const short pairs[] = {[COLOUR_GOOD] = 1, [COLOUR_WARN] = 2, [COLOUR_BAD] = 3};

	return (size_t)cell->colour < sizeof(pairs) / sizeof(pairs[0]) ? pairs[cell->colour] : 0;
}

static void init_colours(bool colour)
{
	if (colour && has_colors() && start_color() == OK) {
		(void)use_default_colors();
		(void)init_pair(1, COLOR_GREEN, -1);
		(void)init_pair(2, COLOR_YELLOW, -1);
		(void)init_pair(3, COLOR_RED, -1);
	}
}

/* Without colours, what is bad is bold. */
static attr_t attribute_of(const struct cell *cell, bool colour)
{
	attr_t a = cell->reverse ? A_REVERSE : A_NORMAL;

	if (cell->colour == COLOUR_BOLD || (cell->colour == COLOUR_BAD && !colour)) {
		a |= A_BOLD;
	}
	return cell->colour == COLOUR_DIM ? a | A_DIM : a;
}

static void show(const struct grid *c, bool colour)
{
	erase();
	for (size_t y = 0; y < c->rows; y++) {
		for (size_t x = 0; x < c->columns; x++) {
			const struct cell *cell = grid_at(c, y, x);
			cchar_t shown;

			if (cell->text[0] &&
			    setcchar(&shown, cell->text, attribute_of(cell, colour),
				     colour ? pair_of(cell) : 0, NULL) == OK) {
				(void)mvadd_wch((int)y, (int)x, &shown);
			}
		}
	}
	refresh();
}

/* Of a key that is no character; 0: it means nothing. */
static int key_of(wint_t key)
{
	static const struct {
		wint_t curses;
		int top;
	} keys[] = {{KEY_UP, TOP_UP},		{KEY_DOWN, TOP_DOWN}, {KEY_PPAGE, TOP_PAGE_UP},
		    {KEY_NPAGE, TOP_PAGE_DOWN}, {KEY_HOME, TOP_HOME}, {KEY_END, TOP_END},
		    {KEY_ENTER, TOP_ENTER}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].curses == key) {
			return keys[i].top;
		}
	}
	return 0;
}

/* Hand on what was typed.  False: there was nothing. */
static bool read_keys(struct top *t)
{
	bool any = false;
	wint_t key;
	int r;

	while (!t->over && (r = get_wch(&key)) != ERR) {
		any = true;
		if (r == OK) {
			top_key(t, key == '\r' ? TOP_ENTER : (int)key);
		} else if (key != KEY_RESIZE) {
			top_key(t, key_of(key));
		}
	}
	return any;
}

static void take_answers(struct top *t, struct feed *f, int64_t now_ms)
{
	json_t *status = json_object_get(f->answer[FEED_STATUS], "status");

	top_take(t, json_incref(status), f->answer[FEED_MEMBERS], f->answer[FEED_KNOCKS],
		 f->answer[FEED_WHY], now_ms);
	json_decref(f->answer[FEED_STATUS]);
	memset((void *)f->answer, 0, sizeof(f->answer));
}

/* Wait for a key or the daemon, and take what came.  False: the terminal is gone.  @ret_draw: there
 * is something to show, and not only a part of an answer. */
static bool turn(struct top *t, struct feed *f, bool *ret_draw)
{
	char trouble[sizeof(t->trouble)];
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
			      {.fd = feed_fd(f), .events = POLLIN}};
	int n_ready = poll(p, 2, feed_wait_ms(f, client_now_ms()));
	/* Also when poll() was interrupted: curses tells of a new size as of a key. */
	bool typed = read_keys(t);
	int64_t now_ms = client_now_ms();
	const struct top_host *chosen = top_chosen(t);

	feed_open(f, t->page == TOP_HOST && chosen ? chosen->id : "", now_ms);
	*ret_draw = typed || n_ready <= 0;
	if (feed_turn(f, now_ms)) {
		take_answers(t, f, now_ms);
		*ret_draw = true;
	}
	*ret_draw |= top_pass(t, now_ms, feed_trouble(f, now_ms, trouble, sizeof(trouble)));
	return typed || !(p[0].revents & (POLLHUP | POLLERR | POLLNVAL));
}

static int run(struct top *t, struct feed *f, bool colour)
{
	struct grid grid = {0};
	bool going = true, draws = true;

	while (going && !t->over) {
		/* curses follows the size of the window, also after a stop. */
		if (draws) {
			going = grid_clear(&grid, (size_t)COLS, (size_t)LINES);
		}
		if (going && draws) {
			top_draw(t, &grid, client_now_ms());
			show(&grid, colour);
		}
		going = going && turn(t, f, &draws);
	}
	grid_fini(&grid);
	return t->over ? CTL_OK : CTL_FAILED;
}

static bool is_drawable(const struct ctl *ctl, const char *term)
{
	return !ctl->json && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
	       strcmp(term, "dumb") != 0;
}

static int refuse(const char *term)
{
	(void)fprintf(
		stderr,
		"berkctl: top needs a terminal that can be drawn on (TERM is \"%s\"); without "
		"one, see: berkctl members, berkctl monitor\n",
		term);
	return CTL_USAGE;
}

static void set_up(SCREEN *screen, bool colour)
{
	(void)set_term(screen);
	(void)set_escdelay(ESCAPE_MS);
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)curs_set(0);
	init_colours(colour);
}

int cmd_top(const struct ctl *ctl)
{
	int64_t interval_ms = ctl->interval_ns < 0 ? INTERVAL_MS : ctl->interval_ns / NS_PER_MS;
	const char *term = getenv("TERM");
	static struct top top;
	struct feed feed;

	term = term ? term : "";
	if (!is_drawable(ctl, term)) {
		return refuse(term);
	}
	struct client *client = ctl_connect(ctl, false);

	if (!client) {
		return CTL_UNREACHABLE;
	}
	SCREEN *screen = newterm(NULL, stdout, stdin);

	if (!screen) {
		client_free(client);
		return refuse(term);
	}
	set_up(screen, ctl->colour);
	feed_init(&feed, ctl, client, interval_ms, client_now_ms());
	top_init(&top, interval_ms, client_now_ms(), spark_has_blocks(nl_langinfo(CODESET), term));
	int status = run(&top, &feed, ctl->colour);

	(void)endwin();
	delscreen(screen);
	feed_fini(&feed);
	top_fini(&top);
	return status;
}
