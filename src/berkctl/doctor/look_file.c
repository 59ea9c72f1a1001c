/* look_file.c - see look_file.h. */
#include "berkctl/doctor/look_file.h"

#include "common/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

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

void look_note(void *list, const char *message)
{
	char text[2048];

	text_escape(message, strlen(message), text, sizeof(text));
	(void)json_array_append_new(list, json_string(text));
}
