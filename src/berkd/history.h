/* history.h - what is kept of the group: a sample of each host every ten seconds, and events. */
#pragma once

#include "berkd/daemon_private.h"

/* Open the file of the history, if there is to be one.  0, also where it cannot be kept, which is
 * told; or -ENOMEM.  Call when the node is there, and before the user changes. */
int history_open(struct daemon *);
/* Take a sample when the last one is old enough.  Call with each event that was fed: the history
 * has no timer of its own. */
void history_look(struct daemon *, mono_t now, struct clock_pair pair);
/* Is a notice of this kind kept? */
bool history_wants(enum notice_kind);
/* Keep that notice; @text: its words, @name: that of its peer, or NULL.  Call for each that
 * history_wants(). */
void history_note(struct daemon *, const struct notice *, const char *name, const char *text);
