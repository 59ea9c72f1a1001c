/* certified.c - org.varlink.certification, as varlink.org describes it, on the daemon's own varlink
 * server: clients of other people test themselves against it, and it against them.
 *
 *   certified SOCKET     serves until it is ended
 *
 * Each call must have what the one before has answered; the last one says whether all did. */
#include "berkd/control/varlink.h"
#include "berkd/control/varlink_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define INTERFACE "org.varlink.certification"
#define ID	  "\"client_id\":\"it\""
#define STRUCT                                                                                     \
	"{\"bool\":false,\"int\":2,\"float\":3.141592653589793,\"string\":\"a lot of string\"}"
#define MAP "{\"foo\":\"Foo\",\"bar\":\"Bar\"}"
#define SET "{\"one\":{},\"two\":{},\"three\":{}}"
#define MY_TYPE                                                                                    \
	"{\"object\":{\"method\":\"" INTERFACE ".Test09\",\"parameters\":{\"map\":" MAP "}},"      \
	"\"enum\":\"two\",\"struct\":{\"first\":1,\"second\":\"2\"},"                              \
	"\"array\":[\"one\",\"two\",\"three\"],\"dictionary\":" MAP ",\"stringset\":" SET ","      \
	"\"interface\":{\"foo\":[null,{\"Foo\":\"foo\",\"Bar\":\"bar\"},null,"                     \
	"{\"one\":\"foo\",\"two\":\"bar\"}],\"anon\":{\"foo\":true,\"bar\":false}}}"
#define N_REPLIES 10
#define REPLIES                                                                                    \
	"[\"Reply number 1\",\"Reply number 2\",\"Reply number 3\",\"Reply number 4\","            \
	"\"Reply number 5\",\"Reply number 6\",\"Reply number 7\",\"Reply number 8\","             \
	"\"Reply number 9\",\"Reply number 10\"]"

static const struct {
	const char *wants, *gives; /* JSON; NULL: see stream() and end() */
} steps[] = {
	{"{}", "{" ID "}"},
	{"{" ID "}", "{\"bool\":true}"},
	{"{" ID ",\"bool\":true}", "{\"int\":1}"},
	{"{" ID ",\"int\":1}", "{\"float\":1.0}"},
	{"{" ID ",\"float\":1}", "{\"string\":\"ping\"}"},
	{"{" ID ",\"string\":\"ping\"}", STRUCT},
	{"{" ID ",\"bool\":false,\"int\":2,\"float\":3.141592653589793,"
	 "\"string\":\"a lot of string\"}",
	 "{\"struct\":" STRUCT "}"},
	{"{" ID ",\"struct\":" STRUCT "}", "{\"map\":" MAP "}"},
	{"{" ID ",\"map\":" MAP "}", "{\"set\":" SET "}"},
	{"{" ID ",\"set\":" SET "}", "{\"mytype\":" MY_TYPE "}"},
	{"{" ID ",\"mytype\":" MY_TYPE "}", NULL},
	{"{" ID ",\"last_more_replies\":" REPLIES "}", "{}"},
	{"{" ID "}", NULL},
};

static unsigned n_good; /* steps that were as they must be, one after the other */

static void stream(struct varlink_call *call)
{
	for (int i = 1; i <= N_REPLIES; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "Reply number %d", i);
		if (!varlink_reply(call, json_pack("{s:s}", "string", text), i < N_REPLIES)) {
			return;
		}
	}
}

static void step(struct varlink_call *call, const json_t *parameters, unsigned k)
{
	json_t *wants = json_loads(steps[k].wants, 0, NULL);
	const char *gives = steps[k].gives;

	n_good = k == 0 ? 0 : n_good;
	if (!wants || n_good != k || !json_equal(wants, parameters)) {
		json_t *got = json_deep_copy(parameters);

		varlink_error(call, INTERFACE ".CertificationError",
			      json_pack("{s:o,s:o}", "wants", wants, "got", got));
		return;
	}
	json_decref(wants);
	n_good++;
	if (gives) {
		varlink_reply(call, json_loads(gives, 0, NULL), false);
	} else if (n_good < sizeof(steps) / sizeof(steps[0])) {
		stream(call);
	} else {
		varlink_reply(call, json_pack("{s:b}", "all_ok", 1), false);
	}
}

#define STEP(k)                                                                                    \
	static void step_##k(struct varlink_call *call, json_t *parameters, void *userdata)        \
	{                                                                                          \
		(void)userdata;                                                                    \
		step(call, parameters, k);                                                         \
	}
STEP(0)
STEP(1)
STEP(2)
STEP(3)
STEP(4)
STEP(5)
STEP(6)
STEP(7)
STEP(8)
STEP(9)
STEP(10)
STEP(11)
STEP(12)

static const struct varlink_method methods[] = {
	{INTERFACE ".Start", 0, step_0},
	{INTERFACE ".Test01", 0, step_1},
	{INTERFACE ".Test02", 0, step_2},
	{INTERFACE ".Test03", 0, step_3},
	{INTERFACE ".Test04", 0, step_4},
	{INTERFACE ".Test05", 0, step_5},
	{INTERFACE ".Test06", 0, step_6},
	{INTERFACE ".Test07", 0, step_7},
	{INTERFACE ".Test08", 0, step_8},
	{INTERFACE ".Test09", 0, step_9},
	{INTERFACE ".Test10", VARLINK_STREAM, step_10},
	{INTERFACE ".Test11", 0, step_11},
	{INTERFACE ".End", 0, step_12},
	{0},
};

static const struct varlink_service service = {.vendor = "berkd",
					       .product = "certified",
					       .version = "1",
					       .url = "https://varlink.org",
					       .interface = INTERFACE,
					       .description = "interface " INTERFACE "\n",
					       .methods = methods};

static int listen_at(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	return fd >= 0 && bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 &&
			       listen(fd, 8) == 0
		       ? fd
		       : -1;
}

int main(int argc, char **argv)
{
	sd_event *event = NULL;
	struct varlink *server = NULL;
	int fd = argc == 2 ? listen_at(argv[1]) : -1;

	if (fd < 0 || sd_event_new(&event) < 0 || varlink_new(event, &service, NULL, &server) < 0 ||
	    varlink_listen(server, fd, false) < 0) {
		(void)fprintf(stderr, "certified SOCKET: it cannot be made\n");
		return 1;
	}
	return sd_event_loop(event) < 0;
}
