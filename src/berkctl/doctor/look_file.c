/* look_file.c - see look_file.h. */
#include "berkctl/doctor/look_file.h"

#include "common/text.h"

#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define GROUPS_MAX 64

const char *look_path(const struct look_at *at, const char *path, char buf[static LOOK_PATH_MAX])
{
	(void)snprintf(buf, LOOK_PATH_MAX, "%s%s", at->root, path);
	return buf;
}

/* A plain read: files of /proc and /sys have no length. */
bool look_text(const struct look_at *at, const char *path, char *ret, size_t size)
{
	char buf[LOOK_PATH_MAX];
	int fd = open(look_path(at, path, buf), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && len < size - 1) {
		n = read(fd, ret + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	ret[len] = '\0';
	return fd >= 0 && n >= 0;
}

bool look_exists(const struct look_at *at, const char *path)
{
	char buf[LOOK_PATH_MAX];

	return faccessat(AT_FDCWD, look_path(at, path, buf), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_in_group(const struct passwd *pw, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	/* Of whom is in more groups, the first ones are there. */
	(void)getgrouplist(pw->pw_name, pw->pw_gid, groups, &n);
	for (int i = 0; i < n && i < GROUPS_MAX; i++) {
		if (groups[i] == gid) {
			return true;
		}
	}
	return false;
}

bool look_is_readable(const struct look_at *at, const char *path, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	char buf[LOOK_PATH_MAX];
	struct stat st;

	if (!pw || stat(look_path(at, path, buf), &st) < 0) {
		return false;
	}
	if (pw->pw_uid == 0) {
		return true;
	}
	if (st.st_uid == pw->pw_uid) {
		return st.st_mode & S_IRUSR;
	}
	return st.st_mode & (is_in_group(pw, st.st_gid) ? S_IRGRP : S_IROTH);
}

void look_note(void *list, const char *message)
{
	char text[2048];

	text_escape(message, strlen(message), text, sizeof(text));
	(void)json_array_append_new(list, json_string(text));
}
