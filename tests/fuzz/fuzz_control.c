/* fuzz_control.c - any bytes on the control socket and on the status socket of a node among three
 * proved peers: all methods, orders too, while time goes on, peers come and go, and whatever is
 * asked of the system or of the daemon may fail once.  Each answer is whole, and who may only ask
 * orders nothing.
 *
 * Input: two bytes of flags, how a master elsewhere answers an order, those of faults.h, then calls,
 * each ended by a NUL. */
#include "berkd/config/config.h"
#include "berkd/control/control.h"
#include "berkd/control/control_private.h"
#include "berkd/control/varlink.h"
#include "berkd/control/varlink_call.h"
#include "common/notice.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/scratch.h"
#include "tests/world/node.h"
#include "tests/world/reign.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TURNS	     200
#define TURNS_HELD   24 /* while a call is held */
#define STAGE_INPUTS 64
#define CROWD	     70 /* more than a socket takes */
#define TICK_NS	     (NS_PER_S / 4)
#define LATE_NS	     (5 * NS_PER_S)
#define LATE_TURN    16
#define RELOAD_TURN  2
#define HEAD_LEN     3

enum {
	READ_ONLY = 1,
	ROLE = 2 | 4, /* of the node, see below */
	CONNECT = 8,  /* by the socket, and not by varlink_serve() */
	OTHERS =
		16, /* with CONNECT: there are more clients than that takes; else: a fresh server */
	STRANGER = 32, /* the client is not root */
	IN_PARTS = 64, /* the calls come in two parts, the second one is not read from */
	COME_GO = 128, /* peers join, leave, and speak in the chat */
};

enum {
	LISTS = 1,   /* the configuration lists members and masters */
	DEAF = 2,    /* peers do not take orders */
	REVOKED = 4, /* as many hosts as can be */
	SCARCE = 8,  /* what JSON takes of the allocator may fail too */
	SAID = 16,   /* a member says that another is revoked, and waits for more to say so */
	DISK = 32,   /* what was ordered is on its way to the disk, or will not come there: FULL */
	FULL = 64,
	KEPT = 128, /* there is a state directory */
};

enum role_wanted { ALONE = 0, LEADS = 2, FOLLOWS = 4, LEADS_LATER = 6 };

bool __wrap_saver_revoked_is_saved(const struct saver *);
const char *__wrap_saver_error(const struct saver *);
const char *__wrap_saver_remedy(const struct saver *);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

static struct reign reign;
static struct stage *const stage = &reign.stage;
static struct control *control;
static unsigned n_orders, n_clients;
static bool ordering, is_stranger, is_scarce, is_full;

bool __wrap_saver_revoked_is_saved(const struct saver *saver)
{
	(void)saver;
	return false;
}

const char *__wrap_saver_error(const struct saver *saver)
{
	(void)saver;
	return is_full ? "No space left on device" : NULL;
}

const char *__wrap_saver_remedy(const struct saver *saver)
{
	(void)saver;
	return "free some";
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int r = __real_getsockopt(fd, level, name, value, len);

	if (level == SOL_SOCKET && name == SO_PEERCRED && is_stranger) {
		((struct ucred *)value)->uid = 4711;
	}
	return r;
}

void *__real_malloc(size_t);

static void *get_memory(size_t n)
{
	return is_scarce ? malloc(n) : __real_malloc(n);
}

static int read_clocks(void *userdata, mono_t *ret_now, struct clock_pair *ret)
{
	(void)userdata;
	if (fault_here(FAULT_OWN)) {
		return -EIO;
	}
	*ret_now = host_clock_boot(&stage->clock, stage->now);
	*ret = stage_pair(stage);
	return 0;
}

static int give_order(void *userdata, struct node_event *ev, struct order_outcome *ret)
{
	(void)userdata;
	n_orders++;
	if (fault_here(FAULT_OWN)) {
		return -EIO;
	}
	ev->type = EV_ORDER;
	ordering = true;
	stage_event(stage, ev);
	ordering = false;
	*ret = stage->fx.ordered;
	return 0;
}

static bool forgive_peer(void *userdata, size_t peer, bool dry_run)
{
	(void)userdata;
	(void)peer;
	(void)dry_run;
	n_orders++;
	return !fault_here(FAULT_OWN);
}

static void note_forgotten(void *userdata, node_id host)
{
	(void)userdata;
	(void)host;
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
	if (fault_here(FAULT_OWN)) {
		return 0;
	}
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
	} else if (e->type == FX_PRIVATE) {
		control_on_private(control, e->chat);
	} else if (e->type == FX_PRIVATE_DONE) {
		control_on_private_done(control, e->private_done.to, e->private_done.outcome);
	} else if (e->type == FX_ORDERED) {
		control_on_ordered(control, &e->ordered);
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

static void revoke_many(void)
{
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_REVOKE}};

	for (ev.order.peer = 1; ev.order.peer <= REVOKED_MAX; ev.order.peer++) {
		stage_event(stage, &ev);
	}
}

static void say_revoked(void)
{
	struct wire_msg m = {.type = WIRE_REVOKED, .revoked = {.list = 1, .n = 1}};

	m.revoked.entry[0] = (struct revocation){stage->puppet[1].trust.id, 1, true};
	if (session_can_send(&stage->puppet[0].session)) {
		stage_say(stage, 0, &m);
	}
}

static void open_stage(enum role_wanted role, unsigned more)
{
	struct node_config config = node_config_default();

	if (role == FOLLOWS) {
		reign_close(&reign);
		reign_open(&reign, &config, 3);
		stage->effect = pass_on;
		reign_lead(&reign, 3, 0);
		return;
	}
	stage->effect = pass_on;
	stage_open(stage, &config, 3, 2 * STAGE_PUPPETS_MAX);
	for (unsigned k = 0; (more & DEAF) && k < stage->n_puppets; k++) {
		stage->puppet[k].deaf = k == 0 ? DEAF_UNLISTED : DEAF_ENOUGH;
	}
	if (role == LEADS) {
		stage_meet_all(stage);
		stage_wait(stage, 3 * NS_PER_S);
	}
}

/* A node that no order has changed serves a few inputs. */
static void set_stage(enum role_wanted role, unsigned more)
{
	static enum role_wanted was = ALONE;
	static unsigned was_more, n_inputs;

	more &= DEAF | REVOKED | SAID;
	if (n_inputs++ % STAGE_INPUTS != 0 && n_orders == 0 && was == role && was_more == more &&
	    role != LEADS_LATER) {
		return;
	}
	was = role;
	was_more = more;
	open_stage(role, more);
	if (more & REVOKED) {
		revoke_many();
	}
	if (more & SAID) {
		say_revoked();
	}
}

/* A member, and somebody who was never here; a master, who is not that member. */
static void set_lists(struct config *config, bool any)
{
	config->n_member_keys = any ? 2 : 0;
	config->n_master_keys = any ? 1 : 0;
	memcpy(config->member_keys[0], stage->puppet[1].trust.pub, KEY_LEN);
	memset(config->member_keys[1], 1, KEY_LEN);
	memcpy(config->master_keys[0], stage->puppet[0].trust.pub, KEY_LEN);
}

/* A server that has served some inputs makes room for another. */
static sd_event *open_control(bool fresh, unsigned more)
{
	static int saver; /* nothing looks into it but what is replaced above */
	static struct config config;
	static sd_event *event;
	struct control_grant grant = {.config = &config,
				      .clock = "virtual",
				      .read_clocks = read_clocks,
				      .order = give_order,
				      .forgive = forgive_peer,
				      .forgotten = note_forgotten,
				      .reload = reload,
				      .trace = set_trace};

	if (!event && (sd_event_new(&event) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)) {
		abort();
	}
	if (control && !fresh && n_clients < STAGE_INPUTS) {
		set_lists(&config, more & LISTS);
		config.state = more & KEPT;
		control->grant.saver = more & DISK ? (const struct saver *)&saver : NULL;
		return event;
	}
	control = control_free(control);
	n_clients = 0;
	config_defaults(&config);
	(void)snprintf(config.control_path, sizeof(config.control_path), "%s/control",
		       scratch_path());
	(void)snprintf(config.status_path, sizeof(config.status_path), "%s/status", scratch_path());
	config.control_group[0] = '\0';
	set_lists(&config, more & LISTS);
	config.state = more & KEPT;
	config.n_peers = 2;
	(void)snprintf(config.peers[0].text, sizeof(config.peers[0].text), "attic");
	(void)snprintf(config.peers[1].text, sizeof(config.peers[1].text), "cellar");
	grant.node = stage->node;
	grant.saver = more & DISK ? (const struct saver *)&saver : NULL;
	return control_new(event, &grant, &control) == 0 ? event : NULL;
}

static int connect_socket(const char *name)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", scratch_path(), name);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The client's end of a connection; its other end is served. */
static int open_client(unsigned flags)
{
	const char *name = flags & READ_ONLY ? "status" : "control";
	int pair[2];

	if (flags & CONNECT) {
		return connect_socket(name);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		abort();
	}
	if (varlink_serve(control->server, pair[0], flags & READ_ONLY) < 0) {
		close(pair[1]);
		return -1;
	}
	return pair[1];
}

/* Somebody joins, says something, leaves. */
static void come_and_go(unsigned turn)
{
	struct wire_msg bye = {.type = WIRE_BYE, .term = stage_status(stage).term};
	struct node_event say = {.type = EV_ORDER,
				 .order = {.order = ORDER_CHAT, .text = "here", .text_len = 4}};
	struct wire_msg hint = {
		.type = WIRE_PRIVATE,
		.private_line = {.origin_seq = 1 + turn, .len = 1, .text = "x", .name = "a"}};

	if (turn == 3 && session_can_send(&stage->puppet[0].session)) {
		stage_say(stage, 0, &hint);
	} else if (turn == 2) {
		(void)stage_try_meet(stage, 1);
		stage->puppet[1].answers_polls = true;
	} else if (turn == 4) {
		ordering = false;
		stage_event(stage, &say);
	} else if (turn == 6) {
		for (unsigned k = 0; k < stage->n_puppets; k++) {
			stage->puppet[k].answers_polls = stage->puppet[k].grants = false;
		}
		if (session_can_send(&stage->puppet[1].session)) {
			stage_say(stage, 1, &bye);
		}
	}
}

/* A master elsewhere answers, or does not (0): who does not take the order may be many. */
static void answer_order(uint8_t how)
{
	struct puppet *p = &stage->puppet[0];
	struct wire_msg reply = {.type = WIRE_ORDER_REPLY, .term = p->heard[WIRE_ORDER].term};
	struct wire_order_reply *r = &reply.order_reply;

	r->seq = p->heard[WIRE_ORDER].order.seq;
	r->verdict = (uint8_t)((how - 1U) % ORDER_MAX_);
	if (how == 0 || r->seq == 0 || r->verdict == ORDER_SENT || !session_can_send(&p->session)) {
		return;
	}
	r->moved_ns = r->takes_ns = NS_PER_S;
	if (r->verdict == ORDER_NOT_TRUSTED) {
		r->deaf.n_named = how < 128 ? 2 : WIRE_DEAF_MAX;
		r->deaf.n = how < 128 ? 2 : 2 * WIRE_DEAF_MAX;
	}
	for (unsigned i = 0; i < r->deaf.n_named; i++) {
		r->deaf.host[i].id = i == 0 ? p->trust.id : i;
		r->deaf.host[i].why = (uint8_t)(1 + i % (DEAF_MAX_ - 1));
	}
	p->heard[WIRE_ORDER].order.seq = 0;
	stage_say(stage, 0, &reply);
}

/* Whoever a line is for answers it, or does not (3). */
static void answer_private(uint8_t how)
{
	for (unsigned k = 0; k < stage->n_puppets; k++) {
		struct puppet *p = &stage->puppet[k];
		uint64_t *seq = &p->heard[WIRE_PRIVATE].private_line.origin_seq;
		struct wire_msg reply = {.type = WIRE_PRIVATE_REPLY,
					 .private_reply = {*seq, how % (PRIVATE_SILENT + 1)}};

		if (*seq != 0 && reply.private_reply.outcome != PRIVATE_SILENT &&
		    session_can_send(&p->session)) {
			*seq = 0;
			stage_say(stage, k, &reply);
		}
	}
}

static bool is_any_held(void)
{
	return varlink_next_held(control->server, NULL) != NULL;
}

/* Serve until there is nothing more to do; what was answered is in @ret. */
static size_t serve_calls(sd_event *event, int fd, unsigned flags, uint8_t how, char *ret,
			  size_t size)
{
	size_t len = 0;

	for (unsigned i = 0, idle = 0, held = 0; i < TURNS && idle < 2 && held < TURNS_HELD; i++) {
		int r = sd_event_run(event, 0);

		if (r < 0) {
			abort();
		}
		idle = r == 0 ? idle + 1 : 0;
		ssize_t n = flags & IN_PARTS ? 0 : read(fd, ret + len, size - len);

		len += n > 0 ? (size_t)n : 0;
		held += is_any_held();
		if (held == RELOAD_TURN) {
			end_reloads();
		}
		if (idle == 1 || held > 0) { /* streams have something to tell */
			answer_order(how);
			answer_private(how);
			if (flags & COME_GO) {
				come_and_go(held);
			}
			stage_wait(stage, held == LATE_TURN ? LATE_NS : TICK_NS);
		}
	}
	return len;
}

static void close_clients(sd_event *event, int fd, int *other, unsigned n)
{
	(void)close(fd);
	while (n > 0) {
		(void)close(other[--n]);
	}
	for (unsigned i = 0; i < TURNS && sd_event_run(event, 0) > 0; i++) {
	}
}

/* All calls in one write, or in two. */
static void call(sd_event *event, int fd, unsigned flags, uint8_t how, const uint8_t *data,
		 size_t size)
{
	static char answers[1 << 20];
	size_t part = flags & IN_PARTS ? size / 2 : size;

	(void)!write(fd, data, part);
	size_t len = serve_calls(event, fd, flags, how, answers, sizeof(answers));

	(void)!write(fd, data + part, size - part);
	len += part < size ? serve_calls(event, fd, flags & ~(unsigned)IN_PARTS, how, answers + len,
					 sizeof(answers) - len)
			   : 0;
	fault_disarm();
	check_answers(answers, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int other[CROWD];
	unsigned n_others = 0;

	if (size < HEAD_LEN + 1 + FAULT_LEN) {
		return 0;
	}
	unsigned flags = data[0], more = data[1];
	uint8_t how = data[2];

	data += HEAD_LEN;
	size -= HEAD_LEN;
	scratch_hush();
	json_set_alloc_funcs(get_memory, free);
	set_stage((enum role_wanted)(flags & ROLE), more);
	fault_arm(&data, &size);
	is_scarce = more & SCARCE;
	is_full = more & FULL;
	sd_event *event = open_control((flags & (OTHERS | CONNECT)) == OTHERS, more);

	n_orders = 0;
	if (!event) {
		fault_disarm();
		return 0;
	}
	control->grant.node = stage->node;
	is_stranger = flags & STRANGER;
	for (; (flags & OTHERS) && (flags & CONNECT) && n_others < CROWD; n_others++) {
		other[n_others] = connect_socket(flags & READ_ONLY ? "status" : "control");
		(void)sd_event_run(event, 0);
	}
	int fd = open_client(flags);

	n_clients++;
	if (fd >= 0) {
		call(event, fd, flags, how, data, size);
	}
	fault_disarm();
	if ((flags & READ_ONLY) && n_orders > 0) {
		abort();
	}
	close_clients(event, fd, other, n_others);
	return 0;
}
