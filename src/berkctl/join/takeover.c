/* takeover.c - see takeover.h. */
#include "berkctl/join/takeover.h"

#include "berkctl/client.h"
#include "berkctl/join/service.h"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_MS  15000
#define ASK_AGAIN 200 /* ms */

/* For people: beside the answer where that is for programs. */
void takeover_say(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(ctl->json ? stderr : stdout, format, args);
	va_end(args);
	(void)fflush(stdout);
}

int takeover_complain(const char *text)
{
	(void)fprintf(stderr, "berkctl: %s\n", text);
	return CTL_FAILED;
}

static bool has_user(const char *name)
{
	bool has = getpwnam(name) != NULL;

	if (!has) {
		(void)fprintf(stderr,
			      "berkctl: there is no user %s, as which berkd runs: make it with "
			      "systemd-sysusers, or set user in [node]\n",
			      name);
	}
	return has;
}

struct site *takeover_look(const struct ctl *ctl)
{
	struct site *s = calloc(1, sizeof(*s));

	if (geteuid() != 0) {
		(void)takeover_complain("this changes the host: run it as root");
	} else if (!s || sodium_init() < 0) {
		(void)takeover_complain("there is no memory left, or there are no random numbers");
	} else if (service_has_credential()) {
		(void)takeover_complain(
			"berkd has its key as a credential of its unit (LoadCredential=), which "
			"this command does not change: set key_file in its place, or bring the key "
			"to the next host by hand");
	} else if (site_look(ctl->config ? ctl->config : BERKD_CONF, s) &&
		   has_user(s->config.user)) {
		return s;
	}
	free(s);
	return NULL;
}

/* Is it what the operator wants?  A script says so by --yes. */
bool takeover_confirm(const struct ctl *ctl)
{
	char line[16];

	if (ctl->yes) {
		return true;
	}
	if (isatty(STDIN_FILENO) != 1) {
		(void)takeover_complain("nothing was changed: the input is no terminal, so nobody "
					"can be asked; --yes goes on without asking");
		return false;
	}
	takeover_say(ctl, "Go on? [Y/n] ");
	if (!fgets(line, sizeof(line), stdin) ||
	    (line[0] != '\n' && line[0] != 'y' && line[0] != 'Y')) {
		(void)takeover_complain("nothing was changed");
		return false;
	}
	return true;
}

/* --- Which daemon keeps the clock --- */

/* What stands in the way of berkd, and what happens to it, is said. */
static void find_rivals(const struct ctl *ctl, const struct config *c,
			char ret[static SERVICE_UNITS_MAX])
{
	ret[0] = '\0';
	if (!service_is_managed()) {
		takeover_say(ctl, "* systemd does not manage this host: stop the other time daemon "
				  "and start berkd yourself.\n");
		return;
	}
	if (c->allow_rivals) {
		takeover_say(ctl, "* Other time daemons stay on (allow_rivals = yes).\n");
	} else {
		service_rivals(ret);
	}
	if (ret[0]) {
		takeover_say(ctl,
			     "* %s now steers the clock, and is switched off, because only one "
			     "program can steer it.\n",
			     ret);
	}
	takeover_say(ctl, "* berkd is switched on, now and at each boot.\n");
}

bool takeover_begin(const struct ctl *ctl, const struct config *c,
		    char ret_rivals[static SERVICE_UNITS_MAX], int *ret_status)
{
	find_rivals(ctl, c, ret_rivals);
	*ret_status = CTL_OK;
	if (ctl->dry_run) {
		takeover_say(ctl, "Nothing was done.\n");
		return false;
	}
	if (ret_rivals[0] && !takeover_confirm(ctl)) {
		*ret_status = CTL_FAILED;
		return false;
	}
	return true;
}

/* Neither Ctrl-C nor a lost connection may end this, or systemctl, where no daemon keeps the
 * clock. */
static void hold_signals(sigset_t *ret_before)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaddset(&set, ends[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &set, ret_before);
}

/* The rivals stay enabled until berkd runs.  False: an error was printed, and they run again. */
static bool start(const struct config *c, const char *rivals)
{
	bool was_on = service_is_on();
	char why[256] = "berkd does not start: see journalctl -u berkd";
	bool good = service_stop(rivals) == 0 &&
		    (c->allow_rivals || !service_rival_runs(why, sizeof(why))) &&
		    service_start() == 0;

	if (!good) {
		(void)takeover_complain(why);
		if (!was_on) {
			(void)service_switch_off("berkd.service");
		}
		(void)service_start_again(rivals);
	} else if (service_disable(rivals) != 0) {
		(void)fprintf(stderr,
			      "berkctl: %s could not be disabled, and would start at boot\n",
			      rivals);
	}
	return good;
}

bool takeover_start(const struct config *c, const char *rivals)
{
	sigset_t before;

	if (!service_is_managed()) {
		return true;
	}
	hold_signals(&before);
	bool good = start(c, rivals);

	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return good;
}

/* Wait until the daemon answers at all; false: it does not. */
bool takeover_await(const struct ctl *ctl)
{
	const int64_t ends_ms = client_now_ms() + START_MS;

	while (!ctl_is_alive(ctl)) {
		if (client_now_ms() > ends_ms) {
			(void)takeover_complain(
				"berkd does not answer: see journalctl -u berkd, and run "
				"berkctl doctor");
			return false;
		}
		(void)poll(NULL, 0, ASK_AGAIN);
	}
	return true;
}

bool takeover_put(const struct site *s, const struct welcome *w, const char *peer,
		  const char *rivals)
{
	sigset_t before;

	hold_signals(&before);
	bool good = site_put(s, w, peer, rivals[0] ? rivals : NULL);

	if (good && !takeover_start(&s->config, rivals)) {
		site_take_back(s);
		good = false;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return good;
}

bool takeover_by_hand(const struct ctl *ctl, const struct site *s)
{
	json_t *answer = NULL;
	bool runs = ctl_is_alive(ctl) && ctl_ask(ctl, true, "Reload", NULL, &answer) == CTL_OK;

	json_decref(answer);
	if (!runs) {
		takeover_say(ctl, "To start berkd: berkd --config %s\n", s->path);
	}
	return runs;
}

bool takeover_undo(const struct site *s, const char *before)
{
	sigset_t mask;
	bool good = true;

	hold_signals(&mask);
	if (service_is_managed() && service_switch_off("berkd.service") != 0) {
		(void)takeover_complain("berkd could not be switched off, and nothing was changed");
		(void)sigprocmask(SIG_SETMASK, &mask, NULL);
		return false;
	}
	if (service_is_managed() && service_switch_on(before) != 0) {
		(void)takeover_complain("the time daemon that ran before does not start");
		good = false;
	}
	good = site_clear(s) && good;
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	return good;
}
