/* fuzz_control.c - any bytes on the control socket and on the status socket of a node among two
 * proved peers: all methods, orders too.  Each answer is whole, and who may only ask orders nothing.
 *
 * Input: a byte of flags, then calls, each ended by a NUL. */
#include "berkd/config/config.h"
#include "berkd/control/control.h"
#include "berkd/control/control_private.h"
#include "berkd/control/varlink.h"
#include "common/notice.h"
#include "fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS	     200
#define STAGE_INPUTS 64

enum {
	READ_ONLY = 1,
	LEADS = 2, /* the node has become master */
};

static struct stage stage;
static struct control *control;
static unsigned n_orders;
static bool ordering;

static int read_clocks(void *userdata, mono_t *ret_now, struct clock_pair *ret)
{
	(void)userdata;
	*ret_now = host_clock_boot(&stage.clock, stage.now);
	*ret = stage_pair(&stage);
	return 0;
}

static int give_order(void *userdata, struct node_event *ev, struct order_outcome *ret)
{
	(void)userdata;
	n_orders++;
	ev->type = EV_ORDER;
	ordering = true;
	stage_event(&stage, ev);
	ordering = false;
	ret->verdict = stage.fx.verdict;
	ret->moved_ns = stage.fx.moved_ns;
	ret->takes_ns = stage.fx.takes_ns;
	ret->deaf = stage.fx.deaf;
	return 0;
}

static bool forgive_peer(void *userdata, size_t peer)
{
	(void)userdata;
	(void)peer;
	n_orders++;
	return true;
}

static unsigned n_reloads;

static void end_reloads(void)
{
	static const char *const message = "warning: nothing was read";

	control_on_reloaded(control, n_reloads, n_reloads % 2 ? 0 : -EINVAL, &message, 1);
}

static unsigned reload(void *userdata)
{
	(void)userdata;
	n_orders++;
	return n_orders % 3 == 0 ? 0 : ++n_reloads;
}

static void set_trace(void *userdata, enum notice_level level)
{
	(void)userdata;
	(void)level;
	n_orders++;
}

/* As the daemon does, and never within a method. */
static void pass_on(struct stage *s, const struct effect *e)
{
	char text[NOTICE_TEXT_MAX];

	(void)s;
	if (!control || ordering) {
		return;
	}
	if (e->type == FX_NOTICE) {
		(void)notice_text(&e->notice, NULL, text, sizeof(text));
		control_on_notice(control, &e->notice, text);
	} else if (e->type == FX_CHAT) {
		control_on_chat(control, e->chat);
	}
}

static void check_answers(const char *text, size_t len)
{
	while (len > 0) {
		const char *nul = memchr(text, '\0', len);

		if (!nul) {
			return; /* the rest was not sent */
		}
		json_t *j = json_loadb(text, (size_t)(nul - text), 0, NULL);

		if (!json_is_object(j)) {
			abort();
		}
		json_decref(j);
		len -= (size_t)(nul - text) + 1;
		text = nul + 1;
	}
}

/* A node that no order has changed serves a few inputs. */
static void set_stage(bool leads)
{
	static bool led;
	static unsigned n_inputs;
	struct node_config config = node_config_default();

	if (n_inputs++ % STAGE_INPUTS != 0 && n_orders == 0 && led == leads) {
		return;
	}
	led = leads;
	stage.effect = pass_on;
	stage_open(&stage, &config, 2, 4);
	if (leads) {
		stage_meet_all(&stage);
		stage_wait(&stage, 3 * NS_PER_S);
	}
}

static sd_event *open_control(void)
{
	static struct config config;
	static sd_event *event;
	struct control_grant grant = {.config = &config,
				      .clock = "virtual",
				      .read_clocks = read_clocks,
				      .order = give_order,
				      .forgive = forgive_peer,
				      .reload = reload,
				      .trace = set_trace};

	if (event) {
		return event;
	}
	config_defaults(&config);
	(void)snprintf(config.control_path, sizeof(config.control_path), "%s/control",
		       scratch_path());
	(void)snprintf(config.status_path, sizeof(config.status_path), "%s/status", scratch_path());
	config.control_group[0] = '\0';
	grant.node = stage.node;
	if (sd_event_new(&event) < 0 || control_new(event, &grant, &control) < 0) {
		abort();
	}
	return event;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answers[1 << 20];
	size_t len = 0;
	int pair[2];

	if (size < 2) {
		return 0;
	}
	scratch_hush();
	set_stage(data[0] & LEADS);
	sd_event *event = open_control();

	n_orders = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0 ||
	    varlink_serve(control->server, pair[0], data[0] & READ_ONLY) < 0) {
		abort();
	}
	(void)!write(pair[1], data + 1, size - 1);
	for (unsigned i = 0, idle = 0; i < TURNS && idle < 2; i++) {
		int r = sd_event_run(event, 0);

		if (r < 0) {
			abort();
		}
		idle = r == 0 ? idle + 1 : 0;
		if (idle == 1) {
			end_reloads();
		}
		ssize_t n = read(pair[1], answers + len, sizeof(answers) - len);

		len += n > 0 ? (size_t)n : 0;
		if (idle == 1 && i < TURNS / 2) { /* streams have something to tell */
			stage_wait(&stage, NS_PER_S);
		}
	}
	check_answers(answers, len);
	if ((data[0] & READ_ONLY) && n_orders > 0) {
		abort();
	}
	(void)close(pair[1]);
	while (sd_event_run(event, 0) > 0) {
	}
	return 0;
}
