/* slow.c - a disk that stands still, for test_slow only: while the file `slow` stands beside the
 * state directory, no file gets there.  The linker puts it in the place of fsync() (--wrap) in
 * berkd-slow, and never in the product. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_US 50000

int __real_fsync(int fd);
int __wrap_fsync(int fd);

/* Cut the last part off. */
static void up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash) {
		*slash = '\0';
	}
}

int __wrap_fsync(int fd)
{
	char link[64], path[PATH_MAX], name[PATH_MAX + 8];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	if (strstr(path, ".new")) {
		up(path);
		up(path);
		(void)snprintf(name, sizeof(name), "%s/slow", path);
		while (access(name, F_OK) == 0) {
			(void)usleep(LOOK_US);
		}
	}
	return __real_fsync(fd);
}
