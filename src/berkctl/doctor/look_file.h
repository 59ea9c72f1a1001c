/* look_file.h - files below a root that a test may put elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Where to look. */
struct look_at {
	const char *root;   /* before /proc, /sys and /etc; normally "" */
	const char *config; /* berkd.conf */
	const char *socket; /* of the daemon; NULL: as the configuration says */
};

/* A path below the root in @buf. */
#define LOOK_PATH_MAX 512
const char *look_path(const struct look_at *, const char *path, char buf[static LOOK_PATH_MAX]);
/* The beginning of a file below the root, up to @size - 1 bytes; false, and "", when it cannot be
 * read. */
bool look_text(const struct look_at *, const char *path, char *ret, size_t size);
/* Does the mode of that file, or device, let @user read it? */
bool look_is_readable(const struct look_at *, const char *path, const char *user);
bool look_exists(const struct look_at *, const char *path);
/* A config_report that adds to the array @list, made fit to be shown. */
void look_note(void *list, const char *message);
