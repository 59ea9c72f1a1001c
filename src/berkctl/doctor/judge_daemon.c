/* judge_daemon.c - does berkd run, and the one that is installed? */
#include "berkctl/doctor/judge_parts.h"

#include "berkctl/view.h"
#include "common/words.h"

#include <errno.h>
#include <string.h>

#define AREA "daemon"

static void judge_silence(json_t *list, const struct facts_daemon *f)
{
	if (f->error == -ENOENT || f->error == -ECONNREFUSED) {
		finding_add(list, GRADE_FAILURE, AREA, "not-running",
			    "berkd does not run here: nobody answers on %s. Peers, offsets and "
			    "identity were not looked at.\n"
			    "Look why, with journalctl -u berkd -n 50, and start it: systemctl "
			    "reset-failed berkd; systemctl enable --now berkd",
			    f->socket);
	} else if (f->error == -EACCES) {
		finding_add(list, GRADE_UNKNOWN, AREA, "forbidden",
			    "This user may not ask the daemon on %s.\n"
			    "Run this as root: berkctl doctor",
			    f->socket);
	} else {
		finding_add(list, GRADE_FAILURE, AREA, "mute",
			    "berkd does not answer on %s: %s. It is stopped, or it hangs.\nLook at "
			    "systemctl status berkd, and restart it: systemctl restart berkd",
			    f->socket, strerror(-f->error));
	}
}

/* --- Does it run with what the files say? --- */

static bool has_peer(const struct config *c, const char *peer)
{
	for (size_t i = 0; i < c->n_peers; i++) {
		if (strcmp(c->peers[i].text, peer) == 0) {
			return true;
		}
	}
	return false;
}

static bool has_same_peers(const struct config *c, const json_t *peers)
{
	size_t i;
	const json_t *p;

	if (!json_is_array(peers)) {
		return true; /* it has not said */
	}
	json_array_foreach(peers, i, p)
	{
		if (!has_peer(c, view_raw(p, "peer"))) {
			return false;
		}
	}
	return json_array_size(peers) == c->n_peers;
}

/* The first key of what the daemon tells of itself that is another one in the files; NULL: none. */
static const char *find_stale(const struct config *c, const struct facts_daemon *f)
{
	static const char *const clocks[] = {"kernel", "virtual", "observe"};
	int64_t skew_ns;

	if (strcmp(view_raw(f->status, "name"), c->node_name) != 0) {
		return "[node] name";
	}
	if (strcmp(view_raw(f->status, "clock"), clocks[c->driver]) != 0) {
		return "[clock] driver";
	}
	if (view_word(f->status, "mode", words_clock_mode) != (int)c->mode) {
		return "[node] mode";
	}
	if (view_int(f->status, "max_skew_ns", &skew_ns) && skew_ns != c->max_skew_ns) {
		return "[clock] max_skew";
	}
	return has_same_peers(c, json_object_get(f->knocks, "peers")) ? NULL : "[network] peers";
}

static void judge_stale(json_t *list, const struct facts_config *c, const struct facts_daemon *f)
{
	const char *key = f->status && c->loaded ? find_stale(&c->config, f) : NULL;

	if (key) {
		finding_add(list, GRADE_WARNING, AREA, "stale",
			    "berkd does not run with what %s and its drop-ins say: %s has another "
			    "value.\nTake the files over: berkctl reload; what that says needs a "
			    "restart needs systemctl restart berkd",
			    c->path, key);
	}
}

void judge_daemon(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_daemon *f = &facts->daemon;
	const char *runs = view_raw(f->status, "version");
	char version[VIEW_MAX];

	if (f->error) {
		judge_silence(list, f);
	} else if (strcmp(runs, f->version) != 0) {
		finding_add(list, GRADE_WARNING, AREA, "version",
			    "berkd %s runs, but berkctl is of version %s: the daemon was not "
			    "restarted after an upgrade.\nRestart it: systemctl restart berkd",
			    view_text(f->status, "version", "of no version", version), f->version);
	}
	judge_stale(list, &facts->config, f);
	if (f->installed && !f->enabled) {
		finding_add(list, GRADE_WARNING, AREA, "not-enabled",
			    "berkd is not enabled, so it will not start at the next boot.\n"
			    "Enable it: systemctl enable berkd");
	}
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "runs", "berkd %s runs%s.", f->version,
			    f->installed ? ", and starts at each boot" : "");
	}
}
