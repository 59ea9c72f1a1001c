/* text.h - text that came from elsewhere, made fit to be shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Copy @len bytes of @in to @out of @size bytes (at least 1) for a terminal or a log: control
 * characters (C0, DEL, C1) and what is not UTF-8 become \xNN, each a byte; characters that nobody
 * sees or that turn the direction of writing become \u{NNNN}; a backslash is doubled.  What does
 * not fit is cut between characters.  @out is always terminated.  Returns its length. */
size_t text_escape(const char *in, size_t len, char *out, size_t size);
/* Is there nothing to be escaped but backslashes? */
bool text_is_plain(const char *text);
/* @text itself where that is so, else what text_escape() makes of it in @buf. */
const char *text_made_plain(const char *text, char *buf, size_t size);
