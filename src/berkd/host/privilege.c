/* privilege.c - another user, few capabilities, PR_SET_NO_NEW_PRIVS and few system calls.
 *
 * The unit already starts us as its user with no more than CAP_SYS_TIME; this is for everybody
 * else who starts berkd as root.  libcap-ng keeps the capabilities over the change of the user.
 */
#include "berkd/host/privilege.h"

#include "berkd/host/syscalls.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PORT_FREE 1024

int privilege_find(const struct config *config, struct privilege_user *ret)
{
	*ret = (struct privilege_user){.change = false};
	if (geteuid() != 0 || config->driver == CONFIG_CLOCK_VIRTUAL) {
		return 0;
	}
	const struct passwd *pw = getpwnam(config->user);

	if (!pw) {
		return -ESRCH;
	}
	*ret = (struct privilege_user){.change = pw->pw_uid != 0,
				       .uid = pw->pw_uid,
				       .gid = pw->pw_gid};
	return 0;
}

static void keep_capability(unsigned capability, bool held)
{
	if (held) {
		(void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
	}
}

/* What a process keeps of what it holds. */
struct kept {
	bool time, bind;
};

/* If not, there is nothing to give up, and the unit lets nobody try. */
static bool holds_more(struct kept keep)
{
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++) {
		bool kept = (c == CAP_SYS_TIME && keep.time) ||
			    (c == CAP_NET_BIND_SERVICE && keep.bind);

		if (!kept && capng_have_capability(CAPNG_PERMITTED, c) == 1) {
			return true;
		}
	}
	return false;
}

static int drop_capabilities(struct kept keep, const struct privilege_user *user)
{
	if (capng_get_caps_process() < 0) {
		return -EPERM;
	}
	if (!user->change && !holds_more(keep)) {
		return 0;
	}
	bool time = capng_have_capability(CAPNG_PERMITTED, CAP_SYS_TIME) == 1;
	bool bind = capng_have_capability(CAPNG_PERMITTED, CAP_NET_BIND_SERVICE) == 1;
	bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;

	capng_clear(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
	keep_capability(CAP_SYS_TIME, time && keep.time);
	keep_capability(CAP_NET_BIND_SERVICE, bind && keep.bind);
	int r = user->change
			? capng_change_id((int)user->uid, (int)user->gid,
					  CAPNG_INIT_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : 0))
			: capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);

	return r < 0 ? -EPERM : 0;
}

static int give_up(struct kept keep, const struct privilege_user *user, enum syscalls_of calls)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) {
		return -errno;
	}
	int r = drop_capabilities(keep, user);

	return r < 0 ? r : syscalls_confine(calls);
}

int privilege_drop(const struct config *config, const struct privilege_user *user, bool other)
{
	bool steers = config->driver == CONFIG_CLOCK_KERNEL && config->mode == MODE_STEER;

	return give_up((struct kept){.time = steers && !other, .bind = config->port < PORT_FREE},
		       user, other ? SYSCALLS_DAEMON : SYSCALLS_STEERER);
}

int privilege_keep_clock(void)
{
	return give_up((struct kept){.time = true}, &(struct privilege_user){.change = false},
		       SYSCALLS_SETTER);
}
