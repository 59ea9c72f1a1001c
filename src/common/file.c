/* file.c - see file.h. */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SMALL_MAX 1024
#define ACL_MAX	  4096 /* bytes, 8 for each user or group: 511; a longer list is refused, ERANGE */

int file_open(int dir, const char *name, int flags, mode_t mode, struct stat *ret)
{
	struct stat st;
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);

	if (fd < 0) {
		return errno == ELOOP || errno == ENXIO ? -EINVAL : -errno;
	}
	int r = fstat(fd, &st) < 0    ? -errno
		: S_ISREG(st.st_mode) ? 0
		: S_ISDIR(st.st_mode) ? -EISDIR
				      : -EINVAL;

	if (r < 0) {
		close(fd);
		return r;
	}
	if (ret) {
		*ret = st;
	}
	return fd;
}

int file_read_all(int fd, char *ret, size_t size, size_t *ret_len)
{
	ssize_t n = 1;

	*ret_len = 0;
	while (n != 0 && *ret_len < size) {
		n = read(fd, ret + *ret_len, size - *ret_len);
		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		*ret_len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int file_read(const char *path, char *ret, size_t size, size_t *ret_len)
{
	int fd = file_open(AT_FDCWD, path, O_RDONLY, 0, NULL);

	*ret_len = 0;
	if (fd < 0) {
		return fd;
	}
	int r = file_read_all(fd, ret, size, ret_len);

	close(fd);
	return r;
}

int file_has_word(const char *path, unsigned line, const char *word)
{
	char text[SMALL_MAX + 1];
	size_t len;
	int r = file_read(path, text, SMALL_MAX, &len);

	if (r < 0) {
		return r;
	}
	text[len] = '\0';
	const char *at = text;

	for (unsigned i = 1; at && i < line; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at && strncmp(at, word, strlen(word)) == 0;
}

/* --- Written --- */

int file_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Nobody but root and we can put something there, or whom root let by its group. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       !(st.st_mode & S_IWOTH);
}

/* Is the folder in which @path is, ours? */
static bool is_parent_ours(const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;

	if (len >= sizeof(parent)) {
		return false;
	}
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)len, path);
	int fd = open(len > 0 ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ours = fd >= 0 && is_ours(fd);

	if (fd >= 0) {
		close(fd);
	}
	return ours;
}

int file_open_folder(const char *path)
{
	int follow = is_parent_ours(path) ? 0 : O_NOFOLLOW;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);

	if (fd < 0) {
		return errno == ELOOP ? -ENOTDIR : -errno;
	}
	if (!is_ours(fd)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/* Who may do what with the old file, with the new one. */
static int take_rights(int fd, int old, const struct stat *st)
{
	static const char acl_name[] = "system.posix_acl_access";
	char acl[ACL_MAX];
	ssize_t n = fgetxattr(old, acl_name, acl, sizeof(acl));

	if (n < 0 && errno != ENODATA && errno != EOPNOTSUPP) {
		return -errno;
	}
	if ((st->st_uid != geteuid() || st->st_gid != getegid()) &&
	    fchown(fd, st->st_uid, st->st_gid) < 0) {
		return -EACCES;
	}
	if (fchmod(fd, st->st_mode & 07777) < 0 ||
	    (n > 0 && fsetxattr(fd, acl_name, acl, (size_t)n, 0) < 0)) {
		return -errno;
	}
	return 0;
}

static int fill(int dir, const char *name, int fd, const char *text, size_t len, mode_t mode)
{
	struct stat st = {.st_mode = 0}; /* clang-tidy does not see that it is filled */
	int old = file_open(dir, name, O_RDONLY | O_NOFOLLOW, 0, &st);
	int r = old >= 0 ? take_rights(fd, old, &st) : old == -ENOENT ? 0 : old;

	if (old >= 0) {
		close(old);
	} else if (r == 0 && fchmod(fd, mode) < 0) { /* whatever the umask */
		r = -errno;
	}
	r = r < 0 ? r : file_write_all(fd, text, len);
	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int file_replace(int dir, const char *name, const char *text, size_t len, mode_t mode)
{
	char beside[NAME_MAX + 1];
	int n = snprintf(beside, sizeof(beside), ".%s.new", name);

	if (n < 0 || (size_t)n >= sizeof(beside)) {
		return -ENAMETOOLONG;
	}
	(void)unlinkat(dir, beside, 0); /* that a crash left */
	int fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		return -errno;
	}
	int r = fill(dir, name, fd, text, len, mode);

	if (close(fd) < 0 && r == 0) {
		r = -errno;
	}
	if (r == 0 && renameat(dir, beside, dir, name) < 0) {
		r = -errno;
	}
	if (r < 0) {
		(void)unlinkat(dir, beside, 0);
		return r;
	}
	return fsync(dir) < 0 ? -errno : 0;
}
