/* unread.c - see unread.h. */
#include "berkd/host/unread.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void unread_note(struct unread *u, const char *name, int error)
{
	assert(u->n < UNREAD_MAX && error < 0);
	if (u->n == 0) {
		(void)snprintf(u->text, sizeof(u->text), "%s cannot be read: %s", name,
			       strerror(-error));
	}
	u->name[u->n++] = name;
}

bool unread_has(const struct unread *u, const char *name)
{
	for (size_t i = 0; i < u->n; i++) {
		if (strcmp(u->name[i], name) == 0) {
			return true;
		}
	}
	return false;
}

const char *unread_text(const struct unread *u)
{
	return u->n > 0 ? u->text : NULL;
}
