/* look_daemon.c - the daemon's answers, and its unit. */
#include "berkctl/client.h"
#include "berkctl/doctor/look_parts.h"

#include <config.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define ANSWER_MS 5000

/* Its answer, or NULL; the first error is the one that counts. */
static json_t *ask(struct client *c, const char *method, int *error)
{
	struct answer a = {0};
	json_t *parameters = NULL;
	int r = *error ? *error : client_send(c, method, NULL, false);

	r = r < 0 ? r : client_next(c, ANSWER_MS, &a);
	if (r == 0 && !a.error) {
		parameters = json_object_get(a.message, "parameters");
		parameters = parameters ? json_incref(parameters) : json_object();
	}
	*error = r < 0 ? r : a.error ? -EPROTO : 0;
	answer_fini(&a);
	return parameters;
}

/* Who has made the socket; 0: in another pid namespace. */
static pid_t pid_behind(const struct client *c)
{
	struct ucred who = {0};
	socklen_t len = sizeof(who);

	return getsockopt(client_fd(c), SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 ? who.pid : 0;
}

void look_at_daemon(const struct look_at *at, const struct config *config, struct facts_daemon *ret)
{
	static const char *const units[] = {"/etc/systemd/system/berkd.service",
					    "/lib/systemd/system/berkd.service",
					    "/usr/lib/systemd/system/berkd.service"};
	struct client *c = NULL;
	json_t *answer;

	*ret = (struct facts_daemon){.version = PACKAGE_VERSION};
	(void)snprintf(ret->socket, sizeof(ret->socket), "%s",
		       at->socket ? at->socket : config->status_path);
	ret->error = client_new(ret->socket, &c);
	if (!ret->error) {
		ret->pid = pid_behind(c);
		answer = ask(c, "Status", &ret->error);
		ret->status = json_incref(json_object_get(answer, "status"));
		json_decref(answer);
		ret->members = ask(c, "Members", &ret->error);
		ret->knocks = ask(c, "Knocks", &ret->error);
		client_free(c);
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		ret->installed = ret->installed || look_exists(at, units[i]);
	}
	ret->enabled = look_exists(at, "/etc/systemd/system/multi-user.target.wants/berkd.service");
}
