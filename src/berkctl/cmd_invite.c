/* cmd_invite.c - a token for the next hosts, and the process that hands the group's key to who has
 * it.
 *
 * That process is no part of berkd: it is there for minutes, and a daemon that listens for years
 * need not know how to give its key away.  It writes to the system's log. */
#include "berkctl/berkctl.h"
#include "berkctl/join/invitation.h"
#include "berkctl/join/qr.h"
#include "berkctl/join/site.h"

#include "berk/time.h"
#include "common/file.h"
#include "common/format.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#define LOCK	   "/run/berkctl-invite" /* is locked while an invitation holds, and says by whom */
#define DEFAULT_NS (600 * NS_PER_S)
#define LONGEST_NS (24 * 3600 * NS_PER_S)
#define ENDS_MS	   5000

static int open_lock(void)
{
	return file_open(AT_FDCWD, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, NULL);
}

/* Who holds the lock is ended, and waited for; true: somebody was. */
static bool withdraw(int lock)
{
	char text[32] = "";
	bool held = false;

	for (int ms = 0; ms < ENDS_MS && flock(lock, LOCK_EX | LOCK_NB) < 0; ms += 20) {
		ssize_t n = pread(lock, text, sizeof(text) - 1, 0);
		long pid = n > 0 ? strtol(text, NULL, 10) : 0;

		held = true;
		if (pid > 1) {
			(void)kill((pid_t)pid, SIGTERM);
		}
		(void)usleep(20000);
	}
	return held;
}

static void tell(bool good, const char *sentence)
{
	syslog(good ? LOG_NOTICE : LOG_WARNING, "%s", sentence);
}

/* Who listens to strangers can do nothing else. */
static void lose_rights(const char *user)
{
	const struct passwd *p = getpwnam(user);

	if (p && (setgroups(0, NULL) < 0 || setgid(p->pw_gid) < 0 || setuid(p->pw_uid) < 0)) {
		_exit(CTL_FAILED);
	}
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Does not return.  @lock stays locked until the process ends. */
static void serve(struct invitation *i, int lock, const char *user, int64_t for_ns)
{
	char text[32];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	openlog("berkctl-invite", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)n, 0) != n || null < 0) {
		_exit(CTL_FAILED);
	}
	for (int fd = 0; fd <= 2; fd++) {
		(void)dup2(null, fd);
	}
	lose_rights(user);
	invitation_serve(i, for_ns, tell);
	invitation_close(i);
	_exit(CTL_OK);
}

static int print_token(const struct ctl *ctl, const struct token *t, int64_t for_ns)
{
	char word[TOKEN_TEXT_MAX], f[FORMAT_MAX];

	token_write(t, word);
	if (ctl->json) {
		json_t *j = json_pack("{s:s,s:I}", "token", word, "for_ns", (json_int_t)for_ns);

		ctl_print_json(j, false);
		json_decref(j);
	} else {
		printf("On the next hosts, within %s, as root:\n\n    berkctl join %s\n\n",
		       format_interval(for_ns, f), word);
		(void)puts("Who has this token can join the group.  To withdraw it: berkctl invite "
			   "--undo");
		if (ctl->qr) {
			qr_print(word, ctl->colour);
		}
	}
	sodium_memzero(word, sizeof(word));
	return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

static int complain_open(int error, uint16_t port)
{
	if (error == -EADDRNOTAVAIL) {
		(void)fputs("berkctl: this host has no address that another one could reach: "
			    "connect it to the network first\n",
			    stderr);
	} else {
		(void)fprintf(stderr, "berkctl: cannot listen on TCP port %u: %s\n", port,
			      strerror(-error));
	}
	return CTL_FAILED;
}

static int invite(const struct ctl *ctl, const struct config *c, int lock, int64_t for_ns)
{
	struct welcome w;
	struct invitation i;
	char text[WELCOME_TEXT_MAX];

	if (!welcome_of(c, &w)) {
		(void)fputs("berkctl: this host has no key of a group to hand out: run berkctl "
			    "setup\n",
			    stderr);
		return CTL_FAILED;
	}
	welcome_write(&w, text);
	sodium_memzero(&w, sizeof(w));
	int r = invitation_open(&i, c->port, text);
	pid_t pid = r < 0 ? 0 : fork();

	if (pid == 0 && r == 0) {
		serve(&i, lock, c->user, for_ns);
	}
	int status = r < 0     ? complain_open(r, c->port)
		     : pid < 0 ? CTL_FAILED
			       : print_token(ctl, &i.token, for_ns);

	invitation_close(&i);
	sodium_memzero(text, sizeof(text));
	return status;
}

int cmd_invite(const struct ctl *ctl)
{
	int64_t for_ns = ctl->timeout_ns >= 0 ? ctl->timeout_ns : DEFAULT_NS;
	struct site *s = calloc(1, sizeof(*s));
	int status = CTL_FAILED, lock = s ? open_lock() : -ENOMEM;

	if (lock < 0) {
		(void)fprintf(stderr, "berkctl: " LOCK ": %s%s\n", strerror(-lock),
			      lock == -EACCES ? ": only root can invite" : "");
	} else if (for_ns < NS_PER_S || for_ns > LONGEST_NS) {
		(void)fputs("berkctl: --timeout: allowed is a time from 1s to 24h\n", stderr);
		status = CTL_USAGE;
	} else {
		bool held = withdraw(lock);

		if (ctl->undo) {
			(void)puts(held ? "The invitation was withdrawn."
					: "No invitation holds; nothing was done.");
			status = CTL_OK;
		} else if (sodium_init() >= 0 &&
			   site_look(ctl->config ? ctl->config : BERKD_CONF, s)) {
			status = invite(ctl, &s->config, lock, for_ns);
		}
	}
	if (lock >= 0) {
		close(lock);
	}
	free(s);
	return status;
}
