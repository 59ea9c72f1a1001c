/* cmd_chat.c - berkctl chat: one line, a pipe, a listener, or a prompt. */
#include "berkctl/chat.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX      4096 /* longest line of input, which fits the queue */
#define HISTORY_PROMPT 20
#define WORDS_WAIT_MS  10000 /* for a daemon that takes no more lines */
#define LEAVE_WAIT_MS  2000  /* the same, of somebody who leaves the prompt */

/* --- Lines from a pipe --- */

struct input {
	char buf[INPUT_MAX];
	size_t len;
	bool end;
};

/* Queue the lines that are whole, as far as there is room. */
static void input_take(struct input *in, struct talk *t)
{
	while (in->len > 0 && t->n < CHAT_QUEUE_MAX) {
		const char *nl = memchr(in->buf, '\n', in->len);
		bool full = in->len == sizeof(in->buf);

		if (!nl && !in->end && !full) {
			return;
		}
		size_t len = nl ? (size_t)(nl - in->buf) : in->len;
		size_t used = nl ? len + 1 : len;

		len -= nl && len > 0 && in->buf[len - 1] == '\r';
		if (len > 0 && !talk_say(t, in->buf, len)) {
			return; /* memory is out; the line is tried again */
		}
		in->len -= used;
		memmove(in->buf, in->buf + used, in->len);
	}
}

static void input_read(struct input *in)
{
	ssize_t n = read(STDIN_FILENO, in->buf + in->len, sizeof(in->buf) - in->len);

	if (n > 0) {
		in->len += (size_t)n;
	} else if (n == 0 || errno != EINTR) {
		in->end = true;
	}
}

/* Say each line of the input, and print what is said if the talk is followed.  Ends when the input
 * ends; a talk that is followed ends when the daemon does. */
static int pipe_talk(struct talk *t, bool read_input)
{
	struct input in = {.end = !read_input};
	bool going = true;

	while (going) {
		input_take(&in, t);
		if (in.end && in.len == 0 && t->n == 0 && !t->follow) {
			break;
		}
		bool reads = !in.end && in.len < sizeof(in.buf) && t->n < CHAT_QUEUE_MAX;
		struct pollfd p[2] = {
			{.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
			{.fd = t->follow ? client_fd(t->follow) : -1, .events = POLLIN},
		};

		if (poll(p, 2, talk_wait_ms(t)) < 0 && errno != EINTR) {
			return CTL_FAILED;
		}
		if (p[0].revents) {
			input_read(&in);
		}
		if (p[1].revents) {
			going = talk_hear(t, NULL, NULL, NULL);
		}
		going = going && talk_push(t);
	}
	return t->status;
}

/* Say all that waits; for @limit_ms, while the daemon takes no more lines.  What comes of a line
 * that is under way is waited for as long as it takes.  False: the talk is over. */
static bool say_waiting(struct talk *t, int limit_ms)
{
	int64_t until = client_now_ms() + limit_ms;
	bool going = true;

	while (going && t->n > 0 && (t->asked || t->backoff_ms == 0 || client_now_ms() < until)) {
		struct pollfd p = {.fd = talk_say_fd(t), .events = POLLIN};

		(void)poll(&p, 1, talk_wait_ms(t));
		going = talk_push(t);
	}
	return going;
}

/* --- Words of the command line --- */

static char *join_words(const struct ctl *ctl)
{
	size_t len = 1;
	char *text, *at;

	for (int i = 0; i < ctl->argc; i++) {
		len += strlen(ctl->argv[i]) + 1;
	}
	text = at = malloc(len);
	for (int i = 0; text && i < ctl->argc; i++) {
		at = stpcpy(at, i ? " " : "");
		at = stpcpy(at, ctl->argv[i]);
	}
	return text;
}

static int say_words(struct talk *t)
{
	char *text = join_words(t->ctl);
	size_t len = text ? strlen(text) : 0;
	bool taken = text && talk_say_to(t, t->ctl->to, text, len);

	free(text);
	if (!text) {
		(void)fprintf(stderr, "berkctl: %s\n", strerror(ENOMEM));
		return CTL_FAILED;
	}
	if (!taken) {
		(void)fprintf(stderr,
			      "berkctl: a text of %zu bytes is too long: send it in parts of up to "
			      "%d bytes\n",
			      len, CHAT_QUEUE_MAX * CHAT_LINE_MAX / 2);
		return CTL_FAILED;
	}
	if (say_waiting(t, WORDS_WAIT_MS) && t->n > 0) {
		(void)fputs(
			t->ctl->to ? "berkctl: the line was not sent: this host says too many "
				     "private lines at once\n"
				   : "berkctl: the line was not taken: too many lines of this host "
				     "wait for the master, or for the group to be whole\n",
			stderr);
		return CTL_TIMED_OUT;
	}
	return t->status;
}

/* --- The prompt --- */

static int run_prompt(struct talk *t, int64_t history)
{
	int status = chat_print_here(t);

	if (status == CTL_OK) {
		status = talk_follow(t, history < 0 ? HISTORY_PROMPT : history);
	}
	/* Find out now, before anything is typed, whether this user may say something. */
	if (status == CTL_OK) {
		t->say = ctl_connect(t->ctl, true);
		status = t->say ? CTL_OK : CTL_UNREACHABLE;
	}
	if (status == CTL_OK) {
		status = chat_prompt(t);
	}
	/* Who leaves believes that all is said. */
	if (status == CTL_OK) {
		(void)say_waiting(t, LEAVE_WAIT_MS);
		status = t->status;
	}
	return talk_print_unsaid(t) > 0 && status == CTL_OK ? CTL_TIMED_OUT : status;
}

int cmd_chat(const struct ctl *ctl)
{
	struct talk t = {.ctl = ctl};
	bool in_tty = isatty(STDIN_FILENO);
	int status;

	if (ctl->argc > 0) {
		status = say_words(&t);
		if (status == CTL_OK && ctl->follow) {
			status = talk_follow(&t, ctl->history < 0 ? 0 : ctl->history);
			status = status ? status : pipe_talk(&t, false);
		}
	} else if (ctl->follow) {
		status = talk_follow(&t, ctl->history < 0 ? 0 : ctl->history);
		status = status ? status : pipe_talk(&t, !in_tty);
	} else if (in_tty && isatty(STDOUT_FILENO) && !ctl->json) {
		status = run_prompt(&t, ctl->history);
	} else if (ctl->history >= 0) {
		status = chat_print_past(ctl, ctl->history);
	} else {
		status = pipe_talk(&t, true);
	}
	talk_fini(&t);
	return status;
}

int cmd_say(const struct ctl *ctl)
{
	struct talk t = {.ctl = ctl};
	int status = say_words(&t);

	talk_fini(&t);
	return status;
}
