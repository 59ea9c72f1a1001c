/* unread.h - files of the state directory that are there and cannot be read: permissions, a bad
 * disk.
 *
 * They may be as good as ever, so they stay as they are until a later start can read them:
 * nothing is written in their place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define UNREAD_MAX	8
#define UNREAD_TEXT_MAX 128

struct unread {
	const char *name[UNREAD_MAX];
	size_t n;
	char text[UNREAD_TEXT_MAX]; /* "NAME cannot be read: Permission denied", of the first */
};

/* The file @name, a constant, gave @error, a negative errno.  Call once for each. */
void unread_note(struct unread *, const char *name, int error);
/* Must @name stay as it is? */
bool unread_has(const struct unread *, const char *name);
/* What cannot be read, a text for people; NULL: all could be. */
const char *unread_text(const struct unread *);
