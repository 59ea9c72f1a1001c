/* keyfile.c - see keyfile.h. */
#include "berkctl/keyfile.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER "berkd" /* the group of the service's user */

/* Our group may be missing, or may not be ours to give: then the file is for its owner alone. */
static int give_to_service(int fd)
{
	const struct group *g = getgrnam(OWNER);

	return g && fchown(fd, (uid_t)-1, g->gr_gid) == 0 && fchmod(fd, 0640) < 0 ? -errno : 0;
}

static int fill(int fd, const char *lines)
{
	int r = file_write_all(fd, lines, strlen(lines));

	r = r < 0 ? r : give_to_service(fd);
	return r < 0 ? r : fsync(fd) < 0 ? -errno : 0;
}

int key_file_write(const char *path, const char *lines)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		return -errno;
	}
	int r = fill(fd, lines);

	r = close(fd) < 0 && r == 0 ? -errno : r;
	if (r < 0) {
		(void)unlink(path);
	}
	return r;
}
