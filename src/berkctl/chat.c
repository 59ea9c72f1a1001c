/* chat.c - lines are said one by one, and what is said is printed.  See chat.h.
 *
 * While the daemon's outbox is full (the master is away, or others talk much), the first line is
 * offered to it again and again.  The next line waits until the first one is taken, so the lines of
 * one input keep their order.
 */
#include "berkctl/chat.h"

#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* At the beginning of a row, where no name of a host can be. */
#define CHAT_PRIVATE   "private "
#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 1000

/* What others wrote, as this terminal can show it.  What reads a pipe has it as it is. */
static const char *shown(const char *text, char buf[static CELL_MAX])
{
	return isatty(STDOUT_FILENO) == 1 ? terminal_text(text, buf) : text;
}

/* --- Saying --- */

static void drop(struct talk *t, size_t at)
{
	free(t->queue[at]);
	free(t->to[at]);
	t->to[at] = NULL;
}

static void drop_last(struct talk *t)
{
	drop(t, (t->first + --t->n) % CHAT_QUEUE_MAX);
}

/* How much of @text one line takes: whole words if that is not too little, and whole characters. */
static size_t piece_len(const char *text, size_t len)
{
	size_t end = CHAT_LINE_MAX, word = end;

	if (len <= end) {
		return len;
	}
	while (word > end / 2 && text[word] != ' ') {
		word--;
	}
	while (end > CHAT_LINE_MAX - 4 && ((unsigned char)text[end] & 0xc0) == 0x80) {
		end--;
	}
	return text[word] == ' ' ? word : end;
}

/* False: there is no room for it. */
static bool put_last(struct talk *t, const char *to, const char *text, size_t len, bool part)
{
	size_t at = (t->first + t->n) % CHAT_QUEUE_MAX;

	if (t->n == CHAT_QUEUE_MAX) {
		return false;
	}
	t->queue[at] = strndup(text, len);
	t->to[at] = to ? strdup(to) : NULL;
	t->part[at] = part;
	t->n++;
	if (!t->queue[at] || (to && !t->to[at])) {
		drop_last(t);
		return false;
	}
	return true;
}

bool talk_say_to(struct talk *t, const char *to, const char *text, size_t len)
{
	size_t before = t->n;

	do {
		size_t piece = piece_len(text, len);

		if (!put_last(t, to, text, piece, t->n > before)) {
			while (t->n > before) {
				drop_last(t);
			}
			return false;
		}
		piece += piece < len && text[piece] == ' ';
		text += piece;
		len -= piece;
	} while (len > 0);
	return true;
}

bool talk_say(struct talk *t, const char *text, size_t len)
{
	return talk_say_to(t, NULL, text, len);
}

static void drop_first(struct talk *t)
{
	drop(t, t->first);
	t->first = (t->first + 1) % CHAT_QUEUE_MAX;
	t->n--;
}

static bool report_lost(struct talk *t, int error)
{
	t->status = ctl_lost(error);
	return false;
}

/* The first line, and its other parts, will not be shown: they are as they were typed. */
static void refuse_first(struct talk *t)
{
	char *line = NULL;

	free(t->refused);
	t->refused = NULL;
	if (asprintf(&line, "/msg %s %s", t->to[t->first], t->queue[t->first]) < 0) {
		line = NULL;
	}
	for (drop_first(t); t->n > 0 && t->part[t->first]; drop_first(t)) {
		char *longer = NULL;

		if (line && asprintf(&longer, "%s %s", line, t->queue[t->first]) >= 0) {
			free(line);
			line = longer;
		}
	}
	t->refused = line;
}

/* The first line is private, and was not shown, or that is not known: who says that one again, says
 * it twice.  Its other parts were not sent. */
static void give_up_first(struct talk *t, const char *error)
{
	bool silent = strcmp(error, "net.berkd.HostSilent") == 0;

	if (silent) {
		drop_first(t);
	}
	if (!silent || (t->n > 0 && t->part[t->first])) {
		refuse_first(t);
	}
}

/* The first line was shown to its addressee: it comes back in no other way. */
static void print_private(const struct talk *t)
{
	char buf[CELL_MAX], clock[FORMAT_MAX];
	struct timespec now;

	if (!t->follow || t->ctl->json) {
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	printf("%s%s%s%s ", CHAT_PRIVATE, colour_begin(t->ctl->colour, COLOUR_DIM),
	       format_clock((int64_t)now.tv_sec * NS_PER_S, clock),
	       colour_end(t->ctl->colour, COLOUR_DIM));
	printf("to %s: ", shown(t->to[t->first], buf));
	printf("%s\n", shown(t->queue[t->first], buf));
	(void)fflush(stdout);
}

/* Act on the daemon's answer to the first line.  False: the talk is over. */
static bool take_answer(struct talk *t, const struct answer *a)
{
	if (a->error && strcmp(a->error, "net.berkd.ChatFull") == 0) {
		t->backoff_ms = (int)ns_clamp(2 * t->backoff_ms, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
		t->retry_ms = client_now_ms() + t->backoff_ms;
		return true;
	}
	t->backoff_ms = 0;
	if (t->to[t->first] && a->error) {
		int status = ctl_complain(a->error, a->parameters);

		t->status = t->follow ? t->status : status; /* who follows has it back */
		give_up_first(t, a->error);
		return true;
	}
	if (t->to[t->first]) {
		print_private(t);
		drop_first(t);
		return true;
	}
	drop_first(t);
	if (!a->error) {
		t->n_sent++;
		return true;
	}
	t->status = ctl_complain(a->error, a->parameters);
	return strcmp(a->error, "net.berkd.BadText") == 0; /* the next line may still be taken */
}

bool talk_asks_now(const struct talk *t)
{
	return t->follow && client_now_ms() >= t->ask_ms;
}

/* Is whom we follow silent because nothing is said?  Asked each CTL_SILENT_MS. */
static bool is_followed_alive(struct talk *t)
{
	if (!talk_asks_now(t)) {
		return true;
	}
	t->ask_ms = client_now_ms() + CTL_SILENT_MS;
	return ctl_is_alive(t->ctl) || report_lost(t, -ETIMEDOUT);
}

/* Act on the answer to the private line that was offered, if it has come. */
static bool hear_answer(struct talk *t)
{
	struct answer a;
	int r = client_next(t->say, 0, &a);

	if (r == -ETIMEDOUT && client_now_ms() < t->answer_ms) {
		return true;
	}
	t->asked = false;
	if (r < 0) {
		return report_lost(t, r);
	}
	bool going = take_answer(t, &a);

	answer_fini(&a);
	return going;
}

/* Offer the first line to the daemon.  What comes of a private one is known later, as its addressee
 * has to answer. */
static int offer(struct talk *t, json_t *text)
{
	const char *to = t->to[t->first];

	if (!to) {
		return client_send(t->say, "ChatSend", json_pack("{s:o}", "text", text), false);
	}
	t->asked = true;
	t->answer_ms = client_now_ms() + CTL_ANSWER_MS;
	return client_send(t->say, "ChatPrivate", json_pack("{s:s,s:o}", "host", to, "text", text),
			   false);
}

/* No JSON can have them. */
static bool is_text(const char *text)
{
	json_t *j = json_string(text);

	json_decref(j);
	return j != NULL;
}

bool talk_push(struct talk *t)
{
	struct answer a;

	if (!is_followed_alive(t)) {
		return false;
	}
	if (t->asked) {
		return hear_answer(t);
	}
	if (t->n == 0 || (t->backoff_ms && client_now_ms() < t->retry_ms)) {
		return true;
	}
	if (!t->say) {
		t->say = ctl_connect(t->ctl, true);
	}
	if (!t->say) {
		t->status = CTL_UNREACHABLE;
		return false;
	}
	const char *to = t->to[t->first];
	json_t *text = to && !is_text(to) ? NULL : json_string(t->queue[t->first]);

	if (!text) { /* jansson refuses it */
		(void)fputs("berkctl: a line that is not UTF-8 was left out\n", stderr);
		t->status = CTL_FAILED;
		drop_first(t);
		return true;
	}
	int r = offer(t, text);

	if (r >= 0 && t->asked) {
		return true;
	}
	r = r < 0 ? r : client_next(t->say, CTL_ANSWER_MS, &a);
	if (r < 0) {
		return report_lost(t, r);
	}
	bool going = take_answer(t, &a);

	answer_fini(&a);
	return going;
}

int talk_wait_ms(const struct talk *t)
{
	int64_t now = client_now_ms(), at = t->follow ? t->ask_ms : INT64_MAX;

	if (t->asked) {
		at = ns_min(at, t->answer_ms);
	} else if (t->n > 0) {
		at = t->backoff_ms ? ns_min(at, t->retry_ms) : now;
	}
	return at == INT64_MAX ? -1 : (int)ns_max(at - now, 0);
}

int talk_say_fd(const struct talk *t)
{
	return t->asked ? client_fd(t->say) : -1;
}

void talk_print_refused(struct talk *t)
{
	char buf[CELL_MAX];

	if (t->refused) {
		printf("(not shown: %s)\n", shown(t->refused, buf));
	}
	free(t->refused);
	t->refused = NULL;
}

size_t talk_print_unsaid(const struct talk *t)
{
	char buf[CELL_MAX], name[CELL_MAX];

	for (size_t i = 0; i < t->n; i++) {
		size_t at = (t->first + i) % CHAT_QUEUE_MAX;
		const char *to = t->to[at];

		printf("(not said: %s%s%s%s)\n", to ? "/msg " : "", to ? shown(to, name) : "",
		       to ? " " : "", shown(t->queue[at], buf));
	}
	return t->n;
}

/* --- Hearing --- */

int talk_follow(struct talk *t, int64_t history)
{
	t->follow = ctl_connect(t->ctl, false);
	if (!t->follow) {
		return CTL_UNREACHABLE;
	}
	int r = client_send(t->follow, "ChatFollow",
			    json_pack("{s:I}", "history", (json_int_t)history), true);

	t->ask_ms = client_now_ms() + CTL_SILENT_MS;
	return r < 0 ? ctl_lost(r) : CTL_OK;
}

/* A host has the same colour on all hosts, because the colour comes from its id. */
static void print_name(const struct ctl *ctl, const json_t *e)
{
	char name[VIEW_MAX], buf[CELL_MAX];
	unsigned long sum = strtoul(view_raw(e, "id"), NULL, 16) % 6;
	const char *text = shown(view_speaker(e, name), buf);

	if (ctl->colour) {
		printf("\033[1;%lum%s\033[0m", 31 + sum, text);
	} else {
		(void)fputs(text, stdout);
	}
}

static void print_event(const struct talk *t, const json_t *e)
{
	char text[4 * 512], buf[CELL_MAX], clock[FORMAT_MAX];
	const char *event = view_raw(e, "event");
	struct timespec now;
	int64_t wall_ns;

	if (!view_int(e, "wall_ns", &wall_ns)) {
		(void)clock_gettime(CLOCK_REALTIME, &now);
		wall_ns = (int64_t)now.tv_sec * NS_PER_S;
	}
	printf("%s%s%s%s ", view_true(e, "private") ? CHAT_PRIVATE : "",
	       colour_begin(t->ctl->colour, COLOUR_DIM), format_clock(wall_ns, clock),
	       colour_end(t->ctl->colour, COLOUR_DIM));
	if (strcmp(event, "line") == 0) {
		view_text_long(e, "text", text, sizeof(text));
		bool does = strncmp(text, CHAT_ME, strlen(CHAT_ME)) == 0;

		(void)fputs(does ? "* " : "", stdout);
		print_name(t->ctl, e);
		printf("%s%s\n", does ? " " : ": ",
		       shown(text + (does ? strlen(CHAT_ME) : 0), buf));
	} else {
		printf("* ");
		print_name(t->ctl, e);
		printf(" has %s\n", strcmp(event, "joined") == 0 ? "joined" : "left");
	}
}

static void show_event(struct talk *t, const json_t *e)
{
	if (strcmp(view_raw(e, "event"), "line") == 0 && strcmp(view_raw(e, "id"), t->id) == 0 &&
	    t->n_shown < t->n_sent) {
		t->n_shown++;
	}
	if (t->ctl->json) {
		ctl_print_json(e, true);
	} else {
		print_event(t, e);
		(void)fflush(stdout);
	}
}

bool talk_hear(struct talk *t, void (*before)(void *), void (*after)(void *), void *userdata)
{
	bool going = true, printed = false;

	/* Print all that has arrived, and wait for nothing. */
	while (going) {
		struct answer a;
		int r = client_next(t->follow, 0, &a);

		if (r == -ETIMEDOUT) {
			break;
		}
		t->ask_ms = client_now_ms() + CTL_SILENT_MS;
		if (!printed && before) {
			before(userdata);
		}
		printed = true;
		if (r < 0) {
			going = report_lost(t, r);
			break;
		}
		if (a.error) {
			t->status = ctl_complain(a.error, a.parameters);
		} else {
			show_event(t, json_object_get(a.parameters, "event"));
		}
		going = !a.error && a.continues && !ferror(stdout);
		answer_fini(&a);
	}
	if (printed && after) {
		after(userdata);
	}
	return going;
}

void talk_fini(struct talk *t)
{
	while (t->n > 0) {
		drop_first(t);
	}
	free(t->refused);
	t->refused = NULL;
	t->follow = client_free(t->follow);
	t->say = client_free(t->say);
}
