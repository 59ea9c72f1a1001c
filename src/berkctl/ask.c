/* ask.c - a question to the daemon, its answer, and what people are told when there is none. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_SOCKET "/run/berkd/control"
#define STATUS_SOCKET  "/run/berkd/status"
#define ALIVE_MS       5000
#define WAITS_MS       7000 /* longer than the order before it is waited for, and a second */
#define RETRY_MS       200

static struct client *connect_first(const struct ctl *ctl, bool changes, int limit_ms,
				    const char **ret_path, int *ret_error)
{
	const char *paths[2] = {changes ? CONTROL_SOCKET : STATUS_SOCKET, CONTROL_SOCKET};
	struct client *c = NULL;

	if (ctl->socket) {
		paths[0] = paths[1] = ctl->socket;
	}
	*ret_path = paths[0];
	*ret_error = client_new_within(paths[0], limit_ms, &c);
	if (*ret_error == -ENOENT && paths[1] != paths[0]) {
		*ret_error = client_new_within(paths[1], limit_ms, &c);
	}
	return *ret_error < 0 ? NULL : c;
}

struct client *ctl_connect(const struct ctl *ctl, bool changes)
{
	const char *path;
	int r;
	struct client *c = connect_first(ctl, changes, CTL_ANSWER_MS, &path, &r);

	if (c) {
		return c;
	}
	if (r == -ENOENT || r == -ECONNREFUSED) {
		(void)fprintf(stderr,
			      "berkctl: berkd does not run here (%s: %s), and asking does not "
			      "start it\n"
			      "Nothing keeps this clock on group time.  Start it: systemctl start "
			      "berkd\n"
			      "Why it ended: journalctl -u berkd -n 50\n",
			      path, strerror(-r));
	} else {
		(void)fprintf(stderr, "berkctl: no answer on %s: %s\n", path, strerror(-r));
	}
	if (r == -EACCES) {
		(void)fputs("Orders are for root and the group that [control] in berkd.conf names; "
			    "as root: sudo berkctl ...\n",
			    stderr);
	}
	return NULL;
}

struct client *ctl_reach(const struct ctl *ctl, int limit_ms, int *ret_error)
{
	const char *path;

	return connect_first(ctl, false, limit_ms, &path, ret_error);
}

bool ctl_is_alive(const struct ctl *ctl)
{
	const char *path;
	struct answer a = {0};
	int r;
	struct client *c = connect_first(ctl, false, CTL_ANSWER_MS, &path, &r);

	if (!c) {
		return false;
	}
	r = client_send(c, "Status", NULL, false);
	r = r < 0 ? r : client_next(c, ALIVE_MS, &a);
	answer_fini(&a);
	client_free(c);
	return r == 0;
}

int ctl_lost(int error)
{
	if (error == -ETIMEDOUT) {
		(void)fputs("berkctl: the daemon does not answer: it is stopped, or it hangs\n"
			    "Look at: systemctl status berkd\n",
			    stderr);
	} else {
		(void)fprintf(stderr, "berkctl: the daemon has gone: %s\n", strerror(-error));
	}
	return CTL_UNREACHABLE;
}

/* Was it not taken because an order that was given right before it is still under way? */
static bool has_to_wait(const struct answer *a)
{
	return a->error && strcmp(a->error, "net.berkd.OrderWaits") == 0;
}

int ctl_ask_over(struct client *c, const char *method, json_t *parameters, json_t **ret)
{
	struct answer a = {0};
	int64_t until = client_now_ms() + WAITS_MS;
	int status = CTL_OK, r;

	do {
		answer_fini(&a);
		r = client_send(c, method, json_incref(parameters), false);
		r = r < 0 ? r : client_next(c, CTL_ANSWER_MS, &a);
	} while (r == 0 && has_to_wait(&a) && client_now_ms() < until &&
		 poll(NULL, 0, RETRY_MS) == 0);
	json_decref(parameters);
	if (r < 0) {
		status = ctl_lost(r);
	} else if (a.error) {
		status = ctl_complain(a.error, a.parameters);
	} else {
		json_t *found = json_object_get(a.message, "parameters");

		*ret = found ? json_incref(found) : json_object();
	}
	answer_fini(&a);
	return status;
}

int ctl_ask(const struct ctl *ctl, bool changes, const char *method, json_t *parameters,
	    json_t **ret)
{
	struct client *c = ctl_connect(ctl, changes);

	if (!c) {
		json_decref(parameters);
		return CTL_UNREACHABLE;
	}
	int status = ctl_ask_over(c, method, parameters, ret);

	client_free(c);
	return status;
}

static void complain_list(const json_t *list)
{
	size_t i;
	const json_t *item;

	json_array_foreach(list, i, item)
	{
		char safe[1024];
		const char *text = json_string_value(item);

		if (text) {
			text_escape(text, strlen(text), safe, sizeof(safe));
			(void)fprintf(stderr, "  %s\n", safe);
		}
	}
}

static const struct {
	const char *error, *text, *parameter; /* %s of text */
} complaints[] = {
	{"net.berkd.NotPermitted",
	 "this socket only answers questions; orders go to the "
	 "control socket",
	 NULL},
	{"net.berkd.NoSuchHost", "no host \"%s\" is known; see: berkctl members --all", "host"},
	{"net.berkd.AmbiguousHost", "\"%s\" can be any of these:", "host"},
	{"net.berkd.NotMaster",
	 "that is for the master to do, which is %s: try again when `berkctl status` names one",
	 "master"},
	{"net.berkd.HostLeads", "%s leads: hand over first (berkctl transfer), then order it again",
	 "host"},
	{"net.berkd.NoDeputy", "there is no deputy to hand over to; the master stays", NULL},
	{"net.berkd.NotAllowed", "that host may not be master, or cannot be now", NULL},
	{"net.berkd.NoLine", "group time is not known yet", NULL},
	{"net.berkd.NoHistory",
	 "this host keeps no history: [state] history is 0 in berkd.conf there, or its file cannot "
	 "be written; see: journalctl -u berkd",
	 NULL},
	{"net.berkd.NoStep", "this host does not set its clock", NULL},
	{"net.berkd.HostIsHere",
	 "that host is here; only a host that is out of sight can be forgotten", NULL},
	{"net.berkd.HostAbsent",
	 "a host of the group is out of sight, and would keep the old time: wait for it, or forget "
	 "it (berkctl forget)",
	 NULL},
	{"net.berkd.TooEarly",
	 "a time before the build date of berkd, or before the files that berkd.conf(5) names at "
	 "max_first_step, cannot be right",
	 NULL},
	{"net.berkd.TooLate",
	 "a time more than thirty years after the build date of berkd cannot be right; set one "
	 "that can be: berkctl settime --step TIME",
	 NULL},
	{"net.berkd.TooFar",
	 "to slew group time so far would take longer than a day, in which a max_drift of 100ppm "
	 "moves it by 8.64 s: step it (settime --step), or move it in parts",
	 NULL},
	{"net.berkd.Held",
	 "the group is held: run `berkctl resume` first, or wait until the hold ends "
	 "(`berkctl status`)",
	 NULL},
	{"net.berkd.NotHeld", "the group is not held", NULL},
	{"net.berkd.Slews",
	 "group time is being slewed, and a hold would not stop that: wait until it is done, or "
	 "end "
	 "it with `berkctl settime +0s`",
	 NULL},
	{"net.berkd.OrderWaits",
	 "an order of this host waits for its answer, or was given less than a second ago; try "
	 "again",
	 NULL},
	{"net.berkd.NotTrusted",
	 "nothing was done: these hosts take no order from here, until [group] in berkd.conf there "
	 "says so and `berkctl reload` is run there:",
	 NULL},
	{"net.berkd.NoAnswer",
	 "the master, now %s, has not answered, and may have carried the order out; look at "
	 "`berkctl status` before you give it again",
	 "master"},
	{"net.berkd.HasReference", "the group follows a reference: set the clock of the reference",
	 NULL},
	{"net.berkd.ChatFull",
	 "too many lines of this host wait for the master, or for the group to be "
	 "whole; try again",
	 NULL},
	{"net.berkd.BadText", "a line is 1 to 400 bytes of UTF-8", NULL},
	{"net.berkd.HostAway", "%s is out of sight: the line was not sent", "host"},
	{"net.berkd.NobodyReads",
	 "nobody follows the chat on %s: the line was not shown, and no host keeps it", "host"},
	{"net.berkd.HostSilent", "%s does not answer: the line may have been shown there, or not",
	 "host"},
	{"net.berkd.OwnHost", "%s is this host: a private line is for another one", "host"},
	{"net.berkd.OwnIdentity", "a host cannot revoke itself: give the order on another host",
	 NULL},
	{"net.berkd.NotRevoked", "this host has not revoked it; see: berkctl trust", NULL},
	{"net.berkd.RevokedFull",
	 "no more hosts can be revoked: change the group key (key_file), and then undo the "
	 "revocations of hosts that do not have the new one (berkctl revoke --undo)",
	 NULL},
	{"net.berkd.TimedOut", "the time is up: %s", "lack_text"},
	{"net.berkd.ConfigRefused", "the configuration was not taken over:", NULL},
	{"net.berkd.ReloadGoesOn", "the configuration is not taken over yet:", NULL},
	{"net.berkd.TooSlow", "berkctl was too slow to read what the daemon sent", NULL},
	{"net.berkd.Busy", "the daemon is busy: %s", "message"},
	{"net.berkd.Failed", "the daemon failed: %s", "message"},
	{"org.varlink.service.MethodNotFound",
	 "the daemon does not know %s; it may be older than berkctl", "method"},
	{"org.varlink.service.InvalidParameter", "the daemon does not take this %s", "parameter"},
};

int ctl_complain(const char *error, const json_t *parameters)
{
	char safe[512], name[256];

	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		const char *cut = strstr(complaints[i].text, "%s");

		if (strcmp(error, complaints[i].error) != 0) {
			continue;
		}
		const char *value =
			complaints[i].parameter
				? json_string_value(
					  json_object_get(parameters, complaints[i].parameter))
				: NULL;

		value = value ? value : "not known";
		text_escape(value, strlen(value), safe, sizeof(safe));
		(void)fprintf(stderr, "berkctl: %.*s%s%s\n",
			      cut ? (int)(cut - complaints[i].text)
				  : (int)strlen(complaints[i].text),
			      complaints[i].text, cut ? safe : "", cut ? cut + 2 : "");
		complain_list(json_object_get(parameters, "candidates"));
		complain_list(json_object_get(parameters, "messages"));
		bool late = strcmp(error, "net.berkd.TimedOut") == 0 ||
			    strcmp(error, "net.berkd.ReloadGoesOn") == 0;

		return late ? CTL_TIMED_OUT : CTL_FAILED;
	}
	text_escape(error, strlen(error), name, sizeof(name));
	(void)fprintf(stderr, "berkctl: the daemon says %s\n", name);
	return CTL_FAILED;
}

int ctl_print_json(const json_t *j, bool line)
{
	/* On a terminal, what a peer wrote must not do more than be read. */
	size_t ascii = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;

	(void)json_dumpf(j, stdout, ascii | (line ? JSON_COMPACT : JSON_INDENT(2)));
	(void)putchar('\n');
	if (line) {
		(void)fflush(stdout);
	}
	return CTL_OK;
}
