/* test_varlink.c - calls come in by the byte or by the dozen, answers go out in order, and a client
 * that does not read hurts nobody but itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "berkd/control/varlink.h"
#include "berkd/control/varlink_call.h"
#include "berkd/control/varlink_private.h"

#define OUT_MAX (1 << 20)

struct fixture {
	sd_event *event;
	struct varlink *server;
	int fd; /* the client's end */
	unsigned n_echo, n_slow;
	char got[OUT_MAX]; /* what came back, NULs shown as '\n' */
	size_t n_got;
};

/* --- A service --- */

static void echo(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct fixture *f = userdata;

	f->n_echo++;
	varlink_reply(call, json_incref(parameters), false);
}

/* A question that takes its time. */
static void slow(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct fixture *f = userdata;

	f->n_slow++;
	usleep(3000);
	varlink_reply(call, json_incref(parameters), false);
}

static void later(struct varlink_call *call, json_t *parameters, void *userdata)
{
	(void)userdata;
	varlink_hold(call, strdup(json_object_get(parameters, "again") ? "again" : "once"));
}

static void change(struct varlink_call *call, json_t *parameters, void *userdata)
{
	(void)parameters;
	(void)userdata;
	varlink_error(call, "t.x.Refused", NULL);
}

static const struct varlink_method methods[] = {
	{"t.x.Echo", 0, echo},
	{"t.x.Slow", 0, slow},
	{"t.x.Later", 0, later},
	{"t.x.Stream", VARLINK_STREAM, later},
	{"t.x.Change", VARLINK_CONTROL, change},
	{0},
};

static const struct varlink_service service = {.vendor = "v",
					       .product = "p",
					       .version = "1",
					       .url = "u",
					       .interface = "t.x",
					       .description = "interface t.x\n",
					       .methods = methods};

/* --- A client --- */

static void pump(struct fixture *f)
{
	for (unsigned idle = 0; idle < 2;) {
		int r = sd_event_run(f->event, 0);

		assert_true(r >= 0);
		idle = r == 0 ? idle + 1 : 0;
	}
}

static void say_bytes(struct fixture *f, const char *text, size_t len)
{
	assert_int_equal(send(f->fd, text, len, MSG_NOSIGNAL), len);
	pump(f);
}

/* @text with a NUL for each '\n'. */
static void say(struct fixture *f, const char *text)
{
	char bytes[4096];
	size_t len = strlen(text);

	assert_true(len < sizeof(bytes));
	for (size_t i = 0; i < len; i++) {
		bytes[i] = (char)(text[i] == '\n' ? '\0' : text[i]);
	}
	say_bytes(f, bytes, len);
}

/* Read what is there; true at the end of the connection. */
static bool hear(struct fixture *f)
{
	f->n_got = 0;
	for (;;) {
		ssize_t n = recv(f->fd, f->got + f->n_got, OUT_MAX - 1 - f->n_got, MSG_DONTWAIT);

		if (n <= 0) {
			bool end = n == 0 || errno != EAGAIN;

			for (size_t i = 0; i < f->n_got; i++) {
				f->got[i] = f->got[i] ? f->got[i] : '\n';
			}
			f->got[f->n_got] = '\0';
			return end;
		}
		f->n_got += (size_t)n;
		pump(f);
	}
}

static void assert_answers(struct fixture *f, const char *wanted)
{
	assert_false(hear(f));
	assert_string_equal(f->got, wanted);
}

static struct varlink_call *held(struct fixture *f)
{
	return varlink_next_held(f->server, NULL);
}

static void open_as(struct fixture *f, bool read_only)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	assert_int_equal(varlink_serve(f->server, pair[0], read_only), 0);
	f->fd = pair[1];
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(varlink_new(f->event, &service, f, &f->server), 0);
	open_as(f, false);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	varlink_free(f->server);
	close(f->fd);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

/* --- Rules --- */

static void call_gets_its_answer(void **state)
{
	say(*state, "{\"method\":\"t.x.Echo\",\"parameters\":{\"a\":[1,null]}}\n");
	assert_answers(*state, "{\"parameters\":{\"a\":[1,null]}}\n");
}

static void call_that_comes_byte_by_byte_is_one_call(void **state)
{
	static const char call[] = "{\"method\":\"t.x.Echo\"}";
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(call); i++) {
		assert_int_equal(f->n_echo, 0);
		say_bytes(f, call + i, 1);
	}
	assert_answers(f, "{\"parameters\":{}}\n");
}

static void pipelined_calls_are_answered_in_order_before_the_end_of_input(void **state)
{
	struct fixture *f = *state;
	char calls[4096] = "", wanted[4096] = "";

	for (unsigned i = 0; i < 50; i++) {
		size_t a = strlen(calls), b = strlen(wanted);

		snprintf(calls + a, sizeof(calls) - a,
			 "{\"method\":\"t.x.Echo\",\"parameters\":{\"n\":%u}}\n", i);
		snprintf(wanted + b, sizeof(wanted) - b, "{\"parameters\":{\"n\":%u}}\n", i);
	}
	size_t len = strlen(calls);

	for (size_t i = 0; i < len; i++) {
		calls[i] = (char)(calls[i] == '\n' ? '\0' : calls[i]);
	}
	assert_int_equal(send(f->fd, calls, len, 0), len);
	shutdown(f->fd, SHUT_WR);
	pump(f);
	assert_true(hear(f));
	assert_string_equal(f->got, wanted);
}

/* Packets, and other clients, have their turn between two of them. */
static void slow_calls_of_one_client_leave_a_turn_to_others(void **state)
{
	static const char call[] = "{\"method\":\"t.x.Slow\"}";
	struct fixture *f = *state;

	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(send(f->fd, call, sizeof(call), 0), sizeof(call));
	}
	for (unsigned turns = 1; turns <= 10; turns++) {
		assert_true(sd_event_run(f->event, 0) >= 0);
		assert_in_range(f->n_slow, 0, turns);
	}
	pump(f);
	assert_int_equal(f->n_slow, 10);
}

static void oneway_call_is_done_and_not_answered(void **state)
{
	struct fixture *f = *state;

	say(f,
	    "{\"method\":\"t.x.Echo\",\"oneway\":true}\n{\"method\":\"t.x.No\",\"oneway\":true}\n"
	    "{\"method\":\"t.x.Echo\",\"parameters\":{\"n\":2}}\n");
	assert_int_equal(f->n_echo, 2);
	assert_answers(f, "{\"parameters\":{\"n\":2}}\n");
}

static void held_call_keeps_the_later_ones_back(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"method\":\"t.x.Later\"}\n{\"method\":\"t.x.Echo\"}\n");
	assert_answers(f, "");
	assert_int_equal(f->n_echo, 0);
	assert_non_null(held(f));
	assert_string_equal(varlink_data(held(f)), "once");
	varlink_reply(held(f), json_pack("{s:i}", "late", 1), false);
	assert_null(held(f));
	pump(f);
	assert_answers(f, "{\"parameters\":{\"late\":1}}\n{\"parameters\":{}}\n");
}

static void stream_continues_until_its_last_answer(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"method\":\"t.x.Stream\",\"more\":true}\n");
	assert_true(varlink_reply(held(f), json_pack("{s:i}", "n", 1), true));
	assert_true(varlink_wants_more(held(f)));
	varlink_reply(held(f), json_pack("{s:i}", "n", 2), false);
	pump(f);
	assert_answers(f, "{\"parameters\":{\"n\":1},\"continues\":true}\n"
			  "{\"parameters\":{\"n\":2}}\n");
}

static void stream_without_more_is_refused(void **state)
{
	say(*state, "{\"method\":\"t.x.Stream\"}\n");
	assert_answers(*state, "{\"error\":\"org.varlink.service.ExpectedMore\"}\n");
}

static void stream_ends_with_its_client(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"method\":\"t.x.Stream\",\"more\":true}\n");
	assert_non_null(held(f));
	close(f->fd);
	pump(f);
	assert_null(held(f));
	open_as(f, false);
}

static void slow_reader_of_a_stream_is_told_and_closed(void **state)
{
	struct fixture *f = *state;
	char filler[1024];
	unsigned n = 0;

	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	say(f, "{\"method\":\"t.x.Stream\",\"more\":true}\n");
	while (held(f) && n < 100000) {
		varlink_reply(held(f), json_pack("{s:s}", "f", filler), true);
		n++;
	}
	assert_true(n < 2000); /* the queue and what the kernel takes */
	assert_true(hear(f));
	const char *last = strstr(f->got, "{\"error\"");

	assert_non_null(last);
	assert_string_equal(last, "{\"error\":\"net.berkd.TooSlow\",\"parameters\":"
				  "{\"queue_bytes_max\":262144}}\n");
	assert_true(last[-1] == '\n'); /* what was begun is whole */
}

static void client_that_does_not_read_is_not_served(void **state)
{
	struct fixture *f = *state;
	char call[8192];
	int n = snprintf(call, sizeof(call),
			 "{\"method\":\"t.x.Echo\",\"parameters\":{\"a\":\"%*s\"}}", 7000, "");
	unsigned sent = 0;

	/* Bounded by what kernel and queue hold: then send() would block. */
	while (sent < 10000 && send(f->fd, call, (size_t)n + 1, MSG_DONTWAIT) == n + 1) {
		sent++;
		pump(f);
	}
	assert_true(sent < 10000);
	assert_true(f->n_echo < sent);
	assert_false(hear(f)); /* it reads now, and all is answered */
	assert_true(f->n_got > (size_t)f->n_echo * 7000);
}

static void what_is_no_call_is_answered_with_an_error_and_closed(void **state)
{
	static const struct {
		const char *text, *parameter;
	} bad[] = {
		{"hello\n", "(not a JSON object)"},
		{"[]\n", "(not a JSON object)"},
		{"{}\n", "method"},
		{"{\"method\":7}\n", "method"},
		{"{\"method\":\"nodot\"}\n", "method"},
		{"{\"method\":\"t.x.Echo\",\"method\":\"t.x.Echo\"}\n", "(not a JSON object)"},
		{"{\"method\":\"t.x.Echo\",\"parameters\":[1]}\n", "parameters"},
		{"{\"method\":\"t.x.Echo\",\"more\":1}\n", "more, oneway, upgrade"},
		{"{\"method\":\"t.x.Echo\",\"more\":true,\"oneway\":true}\n",
		 "more, oneway, upgrade"},
		{"{\"method\":\"t.x.Echo\",\"upgrade\":true}\n", "more, oneway, upgrade"},
	};
	struct fixture *f = *state;
	char wanted[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		say(f, bad[i].text);
		assert_true(hear(f));
		snprintf(wanted, sizeof(wanted),
			 "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
			 "{\"parameter\":\"%s\"}}\n",
			 bad[i].parameter);
		assert_string_equal(f->got, wanted);
		close(f->fd);
		open_as(f, false);
	}
	assert_int_equal(f->n_echo, 0);
}

static void call_that_is_too_long_is_refused_unread(void **state)
{
	struct fixture *f = *state;
	char *call = malloc(VARLINK_CALL_MAX);

	assert_non_null(call);
	memset(call, ' ', VARLINK_CALL_MAX);
	say_bytes(f, call, VARLINK_CALL_MAX);
	free(call);
	assert_true(hear(f));
	assert_non_null(strstr(f->got, "(call too long)"));
}

static void read_only_client_cannot_change_anything(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"method\":\"t.x.Change\"}\n");
	assert_answers(f, "{\"error\":\"t.x.Refused\"}\n");
	close(f->fd);
	open_as(f, true);
	say(f, "{\"method\":\"t.x.Change\"}\n{\"method\":\"t.x.Echo\"}\n");
	assert_answers(f, "{\"error\":\"net.berkd.NotPermitted\",\"parameters\":"
			  "{\"method\":\"t.x.Change\"}}\n{\"parameters\":{}}\n");
}

static void service_describes_itself(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"method\":\"org.varlink.service.GetInfo\"}\n");
	assert_answers(f, "{\"parameters\":{\"vendor\":\"v\",\"product\":\"p\",\"version\":\"1\","
			  "\"url\":\"u\",\"interfaces\":[\"org.varlink.service\",\"t.x\"]}}\n");
	say(f, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	       "\"parameters\":{\"interface\":\"t.x\"}}\n");
	assert_answers(f, "{\"parameters\":{\"description\":\"interface t.x\\n\"}}\n");
	say(f, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	       "\"parameters\":{\"interface\":\"t.y\"}}\n");
	assert_answers(f, "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
			  "{\"interface\":\"t.y\"}}\n");
}

static void unknown_methods_and_interfaces_are_told_apart(void **state)
{
	say(*state, "{\"method\":\"t.x.No\"}\n{\"method\":\"org.varlink.service.No\"}\n"
		    "{\"method\":\"a.b.No\"}\n");
	assert_answers(*state,
		       "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":"
		       "{\"method\":\"t.x.No\"}}\n"
		       "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":"
		       "{\"method\":\"org.varlink.service.No\"}}\n"
		       "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
		       "{\"interface\":\"a.b\"}}\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(call_gets_its_answer),
		TEST(call_that_comes_byte_by_byte_is_one_call),
		TEST(pipelined_calls_are_answered_in_order_before_the_end_of_input),
		TEST(slow_calls_of_one_client_leave_a_turn_to_others),
		TEST(oneway_call_is_done_and_not_answered),
		TEST(held_call_keeps_the_later_ones_back),
		TEST(stream_continues_until_its_last_answer),
		TEST(stream_without_more_is_refused),
		TEST(stream_ends_with_its_client),
		TEST(slow_reader_of_a_stream_is_told_and_closed),
		TEST(client_that_does_not_read_is_not_served),
		TEST(what_is_no_call_is_answered_with_an_error_and_closed),
		TEST(call_that_is_too_long_is_refused_unread),
		TEST(read_only_client_cannot_change_anything),
		TEST(service_describes_itself),
		TEST(unknown_methods_and_interfaces_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
