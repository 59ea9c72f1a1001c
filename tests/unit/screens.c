/* screens.c - see screens.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/command.h"
#include "tests/unit/screens.h"
#include "tests/world/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURNS 2000 /* of the loop, 10 ms each, that a command may take */

static void note_correction(struct stage *s, const struct effect *e)
{
	struct screens *t = (struct screens *)s;

	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_CORRECTION) {
		t->corrected = e->notice;
	}
}

static int read_clocks(void *userdata, mono_t *ret_now, struct clock_pair *ret)
{
	const struct screens *t = userdata;

	*ret_now = host_clock_boot(&t->reign.stage.clock, t->reign.stage.now);
	*ret = stage_pair(&t->reign.stage);
	return 0;
}

/* What is sent of it is heard, and stamped, in further steps: their verdict is ORDER_OK, too. */
static int give_order(void *userdata, struct node_event *ev, struct order_outcome *ret)
{
	struct screens *t = userdata;

	ev->type = EV_ORDER;
	stage_event(&t->reign.stage, ev);
	*ret = t->reign.stage.fx.ordered;
	return 0;
}

static void note_forgotten(void *userdata, node_id host)
{
	struct screens *t = userdata;

	(void)host;
	t->n_forgotten++;
}

static unsigned reload(void *userdata)
{
	struct screens *t = userdata;

	return t->reload ? t->reload(t) : 0;
}

static int history_directory(void *userdata)
{
	return ((const struct screens *)userdata)->history_dir;
}

void open_control(struct screens *t)
{
	const struct control_grant grant = {.node = t->reign.stage.node,
					    .config = &t->config,
					    .clock = "virtual",
					    .saver = t->saver,
					    .userdata = t,
					    .read_clocks = read_clocks,
					    .order = give_order,
					    .forgotten = note_forgotten,
					    .reload = reload,
					    .history_directory = history_directory};

	assert_int_equal(control_new(t->event, &grant, &t->control), 0);
}

void close_stage(struct screens *t)
{
	t->control = control_free(t->control);
	reign_close(&t->reign);
}

struct wish {
	struct screens *t;
	const char *until;
};

static bool serve(void *userdata, const char *text)
{
	const struct wish *w = userdata;

	if (w->t->reloading) {
		w->t->reloading(w->t);
	}
	return w->until && strstr(text, w->until);
}

int run(struct screens *t, int (*cmd)(const struct ctl *), struct ctl ctl, const char *until)
{
	ctl.socket = t->config.control_path;
	return command_run(t->event, cmd, &ctl, TURNS, serve, &(struct wish){t, until}, t->text,
			   sizeof(t->text));
}

const struct ctl plain = {
	.history = -1, .limit = -1, .timeout_ns = -1, .bound_ns = -1, .interval_ns = -1};

struct ctl json(void)
{
	struct ctl c = plain;

	c.json = true;
	return c;
}

void assert_shows(const struct screens *t, const char *wanted)
{
	if (!strstr(t->text, wanted)) {
		fail_msg("no \"%s\" in:\n%s", wanted, t->text);
	}
}

void assert_hides(const struct screens *t, const char *unwanted)
{
	if (strstr(t->text, unwanted)) {
		fail_msg("\"%s\" in:\n%s", unwanted, t->text);
	}
}

struct wire_roster_entry entry_of_other(const struct screens *t)
{
	const struct stage *s = &t->reign.stage;

	return (struct wire_roster_entry){.id = s->puppet[1].trust.id,
					  .name = "other",
					  .addr = s->puppet[1].addr,
					  .priority = 100,
					  .at = stage_pair(s).raw,
					  .wall_offset_ns = 3 * NS_PER_US,
					  .bound_ns = NS_PER_MS,
					  .closure_ns = CLOSURE_UNKNOWN,
					  .weight = 500,
					  .state = MEMBER_SETTLED};
}

void list(struct screens *t, const struct wire_roster_entry *e)
{
	struct wire_msg m = {.type = WIRE_ROSTER,
			     .term = t->reign.term,
			     .roster = {.total = 2, .n = 1, .entry = {*e}}};

	reign_say(&t->reign, &m);
}

int open_screens_of(void **state, unsigned n_puppets)
{
	struct screens *t = calloc(1, sizeof(*t));
	struct node_config c = node_config_default();

	assert_non_null(t);
	t->history_dir = -1;
	snprintf(t->dir, sizeof(t->dir), "/tmp/berkd-screens-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	config_defaults(&t->config);
	snprintf(t->config.control_path, sizeof(t->config.control_path), "%s/control", t->dir);
	snprintf(t->config.status_path, sizeof(t->config.status_path), "%s/status", t->dir);
	t->config.control_group[0] = '\0';
	reign_open(&t->reign, &c, n_puppets);
	t->reign.stage.effect = note_correction;
	reign_lead(&t->reign, 8, 0);

	assert_true(sd_event_new(&t->event) >= 0);
	open_control(t);
	*state = t;
	return 0;
}

int open_screens(void **state)
{
	return open_screens_of(state, 2);
}

int close_screens(void **state)
{
	struct screens *t = *state;

	close_stage(t);
	sd_event_unref(t->event);
	int r = rmdir(t->dir);

	free(t);
	return r;
}
