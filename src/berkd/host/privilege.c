/* privilege.c - capabilities and PR_SET_NO_NEW_PRIVS.
 *
 * The unit already starts us with no more than CAP_SYS_TIME; this is for everybody else who starts
 * berkd as root.  The two plain system calls are all that is needed, so there is no libcap.
 */
#include "berkd/host/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_FREE 1024

int privilege_drop(const struct config *config)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint32_t keep = 0;

	if (config->driver == CONFIG_CLOCK_KERNEL) {
		keep |= CAP_TO_MASK(CAP_SYS_TIME);
	}
	if (config->port < PORT_FREE) {
		keep |= CAP_TO_MASK(CAP_NET_BIND_SERVICE);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capget, &header, data) < 0) {
		return -errno;
	}
	keep &= data[0].permitted;
	data[0].effective = data[0].permitted = keep;
	data[1].effective = data[1].permitted = 0;
	data[0].inheritable = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int privilege_try(const char *user, int (*job)(void *userdata), void *userdata)
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
