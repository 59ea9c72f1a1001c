/* chat_prompt.c - the line that is being typed stays below what the others say.
 *
 * libedit reads each character through read_char(), which waits for the daemon as well.  When a
 * line comes in, the prompt is wiped, the line is printed, and the prompt is drawn again.
 *
 * Signals are caught here: libedit's own handlers (EL_SIGNAL) catch one of each kind while a line
 * is typed, and would miss a second resize, and a second Ctrl-Z. */
#include "berkctl/chat.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <config.h>

#ifdef HAVE_LIBEDIT

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define HISTORY_LINES 200

struct screen {
	struct talk *talk;
	EditLine *el;
	char prompt[48];
	bool over;
	sigset_t while_waiting; /* the signals that are blocked but while we wait */
};

static struct screen *screen_of(EditLine *el)
{
	void *s = NULL;

	(void)el_get(el, EL_CLIENTDATA, &s);
	return s;
}

static char *get_prompt(EditLine *el)
{
	struct screen *s = screen_of(el);
	const struct talk *t = s->talk;
	long long waiting = (long long)t->n + (t->n_sent - t->n_shown);

	if (waiting > 0) {
		(void)snprintf(s->prompt, sizeof(s->prompt), "(%lld on the way) > ", waiting);
	} else {
		(void)snprintf(s->prompt, sizeof(s->prompt), "> ");
	}
	return s->prompt;
}

/* How many columns of the terminal @text takes. */
static size_t text_width(const char *text)
{
	mbstate_t state = {0};
	size_t width = 0, len = strlen(text);

	while (len > 0) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, len, &state);

		if (n == (size_t)-1 || n == (size_t)-2) {
			return width + len; /* this locale cannot read it: one column a byte */
		}
		int w = wcwidth(c);

		width += w > 0 ? (size_t)w : 0;
		text += n;
		len -= n;
	}
	return width;
}

/* Wipe this row, @rows_up above it, and all below. */
static void wipe_rows(size_t rows_up)
{
	if (rows_up > 0) {
		printf("\033[%zuA", rows_up);
	}
	printf("\r\033[J");
}

/* How many rows @typed columns behind the prompt take, but the last. */
static size_t rows_of(const struct screen *s, size_t typed)
{
	return (strlen(s->prompt) + typed) / terminal_columns();
}

static void wipe_prompt(void *userdata)
{
	struct screen *s = userdata;
	const LineInfoW *line = el_wline(s->el);
	size_t typed = 0;

	for (const wchar_t *c = line->buffer; c < line->cursor; c++) {
		int w = wcwidth(*c);

		typed += w > 0 ? (size_t)w : 0;
	}
	wipe_rows(rows_of(s, typed));
}

static void draw_prompt(void *userdata)
{
	struct screen *s = userdata;

	(void)fflush(stdout);
	(void)el_set(s->el, EL_REFRESH);
}

/* A private line that was refused stands in the prompt again, unless another one does by now. */
static void take_back(struct screen *s)
{
	const LineInfoW *line = el_wline(s->el);

	if (s->talk->refused && line->lastchar == line->buffer &&
	    el_insertstr(s->el, s->talk->refused) == 0) {
		free(s->talk->refused);
		s->talk->refused = NULL;
	}
	talk_print_refused(s->talk);
}

/* Say the lines that wait; the prompt shows how many are left.  @answered: what came of a private
 * one is to be printed. */
static bool push_lines(struct screen *s, bool answered)
{
	size_t before = s->talk->n;

	/* Or that the daemon has said nothing for long. */
	answered = answered || talk_asks_now(s->talk);
	if (answered) {
		wipe_prompt(s);
	}
	bool going = talk_push(s->talk), changed = s->talk->n != before || !going;

	if (changed && !answered) {
		wipe_prompt(s);
	}
	if (changed || answered) {
		take_back(s);
		draw_prompt(s);
	}
	return going;
}

/* --- Signals --- */

static struct termios tty_before;	    /* as the shell had it */
static volatile sig_atomic_t has_come_back; /* and others have written below what we wrote */

/* Who touches it from the background is stopped, and could not even be ended then. */
static void leave_tty(void)
{
	if (tcgetpgrp(STDIN_FILENO) == getpgrp()) {
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &tty_before);
	}
}

/* The terminal is as it was; then the signal does what it does by default. */
static void on_end(int signal)
{
	leave_tty();
	(void)raise(signal); /* its handler was for once */
}

/* Stop, with the terminal as it was, and go on later: SIGCONT, which is blocked, is told then. */
static void on_stop(int signal)
{
	struct sigaction ours, stops = {.sa_handler = SIG_DFL};
	int error = errno;
	sigset_t set;

	leave_tty();
	sigemptyset(&set);
	sigaddset(&set, signal);
	(void)sigaction(signal, &stops, &ours);
	(void)raise(signal);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops */
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)sigaction(signal, &ours, NULL);
	(void)raise(SIGCONT); /* where no shell would continue us, nothing stops: begin anew too */
	errno = error;
}

/* It interrupts the wait. */
static void on_change(int signal)
{
	has_come_back |= signal == SIGCONT;
}

static void catch_signals(struct screen *s)
{
	static const struct {
		int signal;
		void (*handler)(int);
		int flags;
	} caught[] = {
		{SIGINT, on_end, SA_RESETHAND}, {SIGTERM, on_end, SA_RESETHAND},
		{SIGHUP, on_end, SA_RESETHAND}, {SIGQUIT, on_end, SA_RESETHAND},
		{SIGTSTP, on_stop, SA_RESTART}, {SIGCONT, on_change, 0},
		{SIGWINCH, on_change, 0},
	};
	sigset_t changes;

	(void)tcgetattr(STDIN_FILENO, &tty_before);
	sigemptyset(&changes);
	sigaddset(&changes, SIGCONT);
	sigaddset(&changes, SIGWINCH);
	(void)sigprocmask(SIG_BLOCK, &changes, &s->while_waiting);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		struct sigaction a = {.sa_handler = caught[i].handler, .sa_flags = caught[i].flags};

		(void)sigaction(caught[i].signal, &a, NULL);
	}
}

/* The window is another one; or the user is back, and the terminal is the shell's. */
static void begin_anew(struct screen *s)
{
	if (has_come_back) {
		has_come_back = false;
		(void)el_set(s->el, EL_PREP_TERM, 0); /* or libedit believes that all is set */
		(void)el_set(s->el, EL_PREP_TERM, 1);
		wipe_rows(0);
	} else {
		wipe_prompt(s);
	}
	el_resize(s->el);
	draw_prompt(s);
}

/* --- Reading --- */

/* Read one character in the encoding of the terminal: 1, 0 at the end, -1 and errno. */
static int read_wide(wchar_t *ret)
{
	mbstate_t state = {0};

	for (;;) {
		char byte;
		ssize_t n = read(STDIN_FILENO, &byte, 1);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return (int)n;
		}
		size_t used = mbrtowc(ret, &byte, 1, &state);

		if (used == (size_t)-1) {
			*ret = L'?';
			return 1;
		}
		if (used != (size_t)-2) {
			return 1;
		}
	}
}

static int wait_for(const struct screen *s, struct pollfd p[static 3], int ms)
{
	struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS};

	return ppoll(p, 3, ms < 0 ? NULL : &limit, &s->while_waiting);
}

static int read_char(EditLine *el, wchar_t *ret)
{
	struct screen *s = screen_of(el);

	while (!s->over) {
		struct pollfd p[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = client_fd(s->talk->follow), .events = POLLIN},
				      {.fd = talk_say_fd(s->talk), .events = POLLIN}};

		if (wait_for(s, p, talk_wait_ms(s->talk)) < 0) {
			if (errno != EINTR) {
				return -1;
			}
			begin_anew(s); /* libedit would end the line if it were told of a signal */
			continue;
		}
		if (p[1].revents && !talk_hear(s->talk, wipe_prompt, draw_prompt, s)) {
			break;
		}
		if (!push_lines(s, p[2].revents != 0)) {
			break;
		}
		if (p[0].revents) {
			return read_wide(ret);
		}
	}
	s->over = true;
	return 0;
}

/* Wipe the line that was typed: it is printed when the group has it. */
static void wipe_typed(const struct screen *s, const char *line, size_t len)
{
	char *text = strndup(line, len);

	if (text) {
		wipe_rows(rows_of(s, text_width(text)) + 1);
		(void)fflush(stdout);
	}
	free(text);
}

/* It stands in the prompt again. */
static void give_back(struct screen *s, const char *line, size_t len)
{
	char *text = strndup(line, len);

	(void)puts("(too many lines wait already; this one was not taken)");
	if (text) {
		(void)el_push(s->el, text);
	}
	free(text);
}

/* --- Completion --- */

static unsigned char on_tab(EditLine *el, int ch)
{
	struct screen *s = screen_of(el);
	const LineInfo *line = el_line(el);
	const char *begin = line->cursor;
	char word[VIEW_MAX], whole[VIEW_MAX];
	json_t *answer = NULL;

	(void)ch;
	while (begin > line->buffer && begin[-1] != ' ') {
		begin--;
	}
	(void)snprintf(word, sizeof(word), "%.*s", (int)(line->cursor - begin), begin);
	if (!word[0] || ctl_ask(s->talk->ctl, false, "Members", NULL, &answer) != CTL_OK) {
		return CC_ERROR;
	}
	const json_t *members = json_object_get(answer, "members");
	bool first = begin == line->buffer;
	size_t n = chat_complete(word, first, members, whole, sizeof(whole));

	if (n > 1 && strlen(whole) <= strlen(word)) {
		wipe_prompt(s);
		chat_print_words(word, first, members);
		draw_prompt(s);
	}
	json_decref(answer);
	if (n == 0 || strlen(whole) < strlen(word) || el_insertstr(el, whole + strlen(word)) < 0) {
		return CC_ERROR;
	}
	return n == 1 && el_insertstr(el, " ") < 0 ? CC_ERROR : CC_REFRESH;
}

static void prompt_loop(struct screen *s, History *hist)
{
	HistEvent event;
	int n;

	while (!s->over) {
		const char *line = el_gets(s->el, &n);

		if (!line || n <= 0) {
			break;
		}
		size_t len = strcspn(line, "\r\n");

		wipe_typed(s, line, len);
		if (len == 0) {
			continue;
		}
		(void)history(hist, &event, H_ENTER, line);
		if (!chat_take(s->talk, line, len)) {
			give_back(s, line, len);
		}
		s->over = !talk_push(s->talk);
	}
}

/* Can what was written be wiped on this terminal?  Ask before libedit edits lines there. */
static bool can_wipe(EditLine *el)
{
	char *up = NULL, *below = NULL;

	return el_get(el, EL_GETTC, "up", &up) == 0 && el_get(el, EL_GETTC, "cd", &below) == 0 &&
	       up && up[0] && below && below[0];
}

static void edit_lines(struct screen *s)
{
	History *hist = history_init();
	HistEvent event;

	if (!hist) {
		(void)fputs("berkctl: there is no memory left\n", stderr);
		s->talk->status = CTL_FAILED;
		return;
	}
	(void)history(hist, &event, H_SETSIZE, HISTORY_LINES);
	(void)el_set(s->el, EL_CLIENTDATA, s);
	(void)el_set(s->el, EL_PROMPT, get_prompt);
	(void)el_set(s->el, EL_EDITOR, "emacs");
	(void)el_set(s->el, EL_HIST, history, hist);
	(void)el_set(s->el, EL_GETCFN, read_char);
	(void)el_set(s->el, EL_ADDFN, "complete", "complete a name or a command", on_tab);
	(void)el_set(s->el, EL_BIND, "^I", "complete", NULL);
	(void)el_source(s->el, NULL);
	catch_signals(s);
	prompt_loop(s, hist);
	history_end(hist);
}

int chat_prompt(struct talk *t)
{
	struct screen s = {.talk = t, .el = el_init("berkctl", stdin, stdout, stderr)};

	if (!s.el || !can_wipe(s.el)) {
		el_end(s.el);
		return chat_plain(t);
	}
	edit_lines(&s);
	el_end(s.el);
	(void)putchar('\n');
	return t->status;
}

#else

int chat_prompt(struct talk *t)
{
	return chat_plain(t);
}

#endif
