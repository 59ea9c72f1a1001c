/* test_control.c - the control sockets of a real daemon that knows nobody: who may ask what, what
 * the answers say, and whose sockets are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "berk/term.h"
#include "berkctl/client.h"
#include "berkd/config/load.h"
#include "berkd/control/control.h"
#include "berkd/daemon.h"
#include "berkd/feed.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/words.h"
#include "core/node/state.h"
#include "core/node/table.h"
#include "core/wire/trust.h"

static struct daemon *the_daemon;
static struct config config;
static char dir[64];

struct fixture {
	struct client *client;
	struct answer answer;
};

static void pump(void)
{
	for (unsigned idle = 0; idle < 2;) {
		int r = sd_event_run(the_daemon->event, 0);

		assert_true(r >= 0);
		idle = r == 0 ? idle + 1 : 0;
	}
}

static void use(struct fixture *f, const char *path)
{
	f->client = client_free(f->client);
	assert_int_equal(client_new(path, &f->client), 0);
}

static void next(struct fixture *f)
{
	pump();
	answer_fini(&f->answer);
	assert_int_equal(client_next(f->client, 0, &f->answer), 0);
}

static void ask(struct fixture *f, const char *method, const char *parameters, bool more)
{
	assert_int_equal(client_send(f->client, method, json_loads(parameters, 0, NULL), more), 0);
	next(f);
}

static const json_t *get(const struct fixture *f, const char *key)
{
	return json_object_get(f->answer.parameters, key);
}

static void assert_error(struct fixture *f, const char *name)
{
	assert_non_null(f->answer.error);
	assert_string_equal(f->answer.error, name);
}

static void assert_string(const json_t *j, const char *key, const char *wanted)
{
	assert_true(json_is_string(json_object_get(j, key)));
	assert_string_equal(json_string_value(json_object_get(j, key)), wanted);
}

static int read_clocks(void *userdata, mono_t *ret_now, struct clock_pair *ret)
{
	struct node_event ev;

	(void)userdata;
	assert_int_equal(feed_stamp(the_daemon, &ev), 0);
	*ret_now = ev.now;
	*ret = ev.pair;
	return 0;
}

/* One more server beside the daemon's, or in its place. */
static int new_control(struct control **ret)
{
	const struct control_grant grant = {.node = the_daemon->node,
					    .config = &the_daemon->config,
					    .clock = "virtual",
					    .read_clocks = read_clocks};

	return control_new(the_daemon->event, &grant, ret);
}

static void own_id(struct fixture *f, char ret[static 17])
{
	ask(f, "Status", "{}", false);
	snprintf(ret, 17, "%s", json_string_value(json_object_get(get(f, "status"), "id")));
	assert_int_equal(strlen(ret), 16);
}

/* --- Rules --- */

static void status_leaves_out_what_is_not_known(void **state)
{
	struct fixture *f = *state;

	ask(f, "Status", "{}", false);
	const json_t *s = get(f, "status");

	assert_string(s, "name", "lonely");
	assert_string(s, "role", "none");
	assert_string(s, "clock", "virtual");
	assert_true(json_is_false(json_object_get(s, "synced")));
	assert_int_equal(json_integer_value(json_object_get(s, "poll_ns")) > 0, 1);
	assert_null(json_object_get(s, "master"));
	assert_null(json_object_get(s, "bound_ns"));
	assert_null(json_object_get(s, "offset_ns"));
}

static void fail_by_complaint(void *userdata, const char *message)
{
	(void)userdata;
	fail_msg("%s", message);
}

static void shown_public_key_can_be_pasted_into_the_configuration(void **state)
{
	static struct config pinned;
	struct fixture *f = *state;
	char text[256], hex[2 * KEY_LEN + 1], id[17];

	own_id(f, id);
	const char *shown = json_string_value(json_object_get(get(f, "status"), "public_key"));

	assert_non_null(shown);
	snprintf(text, sizeof(text), "[group]\nmembers = %s\nmasters =\n    %s\n", shown, shown);
	config_defaults(&pinned);
	assert_int_equal(config_parse(&pinned, "f", text, strlen(text), fail_by_complaint, NULL),
			 0);
	assert_int_equal(pinned.n_member_keys, 1);
	assert_int_equal(pinned.n_master_keys, 1);
	assert_memory_equal(pinned.member_keys[0], pinned.master_keys[0], KEY_LEN);
	assert_string_equal(sodium_bin2hex(hex, sizeof(hex), pinned.member_keys[0], KEY_LEN),
			    shown);
	/* It is this host's: the id is made from it. */
	snprintf(text, sizeof(text), "%016" PRIx64, id_from_key(pinned.member_keys[0]));
	assert_string_equal(text, id);
	ask(f, "Members", "{}", false);
	assert_string(json_array_get(get(f, "members"), 0), "public_key", hex);
}

static void members_begin_with_this_host(void **state)
{
	struct fixture *f = *state;

	ask(f, "Members", "{}", false);
	assert_int_equal(json_array_size(get(f, "members")), 1);
	const json_t *m = json_array_get(get(f, "members"), 0);

	assert_string(m, "name", "lonely");
	assert_true(json_is_true(json_object_get(m, "self")));
	assert_null(json_object_get(m, "bound_ns"));
}

static void knocks_have_each_configured_peer(void **state)
{
	static const struct addr there = {.ip = {[10] = 255, 255, 10, 0, 0, 2}, .port = 5252};
	struct config *c = &the_daemon->config;
	struct fixture *f = *state;

	ask(f, "Knocks", "{}", false);
	assert_int_equal(json_array_size(get(f, "peers")), 0);
	c->n_peers = 2;
	c->peers[0] = (struct config_peer){.text = "nowhere",
					   .state = CONFIG_PEER_MISSING,
					   .since = {host_clock_ns(CLOCK_BOOTTIME) - NS_PER_S}};
	c->peers[1] = (struct config_peer){.text = "there", .addr = {there}, .n_addr = 1};
	assert_true(node_add_contact(the_daemon->node, &there, 0));
	ask(f, "Knocks", "{}", false);
	assert_int_equal(json_array_size(get(f, "peers")), 2);
	const json_t *nowhere = json_array_get(get(f, "peers"), 0);
	const json_t *known = json_array_get(get(f, "peers"), 1);

	assert_string(nowhere, "peer", "nowhere");
	assert_string(nowhere, "state", "no-address");
	assert_null(json_object_get(nowhere, "address"));
	assert_in_range(json_integer_value(json_object_get(nowhere, "unresolved_ago_ns")), NS_PER_S,
			1000 * NS_PER_S);
	assert_null(json_object_get(known, "unresolved_ago_ns"));
	assert_string(known, "state", "never-met");
	assert_string(known, "address", "10.0.0.2:5252");
	assert_null(json_object_get(known, "heard_ago_ns"));
	assert_int_equal(json_array_size(get(f, "refused")), 0);
	c->n_peers = 0;
	node_remove_contact(the_daemon->node, &there);
}

static void host_is_a_name_or_the_beginning_of_an_id(void **state)
{
	struct fixture *f = *state;
	char id[17], parameters[64];

	own_id(f, id);
	ask(f, "Why", "{\"host\":\"lonely\"}", false);
	assert_string(get(f, "member"), "id", id);
	assert_true(json_is_false(get(f, "counts")));
	snprintf(parameters, sizeof(parameters), "{\"host\":\"%.4s\"}", id);
	ask(f, "Why", parameters, false);
	assert_null(f->answer.error);
	assert_string(get(f, "member"), "name", "lonely");
	snprintf(parameters, sizeof(parameters), "{\"host\":\"%.3s\"}", id);
	ask(f, "Why", parameters, false);
	assert_error(f, "net.berkd.NoSuchHost");
	assert_string(f->answer.parameters, "host", (char[]){id[0], id[1], id[2], '\0'});
	ask(f, "Why", "{\"host\":7}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
}

static void status_socket_refuses_each_order(void **state)
{
	static const char *const orders[] = {"Transfer", "StepDown",   "Step",	   "Exclude",
					     "Include",	 "Reload",     "SetTrace", "ChatSend",
					     "SetTime",	 "Revoke",     "Hold",	   "Resume",
					     "Forget",	 "ChatPrivate"};
	struct fixture *f = *state;

	use(f, config.status_path);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		ask(f, orders[i], "{\"host\":\"lonely\",\"text\":\"x\",\"level\":\"err\"}", false);
		assert_error(f, "net.berkd.NotPermitted");
	}
	ask(f, "Status", "{}", false);
	assert_null(f->answer.error);
}

/* The row of Trust on @id, or NULL. */
static const json_t *trusted(const struct fixture *f, const char *id)
{
	const json_t *h;
	size_t i;

	json_array_foreach(get(f, "hosts"), i, h)
	{
		if (strcmp(json_string_value(json_object_get(h, "id")), id) == 0) {
			return h;
		}
	}
	return NULL;
}

/* Whoever is revoked was perhaps never here. */
static void a_key_that_nobody_has_seen_is_revoked_and_trusted_again(void **state)
{
	static const char key[] =
		"{\"host\":\"5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66\"}";
	struct fixture *f = *state;
	char id[17], parameters[64], other[17];

	own_id(f, id);
	snprintf(parameters, sizeof(parameters), "{\"host\":\"%s\"}", id);
	ask(f, "Revoke", parameters, false);
	assert_error(f, "net.berkd.OwnIdentity");
	ask(f, "Revoke", "{\"host\":\"nobody\"}", false);
	assert_error(f, "net.berkd.NoSuchHost");
	ask(f, "Revoke", "{}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "Revoke", key, false);
	assert_null(f->answer.error);
	assert_true(json_is_true(json_object_get(get(f, "revocation"), "revoked")));
	assert_string(get(f, "revocation"), "rule", "each");
	snprintf(other, sizeof(other), "%s",
		 json_string_value(json_object_get(get(f, "revocation"), "id")));
	use(f, config.status_path);
	ask(f, "Trust", "{}", false);
	assert_string(trusted(f, id), "trust", "self");
	assert_string(trusted(f, other), "trust", "revoked");
	assert_true(json_is_false(json_object_get(trusted(f, other), "may_lead")));
	assert_string(f->answer.parameters, "config", config.path);
	use(f, config.control_path);
	snprintf(parameters, sizeof(parameters), "{\"host\":\"%.6s\",\"undo\":true}", other);
	ask(f, "Revoke", parameters, false);
	assert_null(f->answer.error);
	ask(f, "Trust", "{}", false);
	assert_null(trusted(f, other));
	snprintf(parameters, sizeof(parameters), "{\"host\":\"%s\",\"undo\":true}", other);
	ask(f, "Revoke", parameters, false);
	assert_error(f, "net.berkd.NotRevoked");
}

static void order_that_cannot_be_is_answered_with_its_reason(void **state)
{
	struct fixture *f = *state;

	ask(f, "Transfer", "{}", false);
	assert_error(f, "net.berkd.NotMaster");
	ask(f, "Transfer", "{\"host\":\"nobody\"}", false);
	assert_error(f, "net.berkd.NoSuchHost");
	ask(f, "Exclude", "{}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "Step", "{}", false);
	assert_error(f, "net.berkd.NoLine");
	ask(f, "SetTime", "{\"wall_ns\":1795780800000000000}", false);
	assert_error(f, "net.berkd.NotMaster");
	ask(f, "SetTime", "{\"shift_ns\":-1000000}", false); /* it moves back, too */
	assert_error(f, "net.berkd.NotMaster");
	ask(f, "SetTime", "{\"dry_run\":true}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "SetTime", "{\"wall_ns\":1,\"shift_ns\":1}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "Hold", "{\"for_ns\":999999999}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "Hold", "{\"for_ns\":1800000000001}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "SetTrace", "{\"level\":\"loud\"}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "SetTrace", "{\"level\":\"debug\"}", false);
	assert_true(log_shows(LEVEL_DEBUG));
	ask(f, "SetTrace", "{\"level\":\"error\"}", false);
	assert_null(f->answer.error);
	assert_true(log_shows(LEVEL_ERR) && !log_shows(LEVEL_WARNING));
}

static void chat_takes_lines_until_its_outbox_is_full(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	ask(f, "ChatSend", "{\"text\":\"\"}", false);
	assert_error(f, "net.berkd.BadText");
	ask(f, "ChatSend", "{\"text\":1}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	do {
		ask(f, "ChatSend", "{\"text\":\"hello\"}", false);
	} while (!f->answer.error && ++n < 1000);
	assert_error(f, "net.berkd.ChatFull");
	assert_int_equal(n, CHAT_OWN_LINES);
}

static void chat_follower_is_given_each_line_that_is_shown(void **state)
{
	struct wire_chat_line line = {.pos = {1, 9},
				      .origin = 0xabc,
				      .wall_ns = 5,
				      .len = 3,
				      .text = "hi\x07",
				      .name = "beta"};
	struct fixture *f = *state;

	assert_int_equal(client_send(f->client, "ChatFollow", NULL, true), 0);
	pump();
	control_on_chat(the_daemon->control, &line);
	next(f);
	assert_true(f->answer.continues);
	const json_t *e = get(f, "event");

	assert_string(e, "event", "line");
	assert_string(e, "id", "0000000000000abc");
	assert_string(e, "name", "beta");
	assert_string(e, "text", "hi\x07");
	assert_int_equal(json_integer_value(json_object_get(e, "index")), 9);
	assert_int_equal(json_integer_value(json_object_get(e, "wall_ns")), 5);
	assert_true(json_is_false(json_object_get(e, "name_held")));
}

/* T17: a name is its sender's claim. */
static void a_name_that_another_key_holds_is_told(void **state)
{
	struct wire_chat_line line = {
		.pos = {1, 10}, .origin = 0xabc, .len = 2, .text = "hi", .name = "lonely"};
	struct member_view self;
	struct fixture *f = *state;

	assert_int_equal(client_send(f->client, "ChatFollow", NULL, true), 0);
	pump();
	control_on_chat(the_daemon->control, &line); /* our name, another's id */
	next(f);
	assert_true(json_is_true(json_object_get(get(f, "event"), "name_held")));
	assert_true(node_member(the_daemon->node, &(size_t){0}, (mono_t){0}, (struct clock_pair){0},
				&self));
	line.origin = self.id;
	control_on_chat(the_daemon->control, &line);
	next(f);
	assert_true(json_is_false(json_object_get(get(f, "event"), "name_held")));
	memcpy(line.name, "boss", 5); /* our id, another name: a master may write what it likes */
	control_on_chat(the_daemon->control, &line);
	next(f);
	assert_true(json_is_true(json_object_get(get(f, "event"), "name_held")));
}

static void a_private_line_is_marked_and_has_no_place(void **state)
{
	struct wire_chat_line line = {.pos = {1, 11}, .origin = 0xabc, .len = 2, .text = "hi"};
	struct fixture *f = *state;

	assert_false(control_chat_is_read(the_daemon->control));
	assert_int_equal(client_send(f->client, "ChatFollow", NULL, true), 0);
	pump();
	assert_true(control_chat_is_read(the_daemon->control));
	control_on_chat(the_daemon->control, &line);
	next(f);
	assert_null(json_object_get(get(f, "event"), "private"));
	line.pos = (struct chat_pos){0};
	control_on_private(the_daemon->control, &line);
	next(f);
	assert_string(get(f, "event"), "text", "hi");
	assert_true(json_is_true(json_object_get(get(f, "event"), "private")));
	assert_null(json_object_get(get(f, "event"), "index"));
	use(f, config.control_path); /* no history has it, ... */
	assert_int_equal(client_send(f->client, "ChatFollow", json_pack("{s:i}", "history", 9),
				     true),
			 0);
	pump();
	assert_int_equal(client_next(f->client, 0, &f->answer), -ETIMEDOUT);
}

/* As if it had been met just now: nobody is at its address. */
static struct peer *meet(node_id id, const char *name)
{
	struct node *n = the_daemon->node;
	struct peer *p = peer_add(n, id, PEER_PROVED);

	assert_non_null(p);
	p->heard = (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

static void who_says_a_line_to_one_host_hears_what_became_of_it(void **state)
{
	static const char *const errors[] = {
		[PRIVATE_SHOWN] = NULL,
		[PRIVATE_UNREAD] = "net.berkd.NobodyReads",
		[PRIVATE_FULL] = "net.berkd.ChatFull",
		[PRIVATE_SILENT] = "net.berkd.HostSilent",
	};
	static const char *const to_beta = "{\"host\":\"beta\",\"text\":\"hi\"}";
	struct fixture *f = *state;
	struct peer *p[2] = {meet(0x1111111111111111, "beta"), meet(0x2222222222222222, "gamma")};

	ask(f, "ChatPrivate", "{\"host\":\"beta\"}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
	ask(f, "ChatPrivate", "{\"host\":\"nobody\",\"text\":\"hi\"}", false);
	assert_error(f, "net.berkd.NoSuchHost");
	ask(f, "ChatPrivate", "{\"host\":\"lonely\",\"text\":\"hi\"}", false);
	assert_error(f, "net.berkd.OwnHost");
	for (unsigned k = 0; k < sizeof(errors) / sizeof(errors[0]); k++) {
		assert_int_equal(client_send(f->client, "ChatPrivate", json_loads(to_beta, 0, NULL),
					     false),
				 0);
		pump();
		assert_int_equal(client_next(f->client, 0, &f->answer), -ETIMEDOUT);
		the_daemon->node->chat.private.to = 0; /* it is over, as the core says: */
		control_on_private_done(the_daemon->control, p[0]->id, (enum private_outcome)k);
		next(f);
		assert_true(!errors[k] == !f->answer.error);
		if (errors[k]) {
			assert_error(f, errors[k]);
		}
	}
	assert_string(f->answer.parameters, "host", "beta");
	control_on_private_done(the_daemon->control, p[0]->id, PRIVATE_SHOWN); /* nobody waits */
	(void)snprintf(p[1]->name, sizeof(p[1]->name), "beta");
	ask(f, "ChatPrivate", to_beta, false); /* no guess */
	assert_error(f, "net.berkd.AmbiguousHost");
	p[1]->used = false;
	p[0]->heard = MONO_LONG_AGO;
	ask(f, "ChatPrivate", to_beta, false);
	assert_error(f, "net.berkd.HostAway");
	p[0]->used = false;
}

static void monitor_gives_the_status_and_then_notices(void **state)
{
	struct notice n = {.kind = NOTICE_MEMBER_EXCLUDED,
			   .level = LEVEL_NOTICE,
			   .peer = 0xabc,
			   .member_excluded = {.reason = REASON_FALSETICKER,
					       .off_ns = 2 * NS_PER_S}};
	struct fixture *f = *state;

	ask(f, "Monitor", "{}", true);
	assert_non_null(get(f, "status"));
	control_on_notice(the_daemon->control, &n, "gamma is out");
	next(f);
	const json_t *j = get(f, "notice");

	assert_string(j, "kind", "member-excluded");
	assert_string(j, "level", "notice");
	assert_string(j, "text", "gamma is out");
	assert_string(j, "peer", "0000000000000abc");
	const json_t *fields = json_object_get(j, "fields");

	assert_string(fields, "reason", "falseticker");
	assert_int_equal(json_integer_value(json_object_get(fields, "off_ns")), 2 * NS_PER_S);
	n = (struct notice){.kind = NOTICE_FOLLOWS_MASTER, .level = LEVEL_NOTICE, .peer = 0xabc};
	n.follows_master.term = UINT64_C(7) << TERM_TAG_BITS | 0xabc;
	control_on_notice(the_daemon->control, &n, "a term");
	next(f);
	fields = json_object_get(get(f, "notice"), "fields");
	assert_int_equal(json_integer_value(json_object_get(fields, "term")), 7);
	assert_string(fields, "term_full", "0000007000000abc");
}

static void wait_for_sync_ends_with_its_time_and_the_reason(void **state)
{
	struct fixture *f = *state;

	ask(f, "WaitSync", "{\"timeout_ns\":0}", false);
	assert_error(f, "net.berkd.TimedOut");
	assert_string(f->answer.parameters, "lack", "company");
	assert_string(f->answer.parameters, "lack_text", texts_lack[LACK_COMPANY]);
	ask(f, "WaitSync", "{\"timeout_ns\":-1}", false);
	assert_error(f, "org.varlink.service.InvalidParameter");
}

static void rounds_of_a_host_that_led_none_are_none(void **state)
{
	struct fixture *f = *state;

	ask(f, "Rounds", "{\"limit\":3}", false);
	assert_int_equal(json_array_size(get(f, "rounds")), 0);
	assert_true(json_is_false(get(f, "leading")));
}

static void sockets_have_the_modes_of_their_purpose(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(config.control_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600); /* no group is named */
	assert_int_equal(stat(config.status_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
}

static void living_socket_is_left_alone(void **state)
{
	struct control *second = NULL;

	assert_int_equal(new_control(&second), -EADDRINUSE);
	ask(*state, "Status", "{}", false); /* the first one still answers, also newcomers: */
	use(*state, config.control_path);
	ask(*state, "Status", "{}", false);
}

static void dead_socket_is_replaced_but_no_file(void **state)
{
	struct fixture *f = *state;
	char path[sizeof(config.control_path)];

	the_daemon->control = control_free(the_daemon->control);
	assert_int_equal(access(config.control_path, F_OK), -1); /* ours went with it */

	memcpy(path, config.control_path, sizeof(path));
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(new_control(&the_daemon->control), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);

	/* What a killed daemon leaves: a name that nobody listens at. */
	assert_int_equal(new_control(&the_daemon->control), 0);
	char moved[sizeof(path) + 8];

	snprintf(moved, sizeof(moved), "%s.old", path);
	assert_int_equal(rename(path, moved), 0);
	the_daemon->control = control_free(the_daemon->control);
	assert_int_equal(rename(moved, path), 0);
	assert_int_equal(new_control(&the_daemon->control), 0);
	use(f, path);
	ask(f, "Status", "{}", false);
	assert_null(f->answer.error);
}

/* --- Fixture --- */

static int open_client(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	use(f, config.control_path);
	*state = f;
	return 0;
}

static int close_client(void **state)
{
	struct fixture *f = *state;

	answer_fini(&f->answer);
	client_free(f->client);
	free(f);
	pump();
	return 0;
}

static int start(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/berkd-control-XXXXXX");
	assert_non_null(mkdtemp(dir));
	config_defaults(&config);
	snprintf(config.node_name, sizeof(config.node_name), "lonely");
	snprintf(config.control_path, sizeof(config.control_path), "%s/run/control", dir);
	snprintf(config.status_path, sizeof(config.status_path), "%s/run/status", dir);
	config.control_group[0] = '\0';
	config.control = true;
	config.discovery = config.netlink = config.state = config.ipv6 = false;
	config.driver = CONFIG_CLOCK_VIRTUAL;
	config.log_level = LEVEL_ERR;
	config.port = (uint16_t)(20000 + getpid() % 20000);
	config.priority = 0; /* stays without a master, however long this takes */
	if (daemon_new(&config, &the_daemon) < 0) {
		return -1;
	}
	struct node_event ev = {.type = EV_START};

	return feed_stamp(the_daemon, &ev) < 0 || feed_event(the_daemon, &ev) != ORDER_OK ? -1 : 0;
}

static int stop(void **state)
{
	char path[sizeof(dir) + 8];

	(void)state;
	the_daemon = daemon_free(the_daemon);
	snprintf(path, sizeof(path), "%s/run", dir);
	return rmdir(path) < 0 || rmdir(dir) < 0 ? -1 : 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_client)
	const struct CMUnitTest tests[] = {
		TEST(status_leaves_out_what_is_not_known),
		TEST(shown_public_key_can_be_pasted_into_the_configuration),
		TEST(members_begin_with_this_host),
		TEST(knocks_have_each_configured_peer),
		TEST(host_is_a_name_or_the_beginning_of_an_id),
		TEST(status_socket_refuses_each_order),
		TEST(a_key_that_nobody_has_seen_is_revoked_and_trusted_again),
		TEST(order_that_cannot_be_is_answered_with_its_reason),
		TEST(chat_takes_lines_until_its_outbox_is_full),
		TEST(chat_follower_is_given_each_line_that_is_shown),
		TEST(a_private_line_is_marked_and_has_no_place),
		TEST(who_says_a_line_to_one_host_hears_what_became_of_it),
		TEST(a_name_that_another_key_holds_is_told),
		TEST(monitor_gives_the_status_and_then_notices),
		TEST(wait_for_sync_ends_with_its_time_and_the_reason),
		TEST(rounds_of_a_host_that_led_none_are_none),
		TEST(sockets_have_the_modes_of_their_purpose),
		TEST(living_socket_is_left_alone),
		TEST(dead_socket_is_replaced_but_no_file),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
