/* holder.c - see holder.h.
 *
 * Who holds an invitation has a lock on a file, of which the kernel knows whose it is: what that
 * process could write itself is not asked, for strangers talk to it. */
#include "berkctl/join/holder.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#define LOCK	"/run/berkctl-invite.lock"
#define ENDS_MS 3000
#define KILL_MS 1000
#define LOOK_MS 20

static int open_lock(void)
{
	return file_open(AT_FDCWD, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, NULL);
}

/* Whose lock it is; 0: nobody's, -1: that cannot be told. */
static pid_t owner_of(int lock)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(lock, F_GETLK, &l) < 0 ? -1 : l.l_type == F_UNLCK ? 0 : l.l_pid;
}

enum holder holder_withdraw(void)
{
	int lock = open_lock();
	pid_t pid = lock < 0 ? -1 : owner_of(lock);
	enum holder found = pid == 0 ? HOLDER_NONE : HOLDER_GONE;

	for (int ms = 0; pid > 0 && ms < ENDS_MS; ms += LOOK_MS) {
		(void)kill(pid, ms < KILL_MS ? SIGTERM : SIGKILL);
		(void)usleep(LOOK_MS * 1000);
		pid = owner_of(lock);
	}
	if (lock >= 0) {
		close(lock);
	}
	return pid == 0 ? found : HOLDER_STAYS;
}

/* --- The process itself --- */

static void tell(bool good, const char *sentence)
{
	syslog(good ? LOG_NOTICE : LOG_WARNING, "%s", sentence);
}

/* Who listens to strangers can do nothing else. */
static int lose_rights(const char *user)
{
	const struct passwd *p = getpwnam(user);

	if (!p) {
		return -ESRCH;
	}
	if (setgroups(0, NULL) < 0 || setgid(p->pw_gid) < 0 || setuid(p->pw_uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

/* It dies of what ends others, whatever it was started with. */
static void reset_signals(void)
{
	sigset_t none;

	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What stood open where it was started is not for who talks to strangers. */
static void close_all_but(const unsigned keep[static 3])
{
	for (unsigned from = STDERR_FILENO + 1, next; from != 0; from = next + 1) {
		next = UINT_MAX;
		for (unsigned i = 0; i < 3; i++) {
			next = keep[i] >= from && keep[i] < next ? keep[i] : next;
		}
		if (next > from) {
			(void)close_range(from, next - 1, 0);
		}
	}
}

static int become_holder(const char *user, int listener, int ready)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int lock = open_lock(), null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (lock < 0 || null < 0 || fcntl(lock, F_SETLK, &l) < 0) {
		return lock < 0 ? lock : -errno;
	}
	(void)setsid();
	reset_signals();
	for (int fd = 0; fd <= 2; fd++) {
		(void)dup2(null, fd);
	}
	close_all_but((const unsigned[]){(unsigned)lock, (unsigned)listener, (unsigned)ready});
	openlog("berkctl-invite", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	return lose_rights(user);
}

/* Does not return. */
static void hold(const struct invitation *i, const char *user, int64_t for_ns, int ready)
{
	int r = become_holder(user, i->listener, ready);

	if (write(ready, &r, sizeof(r)) != (ssize_t)sizeof(r) || r < 0) {
		_exit(EXIT_FAILURE);
	}
	close(ready);
	invitation_serve(i, for_ns, tell);
	_exit(EXIT_SUCCESS);
}

int holder_begin(const struct invitation *i, const char *user, int64_t for_ns)
{
	int ready[2], r = -EIO;

	if (pipe2(ready, O_CLOEXEC) < 0) {
		return -errno;
	}
	pid_t pid = fork();

	if (pid == 0) {
		close(ready[0]);
		hold(i, user, for_ns, ready[1]);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &r, sizeof(r)) != (ssize_t)sizeof(r)) {
		r = -EIO;
	}
	close(ready[0]);
	return r;
}
