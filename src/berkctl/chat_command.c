/* chat_command.c - what somebody types behind a slash: for berkctl, and not for the others. */
#include "berkctl/chat.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/status.h"
#include "common/words.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MSG	      "/msg"
#define HISTORY_LINES 20
#define HISTORY_MAX   512 /* as many as a daemon keeps */
#define HISTORY_MS    300 /* so long after the last line there is none behind it */

int chat_print_here(struct talk *t)
{
	json_t *answer = NULL;
	int status = ctl_ask(t->ctl, false, "Members", NULL, &answer);
	const json_t *m;
	const char *between = "";
	size_t i;

	if (status != CTL_OK) {
		return status;
	}
	printf("%s", colour_begin(t->ctl->colour, COLOUR_DIM));
	json_array_foreach(json_object_get(answer, "members"), i, m)
	{
		int state = view_word(m, "state", words_member_state);
		char name[VIEW_MAX], buf[CELL_MAX];
		const char *host = terminal_text(view_host(m, name), buf);

		if (view_true(m, "self")) {
			(void)snprintf(t->id, sizeof(t->id), "%s", view_raw(m, "id"));
			printf("You are %s. Here: ", host);
		} else if (member_state_is_here((enum member_state)state)) {
			printf("%s%s", between, host);
			between = ", ";
		}
	}
	printf("%s. Ctrl-D leaves, /help tells more.%s\n", between[0] ? "" : "nobody else",
	       colour_end(t->ctl->colour, COLOUR_DIM));
	json_decref(answer);
	return CTL_OK;
}

/* Until there are no more.  That nothing comes is a sign of that only where the daemon has answered
 * another question meanwhile. */
static int hear_past(struct talk *past)
{
	struct pollfd p = {.fd = client_fd(past->follow), .events = POLLIN};

	for (bool answers = false;;) {
		int r = poll(&p, 1, HISTORY_MS);

		if (r > 0 && !talk_hear(past, NULL, NULL, NULL)) {
			return past->status;
		}
		if (r == 0 && answers) {
			return CTL_OK;
		}
		if (r == 0 && !ctl_is_alive(past->ctl)) {
			return ctl_lost(-ETIMEDOUT);
		}
		answers = r == 0;
	}
}

/* The lines come over a connection of their own, which is given up when they have come. */
int chat_print_past(const struct ctl *ctl, int64_t n)
{
	struct talk past = {.ctl = ctl};
	int status = talk_follow(&past, n);

	if (status == CTL_OK) {
		status = hear_past(&past);
	}
	talk_fini(&past);
	return status;
}

static void print_history(const struct talk *t, const char *count)
{
	char *end;
	long n = count[0] ? strtol(count, &end, 10) : HISTORY_LINES;

	if (count[0] && (*end != '\0' || n < 1 || n > HISTORY_MAX)) {
		printf("/history: read \"%s\": allowed is a number from 1 to %d\n", count,
		       HISTORY_MAX);
		return;
	}
	(void)chat_print_past(t->ctl, n);
}

static void print_help(void)
{
	(void)puts("/who           who is here\n"
		   "/history [N]   the last N lines again (20)\n"
		   "/me TEXT       say what you do: * NAME TEXT\n"
		   "/msg NAME TEXT say TEXT to that host alone\n"
		   "/help          this\n"
		   "//TEXT         say /TEXT\n"
		   "All other lines are for all hosts.  Tab completes names and commands.");
}

static const char *const commands[] = {"/who", "/history", "/me", "/msg", "/help", NULL};

/* Is this line a command, and not for the others?  Then it was carried out, and what it has to say
 * was printed. */
static bool is_command(struct talk *t, const char *line, size_t len)
{
	char word[16] = "", rest[16] = "", text[64];

	if (len == 0 || line[0] != '/' || (len > 1 && line[1] == '/') ||
	    (len >= strlen(CHAT_ME) && strncmp(line, CHAT_ME, strlen(CHAT_ME)) == 0)) {
		return false;
	}
	(void)snprintf(text, sizeof(text), "%.*s", (int)len, line);
	(void)sscanf(text, "%15s %15s", word, rest);
	if (strcmp(word, "/who") == 0) {
		(void)chat_print_here(t);
	} else if (strcmp(word, "/history") == 0) {
		print_history(t, rest);
	} else if (strcmp(word, "/help") == 0) {
		print_help();
	} else {
		printf("There is no %s; /help lists the commands, and // begins a line with a "
		       "slash.\n",
		       word);
	}
	return true;
}

/* False: there is no room for it. */
static bool say_to_one(struct talk *t, const char *line, size_t len)
{
	char *copy = strndup(line + strlen(MSG), len - strlen(MSG)), *text = NULL;
	const char *name = copy ? strtok_r(copy, " ", &text) : NULL;
	bool taken = copy != NULL;

	text = name ? text + strspn(text, " ") : NULL;
	if (text && text[0]) {
		taken = talk_say_to(t, name, text, strlen(text));
	} else if (copy) {
		(void)puts("/msg NAME TEXT says TEXT to that host alone; /who shows names");
	}
	free(copy);
	return taken;
}

bool chat_take(struct talk *t, const char *line, size_t len)
{
	if (len >= strlen(MSG) && strncmp(line, MSG, strlen(MSG)) == 0 &&
	    (len == strlen(MSG) || line[strlen(MSG)] == ' ')) {
		return say_to_one(t, line, len);
	}
	bool slash = len > 1 && line[0] == '/' && line[1] == '/';

	return is_command(t, line, len) || talk_say(t, line + slash, len - slash);
}

/* --- Completion --- */

/* The word of that number that somebody may mean: a command, at the beginning of a line, or a name;
 * NULL: there are no more. */
static const char *word_of(size_t i, bool first, const json_t *members, char buf[static VIEW_MAX])
{
	size_t n = 0;

	while (first && commands[n]) {
		n++;
	}
	if (i < n) {
		return commands[i];
	}
	return i - n < json_array_size(members)
		       ? view_text(json_array_get(members, i - n), "name", "", buf)
		       : NULL;
}

size_t chat_complete(const char *word, bool first, const json_t *members, char *ret, size_t size)
{
	size_t n = 0, len = strlen(word);
	const char *whole;
	char buf[VIEW_MAX];

	ret[0] = '\0';
	for (size_t i = 0; (whole = word_of(i, first, members, buf)) != NULL; i++) {
		size_t same = 0;

		if (strncasecmp(whole, word, len) != 0) {
			continue;
		}
		if (n++ == 0) {
			(void)snprintf(ret, size, "%s", whole);
		}
		while (ret[same] && ret[same] == whole[same]) {
			same++;
		}
		ret[same] = '\0';
	}
	return n;
}

void chat_print_words(const char *word, bool first, const json_t *members)
{
	size_t n = 0, len = strlen(word);
	const char *whole;
	char buf[VIEW_MAX], own[CELL_MAX];

	for (size_t i = 0; (whole = word_of(i, first, members, buf)) != NULL; i++) {
		if (strncasecmp(whole, word, len) == 0) {
			printf("%s%s", n++ > 0 ? "  " : "", terminal_text(whole, own));
		}
	}
	(void)putchar('\n');
}
