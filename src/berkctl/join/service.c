/* service.c - see service.h. */
#include "berkctl/join/service.h"

#include "berkd/config/group_key.h"
#include "berkd/host/rival.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX   24
#define OWN	   "berkd.service"
#define RIVALS_MAX 16

/* A command of words with a space between two, and @units behind it.  What it prints goes to @out,
 * or, when that is -1, to where we print. */
static int run(const char *command, const char *units, int out)
{
	char line[SERVICE_UNITS_MAX + 64], *save = NULL, *argv[ARGS_MAX + 1] = {NULL};
	posix_spawn_file_actions_t actions;
	int n = 0, status = -1;
	pid_t pid;

	(void)snprintf(line, sizeof(line), "%s %s", command, units);
	for (char *w = strtok_r(line, " ", &save); w && n < ARGS_MAX;
	     w = strtok_r(NULL, " ", &save)) {
		argv[n++] = w;
	}
	posix_spawn_file_actions_init(&actions);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	}
	if (argv[0] && posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		}
		status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

bool service_is_managed(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* A unit of which systemctl says in @line that it is one under its own name, and in use. */
static void add_unit(const char *line, char ret[static SERVICE_UNITS_MAX])
{
	char unit[128], state[32];
	size_t at = strlen(ret);

	if (sscanf(line, "%127s %31s", unit, state) == 2 &&
	    (strcmp(state, "enabled") == 0 || strcmp(state, "enabled-runtime") == 0) &&
	    at + strlen(unit) + 2 < SERVICE_UNITS_MAX) {
		(void)snprintf(ret + at, SERVICE_UNITS_MAX - at, "%s%s", at > 0 ? " " : "", unit);
	}
}

void service_rivals(char ret[static SERVICE_UNITS_MAX])
{
	char units[SERVICE_UNITS_MAX], line[256];
	FILE *f = tmpfile();

	ret[0] = '\0';
	rival_units(units, sizeof(units));
	if (!f || run("systemctl list-unit-files --no-legend --plain", units, fileno(f)) < 0) {
		units[0] = '\0';
	}
	if (f) {
		rewind(f);
		while (units[0] && fgets(line, sizeof(line), f)) {
			add_unit(line, ret);
		}
		(void)fclose(f);
	}
}

bool service_rival_runs(char *ret, size_t size)
{
	struct rival found[RIVALS_MAX];
	size_t n = rival_list("/proc", found, RIVALS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(found[i].name, "berkd") != 0) {
			(void)snprintf(ret, size, "%s (process %ld) steers this clock: %s",
				       found[i].name, (long)found[i].pid, found[i].remedy);
			return true;
		}
	}
	return false;
}

/* @verb of systemctl, for these units. */
static int order(const char *verb, const char *units)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "systemctl --quiet %s", verb);
	return units[0] ? run(command, units, -1) : 0;
}

int service_switch_off(const char *units)
{
	return order("disable --now", units);
}

int service_switch_on(const char *units)
{
	return order("enable --now", units);
}

int service_stop(const char *units)
{
	return order("stop", units);
}

int service_start_again(const char *units)
{
	return order("start", units);
}

int service_disable(const char *units)
{
	return order("disable", units);
}

bool service_is_on(void)
{
	return order("is-enabled", OWN) == 0;
}

bool service_has_credential(void)
{
	char line[256] = "";
	FILE *f = service_is_managed() ? tmpfile() : NULL;

	if (f && run("systemctl show -p LoadCredential --value", OWN, fileno(f)) == 0) {
		rewind(f);
		if (!fgets(line, sizeof(line), f)) {
			line[0] = '\0';
		}
	}
	if (f) {
		(void)fclose(f);
	}
	return strncmp(line, GROUP_KEY_CREDENTIAL ":", strlen(GROUP_KEY_CREDENTIAL ":")) == 0;
}

/* A berkd that runs already must read what is new, and some of that needs a start. */
int service_start(void)
{
	int status = order("enable", OWN);

	return status == 0 ? run("systemctl restart", OWN, -1) : status;
}
