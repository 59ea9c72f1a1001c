/* file.c - see file.h. */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SMALL_MAX 1024

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
