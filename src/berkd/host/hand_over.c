/* hand_over.c - see hand_over.h.
 *
 * Only files that root owns and that have no other name change hands.  A directory that has folders
 * or the files of others in it is used for something else, and stays as it is. */
#include "berkd/host/hand_over.h"

#include "berkd/host/state_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is there a folder, or what somebody else owns? */
static bool is_foreign(int dir, const char *name, uid_t uid)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (S_ISDIR(st.st_mode) || (st.st_uid != 0 && st.st_uid != uid));
}

static int give_file(int dir, const char *name, uid_t uid, gid_t gid)
{
	struct stat st;
	off_t size;
	int fd = state_file_open(dir, name, O_RDONLY, &size), r = 0;

	if (fd < 0) {
		return 0; /* no regular file, or gone: whoever needs it says what is wrong */
	}
	if (fstat(fd, &st) == 0 && st.st_nlink == 1 && st.st_uid == 0) {
		r = fchown(fd, uid, gid) < 0 ? -errno : 0;
	}
	close(fd);
	return r;
}

static int give_files(DIR *d, uid_t uid, gid_t gid, bool only_look)
{
	const struct dirent *e;
	int r = 0;

	rewinddir(d);
	while (r == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
			continue;
		}
		if (only_look) {
			r = is_foreign(dirfd(d), e->d_name, uid) ? -EEXIST : 0;
		} else {
			r = give_file(dirfd(d), e->d_name, uid, gid);
		}
	}
	return r;
}

int hand_over_state(int dir, uid_t uid, gid_t gid)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;

	if (!d) {
		int r = -errno;

		if (fd >= 0) {
			close(fd);
		}
		return r;
	}
	int r = give_files(d, uid, gid, true);

	r = r < 0 ? r : give_files(d, uid, gid, false);
	if (r == 0 && fstat(dir, &st) == 0 && st.st_uid != uid && fchown(dir, uid, gid) < 0) {
		r = -errno;
	}
	closedir(d);
	return r;
}
