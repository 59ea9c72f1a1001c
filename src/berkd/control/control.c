/* control.c - the control socket and the status socket, and the methods that they offer.
 *
 * Both speak the interface net.berkd (net.berkd.varlink).  The control socket is for root and the
 * configured group; the status socket is for everybody and refuses what changes anything.  Both are
 * made here and live as long as the daemon.  Were they the service manager's, whoever may connect
 * to one would start the daemon, and that stops another that keeps the clock.
 */
#include "berkd/control/control.h"

#include "berkd/control/control_private.h"
#include "berkd/control/history.h"
#include "berkd/control/knocks.h"
#include "berkd/control/net.berkd.varlink.h"
#include "berkd/control/order.h"
#include "berkd/control/status.h"
#include "berkd/control/stream.h"
#include "berkd/control/trust.h"
#include "berkd/control/varlink.h"
#include "berkd/control/views.h"
#include "berkd/host/log.h"

#include <assert.h>
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static const struct varlink_method methods[] = {
	{"net.berkd.Status", 0, control_status},
	{"net.berkd.Members", 0, control_members},
	{"net.berkd.Knocks", 0, control_knocks},
	{"net.berkd.Trust", 0, control_trust},
	{"net.berkd.Why", 0, control_why},
	{"net.berkd.Rounds", 0, control_rounds},
	{"net.berkd.History", VARLINK_STREAM, control_history},
	{"net.berkd.Monitor", VARLINK_STREAM, control_monitor},
	{"net.berkd.WaitSync", 0, control_wait_sync},
	{"net.berkd.ChatFollow", VARLINK_STREAM, control_chat_follow},
	{"net.berkd.Transfer", VARLINK_CONTROL, control_transfer},
	{"net.berkd.StepDown", VARLINK_CONTROL, control_step_down},
	{"net.berkd.Step", VARLINK_CONTROL, control_step},
	{"net.berkd.SetTime", VARLINK_CONTROL, control_set_time},
	{"net.berkd.Forget", VARLINK_CONTROL, control_forget},
	{"net.berkd.Exclude", VARLINK_CONTROL, control_exclude},
	{"net.berkd.Include", VARLINK_CONTROL, control_include},
	{"net.berkd.Hold", VARLINK_CONTROL, control_hold},
	{"net.berkd.Resume", VARLINK_CONTROL, control_resume},
	{"net.berkd.Revoke", VARLINK_CONTROL, control_revoke},
	{"net.berkd.Reload", VARLINK_CONTROL, control_reload},
	{"net.berkd.SetTrace", VARLINK_CONTROL, control_set_trace},
	{"net.berkd.ChatSend", VARLINK_CONTROL, control_chat_send},
	{"net.berkd.ChatPrivate", VARLINK_CONTROL, control_chat_private},
	{0},
};

static const struct varlink_service service = {
	.vendor = "berkd",
	.product = "berkd",
	.version = PACKAGE_VERSION,
	.url = PACKAGE_URL,
	.interface = "net.berkd",
	.description = net_berkd_varlink,
	.methods = methods,
};

static int set_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path)) {
		return -ENAMETOOLONG;
	}
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

/* Remove the socket that a dead daemon left.  Nothing else is ever removed: -EADDRINUSE when
 * somebody answers there, -EEXIST when it is no socket. */
static int clear_stale(const char *path, const struct sockaddr_un *sa)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		return errno == ENOENT ? 0 : -errno;
	}
	if (!S_ISSOCK(st.st_mode)) {
		return -EEXIST;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		return -errno;
	}
	int r = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0 ? errno : 0;

	close(fd);
	if (r != ECONNREFUSED) {
		return r == 0 || r == EAGAIN ? -EADDRINUSE : -r;
	}
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Make the directory of the sockets, if it is not there; @ret_made then has its path. */
static int make_directory(const char *path, char ret_made[static CONTROL_PATH_MAX])
{
	char copy[CONTROL_PATH_MAX];

	assert(strlen(path) < sizeof(copy));
	memcpy(copy, path, strlen(path) + 1);
	const char *dir = dirname(copy);

	if (mkdir(dir, 0755) < 0) {
		return errno == EEXIST ? 0 : -errno;
	}
	(void)snprintf(ret_made, CONTROL_PATH_MAX, "%s", dir);
	return 0;
}

/* A socket at @path.  It has its mode from the beginning, because its directory may be another
 * user's than ours, who could put something else at that name. */
static int open_socket(const char *path, mode_t mode, char ret_made[static CONTROL_PATH_MAX])
{
	struct sockaddr_un sa;
	int r = set_address(path, &sa);

	r = r < 0 ? r : make_directory(path, ret_made);
	r = r < 0 ? r : clear_stale(path, &sa);
	if (r < 0) {
		return r;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		return -errno;
	}
	mode_t old = umask(0777 & ~mode);

	r = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
	(void)umask(old);
	if (r == 0 && listen(fd, BACKLOG) < 0) {
		r = -errno;
		(void)unlink(path);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* Give the socket to the group, and nothing else that may stand there by now. */
static int give_to_group(const char *path, gid_t gid)
{
	char self[64];
	struct stat st;
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		return -errno;
	}
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	int r = fstat(fd, &st) < 0 ? -errno : S_ISSOCK(st.st_mode) ? 0 : -EEXIST;

	if (r == 0 && ((st.st_gid != gid && fchownat(fd, "", (uid_t)-1, gid, AT_EMPTY_PATH) < 0) ||
		       chmod(self, 0660) < 0)) {
		r = -errno;
	}
	close(fd);
	return r;
}

/* Let @group in.  Without it the socket stays its owner's: safe, and no reason to give up. */
static void admit_group(const char *path, const char *group)
{
	const struct group *g = group[0] ? getgrnam(group) : NULL;

	if (!group[0]) {
		return;
	}
	int r = g ? give_to_group(path, g->gr_gid) : 0;

	if (!g) {
		log_warning(CAUSE_CONTROL,
			    "[control] group: this host has no group \"%s\": only root and the "
			    "user of berkd may "
			    "give orders on %s",
			    group, path);
	} else if (r < 0) {
		log_warning(CAUSE_CONTROL, "%s cannot be given to group \"%s\": %s, ignoring", path,
			    group, strerror(-r));
	}
}

static int listen_own(struct control *c, unsigned which, const char *path, bool read_only)
{
	int fd = open_socket(path, read_only ? 0666 : 0600, c->made_dir[which]);

	if (fd == -EADDRINUSE) {
		log_err(CAUSE_CONTROL,
			"Another berkd answers on %s; stop it, or give this one other sockets in "
			"[control]",
			path);
		return fd;
	}
	if (fd < 0) {
		log_err(CAUSE_CONTROL, "The socket %s cannot be made: %s", path, strerror(-fd));
		return fd;
	}
	(void)snprintf(c->own_path[which], sizeof(c->own_path[which]), "%s", path);
	if (!read_only) {
		admit_group(path, c->grant.config->control_group);
	}
	return varlink_listen(c->server, fd, read_only);
}

int control_new(sd_event *event, const struct control_grant *grant, struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	struct control_now now = {0};

	if (!c) {
		return -ENOMEM;
	}
	c->grant = *grant;
	(void)control_read_clocks(c, &now);
	c->began = now.mono;
	c->event = sd_event_ref(event);
	int r = varlink_new(event, &service, c, &c->server);

	r = r < 0 ? r : control_stream_init(c);
	r = r < 0 ? r : control_history_init(c);
	r = r < 0 ? r : listen_own(c, 0, grant->config->control_path, false);
	r = r < 0 ? r : listen_own(c, 1, grant->config->status_path, true);
	if (r < 0) {
		control_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct control *control_free(struct control *c)
{
	if (!c) {
		return NULL;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (c->own_path[i][0]) {
			(void)unlink(c->own_path[i]);
		}
	}
	varlink_free(c->server);
	control_stream_fini(c);
	control_history_fini(c);
	sd_event_unref(c->event);
	free(c);
	return NULL;
}

void control_hand_over(const struct control *c, uid_t uid, gid_t gid)
{
	for (unsigned i = 0; i < 2; i++) {
		if (c->made_dir[i][0] && lchown(c->made_dir[i], uid, gid) < 0) {
			log_warning(CAUSE_CONTROL,
				    "%s cannot be given to the user of berkd: %s; sockets will be "
				    "left there",
				    c->made_dir[i], strerror(errno));
		}
	}
}

void control_on_notice(struct control *c, const struct notice *n, const char *text)
{
	control_stream_notice(c, n, text);
}

void control_on_ordered(struct control *c, const struct order_outcome *o)
{
	control_order_done(c, o);
}

void control_on_forgotten(struct control *c, node_id host)
{
	c->grant.forgotten(c->grant.userdata, host);
}

void control_on_reloaded(struct control *c, unsigned number, int r, const char *const *messages,
			 size_t n)
{
	control_reload_done(c, number, r, messages, n);
}

void control_on_chat(struct control *c, const struct wire_chat_line *line)
{
	control_stream_chat(c, line);
}

void control_on_private(struct control *c, const struct wire_chat_line *line)
{
	control_stream_private(c, line);
}

void control_on_private_done(struct control *c, node_id to, enum private_outcome outcome)
{
	control_private_done(c, to, outcome);
}

bool control_chat_is_read(const struct control *c)
{
	return control_stream_any(c, STREAM_CHAT);
}
