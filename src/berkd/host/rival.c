/* rival.c - finds daemons that steer CLOCK_REALTIME, by name and by right: none of them can be
 * asked. */
#include "berkd/host/rival.h"

#include "common/file.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEN	    8192 /* bytes of a file that are looked through */
#define UIDS_SYSTEM 1000 /* below are those of services, of people are those from there on */

/* comm is cut at 15 bytes.  phc2sys and ptp4l may steer a PHC only: then allow_rivals is right. */
static const struct {
	const char *comm, *remedy;
} rivals[] = {
	{"chronyd", "systemctl disable --now chrony"},
	{"ntpd", "systemctl disable --now ntpsec ntp openntpd"},
	{"ntp-daemon", "systemctl disable --now ntpd-rs"},
	{"systemd-timesyn", "systemctl disable --now systemd-timesyncd"},
	{"ptp4l", "stop it if it steers the system clock"},
	{"phc2sys", "systemctl disable --now phc2sys"},
	{"timed", "stop it"},
	{"htpdate", "systemctl disable --now htpdate"},
	{"berkd", "stop it: one berkd is enough for a clock"},
};

static bool read_comm(const char *proc, const char *pid, char comm[static 16])
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s/comm", proc, pid);
	FILE *f = fopen(path, "re");

	if (!f) {
		return false; /* it has ended meanwhile */
	}
	bool good = fgets(comm, 16, f) != NULL;

	(void)fclose(f);
	comm[good ? strcspn(comm, "\n") : 0] = '\0';
	return good;
}

/* The beginning of @file of a process as text; false, and "", when it cannot be seen as a whole. */
static bool read_text(const char *proc, const char *pid, const char *file, char ret[static SEEN])
{
	char path[512];
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", proc, pid, file);
	ret[0] = '\0';
	if (file_read(path, ret, SEEN - 1, &len) < 0 || len == SEEN - 1) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		ret[i] = ret[i] ? ret[i] : '\n'; /* between two variables */
	}
	ret[len] = '\0';
	return true;
}

static bool is_in_our_user_namespace(const char *proc, const char *pid)
{
	char ours[SEEN], its[SEEN];

	(void)read_text(proc, pid, "uid_map", its);
	(void)read_text(proc, "self", "uid_map", ours);
	return strcmp(ours, its) == 0;
}

/* Any user can give a program such a name, and would keep us from starting.  So it must be one that
 * may set this clock.  Either it has the capability for that, and does not run as another user than
 * the one who started it, as su does.  Or it is a berkd of the system whose clock is set for it by
 * berkd-clock, as far as we may see. */
static bool may_steer(const char *proc, const char *pid, bool is_berkd)
{
	char status[SEEN], variables[SEEN];
	unsigned long long caps = 0;
	unsigned real = 0, uid = 0;

	(void)read_text(proc, pid, "status", status); /* "": it has ended meanwhile */
	const char *uids = strstr(status, "\nUid:"), *held = strstr(status, "\nCapEff:");

	if (!uids || sscanf(uids, "\nUid: %u %u", &real, &uid) != 2 || !held ||
	    sscanf(held, "\nCapEff: %llx", &caps) != 1 || real != uid ||
	    !is_in_our_user_namespace(proc, pid)) {
		return false;
	}
	return (caps >> CAP_SYS_TIME & 1) != 0 || (is_berkd && uid < UIDS_SYSTEM &&
						   (!read_text(proc, pid, "environ", variables) ||
						    strstr(variables, "BERKD_CLOCK_SOCKET=")));
}

size_t rival_list(const char *proc, struct rival *ret, size_t max)
{
	DIR *dir = opendir(proc);
	const struct dirent *e;
	size_t n = 0;

	while (dir && n < max && (e = readdir(dir)) != NULL) {
		char comm[16];
		long pid = isdigit((unsigned char)e->d_name[0]) ? strtol(e->d_name, NULL, 10) : 0;
		size_t i = 0, n_rivals = sizeof(rivals) / sizeof(rivals[0]);

		if (pid <= 0 || pid == getpid() || !read_comm(proc, e->d_name, comm)) {
			continue;
		}
		while (i < n_rivals && strcmp(comm, rivals[i].comm) != 0) {
			i++;
		}
		if (i < n_rivals && may_steer(proc, e->d_name, strcmp(comm, "berkd") == 0)) {
			ret[n] = (struct rival){.pid = (pid_t)pid, .remedy = rivals[i].remedy};
			memcpy(ret[n++].name, comm, sizeof(comm));
		}
	}
	if (dir) {
		(void)closedir(dir);
	}
	return n;
}

bool rival_find(const char *proc, struct rival *ret)
{
	return rival_list(proc, ret, 1) > 0;
}

/* As berkd.service has them in Conflicts=. */
static const char *const conflicting[] = {
	"chrony.service",
	"chronyd.service",
	"chronyd-restricted.service",
	"htpdate.service",
	"ntp.service",
	"ntpd.service",
	"ntpsec.service",
	"ntpd-rs.service",
	"openntpd.service",
	"phc2sys.service",
	"systemd-timesyncd.service",
	"timemaster.service",
};
static const char *const targets[] = {"multi-user.target.wants", "sysinit.target.wants",
				      "basic.target.wants"};

void rival_report_enabled(const char *units, bool steers, config_report report, void *userdata)
{
	char path[512], message[256];

	for (size_t i = 0; i < sizeof(conflicting) / sizeof(conflicting[0]); i++) {
		bool enabled = false;

		for (size_t k = 0; k < sizeof(targets) / sizeof(targets[0]); k++) {
			(void)snprintf(path, sizeof(path), "%s/%s/%s", units, targets[k],
				       conflicting[i]);
			enabled = enabled ||
				  faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		}
		if (!enabled) {
			continue;
		}
		(void)snprintf(
			message, sizeof(message),
			steers ? "warning: %s is enabled too: berkd stops it at each boot; "
				 "disable the one that is not to keep this clock, `systemctl "
				 "disable %s` or `systemctl disable berkd`"
			       : "warning: %s is enabled too: berkd stops it at each boot, "
				 "and then nobody keeps this clock; take %s out of "
				 "Conflicts=, `systemctl edit --full berkd`",
			conflicting[i], conflicting[i]);
		report(userdata, message);
	}
}

void rival_units(char *ret, size_t size)
{
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < sizeof(conflicting) / sizeof(conflicting[0]) && at < size; i++) {
		at += (size_t)snprintf(ret + at, size - at, "%s%s", i > 0 ? " " : "",
				       conflicting[i]);
	}
}
