/* as_user.c - see as_user.h.  It needs no library, so that berkctl can have it without the rest of
 * privilege.c. */
#include "berkd/host/as_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

int as_user(const char *user, int (*job)(void *userdata), void *userdata)
{
	const struct passwd *pw = getpwnam(user);
	int status;

	if (!pw) {
		return -ESRCH;
	}
	pid_t child = fork();

	if (child == 0) {
		bool good = initgroups(user, pw->pw_gid) == 0 && setgid(pw->pw_gid) == 0 &&
			    setuid(pw->pw_uid) == 0;
		int r = good ? job(userdata) : -errno;

		_exit(r < 0 ? -r : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		return -errno;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}
