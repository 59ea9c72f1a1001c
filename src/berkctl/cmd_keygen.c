/* cmd_keygen.c - new group keys, printed or written to a file that only root and berkd can read. */
#include "berkctl/berkctl.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LEN 32
#define OWNER	"berkd" /* the group of the service's user */

/* Our group may be missing, or may not be ours to give: then the file is for its owner alone. */
static int give_to_service(int fd)
{
	const struct group *g = getgrnam(OWNER);

	return g && fchown(fd, (uid_t)-1, g->gr_gid) == 0 ? fchmod(fd, 0640) : 0;
}

static int fill(int fd, const char *line)
{
	size_t len = strlen(line);

	if (write(fd, line, len) != (ssize_t)len || give_to_service(fd) < 0 || fsync(fd) < 0) {
		return -1;
	}
	return 0;
}

/* A key that is there is never lost: a file is made, and none is written over. */
static int write_key(const char *file, const char *line)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = fd < 0 ? -1 : fill(fd, line);

	if (fd >= 0 && (close(fd) < 0 || r < 0)) {
		int error = errno;

		(void)unlink(file);
		errno = error;
		r = -1;
	}
	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s\n", file, strerror(errno));
		return CTL_FAILED;
	}
	printf("%s holds a new key; copy it to every host, and set key_file = %s in [group].\n",
	       file, file);
	return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

int cmd_keygen(const struct ctl *ctl)
{
	unsigned char key[KEY_LEN];
	char hex[2 * KEY_LEN + 2];
	int status;

	if (sodium_init() < 0) {
		(void)fputs("berkctl: no random numbers to be had\n", stderr);
		return CTL_FAILED;
	}
	randombytes_buf(key, sizeof(key));
	sodium_bin2hex(hex, 2 * KEY_LEN + 1, key, sizeof(key));
	if (ctl->argc > 0) {
		memcpy(hex + 2 * KEY_LEN, "\n", 2);
		status = write_key(ctl->argv[0], hex);
	} else {
		printf(ctl->json ? "{\"key\": \"%s\"}\n" : "%s\n", hex);
		status = fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(hex, sizeof(hex));
	return status;
}
