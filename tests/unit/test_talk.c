/* test_talk.c - what is typed is said, however long it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "berk/utf8.h"
#include "berk/wire.h"
#include "berkctl/chat.h"
#include "berkctl/view.h"

static void one_line_is_one_line(void **state)
{
	struct talk t = {0};
	char text[WIRE_CHAT_TEXT_MAX + 1];

	(void)state;
	assert_int_equal(CHAT_LINE_MAX, WIRE_CHAT_TEXT_MAX);
	memset(text, 'x', sizeof(text));
	assert_true(talk_say(&t, text, WIRE_CHAT_TEXT_MAX));
	assert_int_equal(t.n, 1);
	assert_int_equal(strlen(t.queue[0]), WIRE_CHAT_TEXT_MAX);
	talk_fini(&t);
}

/* O3 */
static void a_long_line_is_said_as_several(void **state)
{
	static const char *const units[] = {"Zeit und Raum ", "\xc3\xbc", "x\xe2\x98\x82"};

	(void)state;
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		struct talk t = {0};
		char text[2000] = "", joined[2000] = "";

		strcat(text, u == 0 ? "" : "x"); /* so that a piece would end within a character */
		while (strlen(text) + strlen(units[u]) < 1500) {
			strcat(text, units[u]);
		}
		assert_true(talk_say(&t, text, strlen(text)));
		assert_in_range(t.n, 4, 6);
		for (size_t i = 0; i < t.n; i++) {
			size_t len = strlen(t.queue[i]);

			assert_in_range(len, 1, WIRE_CHAT_TEXT_MAX);
			assert_true(utf8_is_text(t.queue[i], len));
			if (u == 0) { /* between words */
				strcat(joined, i ? " " : "");
				assert_true(strncmp(t.queue[i], "Zeit", 4) == 0 ||
					    strncmp(t.queue[i], "und", 3) == 0 ||
					    strncmp(t.queue[i], "Raum", 4) == 0);
			}
			strcat(joined, t.queue[i]);
		}
		assert_string_equal(joined, text);
		talk_fini(&t);
	}
}

static void a_line_is_queued_whole_or_not_at_all(void **state)
{
	struct talk t = {0};
	char text[4 * WIRE_CHAT_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	while (t.n < CHAT_QUEUE_MAX - 2) {
		assert_true(talk_say(&t, "a", 1));
	}
	assert_false(talk_say(&t, text, sizeof(text)));
	assert_int_equal(t.n, CHAT_QUEUE_MAX - 2);
	assert_true(talk_say(&t, text, sizeof(text) / 2));
	assert_false(talk_say(&t, "b", 1));
	talk_fini(&t);
}

static void whose_name_another_holds_is_shown_with_the_id(void **state)
{
	char buf[VIEW_MAX], name[400], want[VIEW_MAX];
	json_t *e = json_pack("{s:s,s:s,s:b}", "name", "alpha", "id", "73ad0993b3886b07",
			      "name_held", 0);

	(void)state;
	assert_string_equal(view_speaker(e, buf), "alpha");
	assert_int_equal(json_object_set_new(e, "name_held", json_true()), 0);
	assert_string_equal(view_speaker(e, buf), "alpha (73ad0993b3886b07)");
	memset(name, 'n', sizeof(name) - 1); /* no name is so long that it hides the id */
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(json_object_set_new(e, "name", json_string(name)), 0);
	memcpy(want, " (73ad0993b3886b07)", 20);
	view_speaker(e, buf);
	assert_string_equal(buf + strlen(buf) - strlen(want), want);
	json_decref(e);
}

/* --- Private lines: the daemon here is a socket --- */

struct daemon_end {
	char dir[64], path[96];
	int listens, fd;
	struct ctl ctl;
	struct talk talk;
};

static int open_daemon(void **state)
{
	struct daemon_end *d = calloc(1, sizeof(*d));
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	assert_non_null(d);
	(void)snprintf(d->dir, sizeof(d->dir), "/tmp/berkctl-talk-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	(void)snprintf(d->path, sizeof(d->path), "%s/control", d->dir);
	memcpy(sa.sun_path, d->path, strlen(d->path) + 1);
	d->listens = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(d->listens, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(d->listens, 1), 0);
	d->fd = -1;
	d->ctl.socket = d->path;
	d->talk.ctl = &d->ctl;
	*state = d;
	return 0;
}

static int close_daemon(void **state)
{
	struct daemon_end *d = *state;

	talk_fini(&d->talk);
	(void)close(d->fd);
	(void)close(d->listens);
	(void)unlink(d->path);
	(void)rmdir(d->dir);
	free(d);
	return 0;
}

#define WITH_DAEMON(f) cmocka_unit_test_setup_teardown(f, open_daemon, close_daemon)

/* What was sent, as text. */
static void read_call(struct daemon_end *d, char *ret, size_t size)
{
	d->fd = d->fd < 0 ? accept(d->listens, NULL, NULL) : d->fd;
	ssize_t n = recv(d->fd, ret, size - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	ret[n] = '\0';
}

static void answer(const struct daemon_end *d, const char *text)
{
	assert_int_equal(send(d->fd, text, strlen(text) + 1, 0), strlen(text) + 1);
}

/* Nobody waits for its answer, which another host has to give. */
static void a_private_line_goes_to_one_host(void **state)
{
	struct daemon_end *d = *state;
	struct talk *t = &d->talk;
	char call[512];

	assert_true(talk_say_to(t, "beta", "hello", 5));
	assert_true(talk_say(t, "all", 3));
	assert_true(talk_push(t));
	read_call(d, call, sizeof(call));
	assert_non_null(strstr(call, "net.berkd.ChatPrivate"));
	assert_non_null(strstr(call, "\"beta\""));
	assert_true(talk_say_fd(t) >= 0 && talk_wait_ms(t) > CTL_ANSWER_MS / 2);
	assert_true(talk_push(t)); /* the next one has to wait, ... */
	assert_int_equal(t->n, 2);
	assert_int_equal(recv(d->fd, call, sizeof(call), MSG_DONTWAIT), -1);
	answer(d, "{\"error\":\"net.berkd.ChatFull\",\"parameters\":{}}");
	assert_true(talk_push(t)); /* ... and this one is tried again */
	assert_int_equal(t->n, 2);
	assert_int_equal(talk_say_fd(t), -1);
	t->backoff_ms = 0;
	assert_true(talk_push(t));
	read_call(d, call, sizeof(call));
	answer(d, "{\"parameters\":{}}");
	assert_true(talk_push(t));
	assert_int_equal(t->n, 1);
	assert_int_equal(t->n_sent, 0); /* it does not come back as a line of the chat */
	assert_null(t->refused);
	assert_int_equal(t->status, CTL_OK);
}

static void a_private_line_that_is_refused_comes_back_whole(void **state)
{
	struct daemon_end *d = *state;
	struct talk *t = &d->talk;
	char text[700] = "", want[800], call[1024], said[1024] = "";
	FILE *out = stdout;

	while (strlen(text) + 10 < sizeof(text)) {
		strcat(text, text[0] ? " word" : "word");
	}
	(void)snprintf(want, sizeof(want), "/msg beta %s", text);
	assert_true(talk_say_to(t, "beta", text, strlen(text)));
	assert_int_equal(t->n, 2);
	assert_true(talk_say_to(t, "beta", "another", 7)); /* which is another line */
	assert_true(talk_push(t));
	read_call(d, call, sizeof(call));
	answer(d, "{\"error\":\"net.berkd.NobodyReads\",\"parameters\":{\"host\":\"beta\"}}");
	assert_true(talk_push(t));
	assert_int_equal(t->n, 1);
	assert_string_equal(t->refused, want);
	assert_int_equal(t->status, CTL_FAILED);
	stdout = fmemopen(said, sizeof(said), "w");
	talk_print_refused(t);
	fclose(stdout);
	stdout = out;
	assert_null(t->refused);
	assert_int_equal(strncmp(said, "(not shown: /msg beta word", 26), 0); /* it was sent */
}

/* Said again, it might be shown twice; but its other parts were not sent. */
static void a_private_line_that_may_have_been_shown_does_not_come_back(void **state)
{
	static const char *const refused[] = {"/msg beta rest", NULL};
	struct daemon_end *d = *state;
	struct talk *t = &d->talk;
	char text[CHAT_LINE_MAX + 6], call[1024];

	memset(text, 'x', sizeof(text));
	memcpy(text + CHAT_LINE_MAX, " rest", 6);
	assert_true(talk_say_to(t, "beta", text, strlen(text)));
	assert_true(talk_say_to(t, "beta", "another", 7));
	assert_int_equal(t->n, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_true(talk_push(t));
		read_call(d, call, sizeof(call));
		answer(d,
		       "{\"error\":\"net.berkd.HostSilent\",\"parameters\":{\"host\":\"beta\"}}");
		assert_true(talk_push(t));
		assert_int_equal(t->n, 1 - i);
		assert_true(!t->refused == !refused[i]);
		assert_true(!t->refused || strcmp(t->refused, refused[i]) == 0);
		assert_int_equal(t->status, CTL_FAILED);
		talk_print_refused(t);
	}
}

static void msg_names_one_host(void **state)
{
	static const struct {
		const char *line, *to, *text; /* NULL: nothing is said */
	} cases[] = {
		{"/msg beta hello there", "beta", "hello there"},
		{"/msg  beta   /me waves", "beta", "/me waves"},
		{"/msg beta", NULL, NULL},
		{"/msg ", NULL, NULL},
		{"/msg", NULL, NULL},
		{"/msgs beta hello", NULL, NULL}, /* no command is said */
		{"//msg beta hello", NULL, "/msg beta hello"},
	};
	struct daemon_end *d = *state;
	struct talk *t = &d->talk;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at = (t->first + t->n) % CHAT_QUEUE_MAX, before = t->n;

		assert_true(chat_take(t, cases[i].line, strlen(cases[i].line)));
		assert_int_equal(t->n - before, cases[i].text != NULL);
		if (cases[i].text) {
			assert_string_equal(t->queue[at], cases[i].text);
			assert_true(!t->to[at] == !cases[i].to);
			assert_true(!t->to[at] || strcmp(t->to[at], cases[i].to) == 0);
		}
	}
}

/* Time passes only where berkctl waits; no wait is longer than this. */
#define NAP_MS 11000

static int64_t now_ms = 1; /* 0 may stand for "not yet" */
static unsigned n_naps;

int64_t __wrap_client_now_ms(void);
int64_t __wrap_client_now_ms(void)
{
	return now_ms;
}

int __real_poll(struct pollfd *, nfds_t, int ms);
int __wrap_poll(struct pollfd *, nfds_t, int ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int r = __real_poll(p, n, 0);

	if (r == 0) {
		now_ms += ms < NAP_MS ? ms : NAP_MS;
		n_naps += ms > 0;
	}
	return r;
}

/* cmd_chat.c asks for them where there is a terminal. */
int chat_prompt(struct talk *t)
{
	return t->status;
}

/* It is under way: that the daemon takes no more lines would be false. */
static void who_says_a_private_line_waits_as_long_as_its_answer_takes(void **state)
{
	struct daemon_end *d = *state;
	char word[] = "hello", *words[] = {word}, call[512];

	d->ctl.to = "beta";
	d->ctl.argc = 1;
	d->ctl.argv = words;
	n_naps = 0;
	int64_t begun = now_ms;

	assert_int_equal(cmd_say(&d->ctl), CTL_UNREACHABLE);
	assert_int_equal(n_naps, 2); /* the first one ended before its time */
	assert_int_equal(now_ms - begun, CTL_ANSWER_MS);
	read_call(d, call, sizeof(call));
	assert_non_null(strstr(call, "net.berkd.ChatPrivate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DAEMON(who_says_a_private_line_waits_as_long_as_its_answer_takes),
		cmocka_unit_test(a_line_is_queued_whole_or_not_at_all),
		cmocka_unit_test(whose_name_another_holds_is_shown_with_the_id),
		cmocka_unit_test(one_line_is_one_line),
		cmocka_unit_test(a_long_line_is_said_as_several),
		WITH_DAEMON(a_private_line_goes_to_one_host),
		WITH_DAEMON(a_private_line_that_is_refused_comes_back_whole),
		WITH_DAEMON(a_private_line_that_may_have_been_shown_does_not_come_back),
		WITH_DAEMON(msg_names_one_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
