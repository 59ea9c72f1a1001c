/* saved_line.h - the group line as a text that a later start of the daemon can go on from. */
#pragma once

#include "berk/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_HEX_LEN 33 /* of a boot id, with its NUL */

/* Over which life of RAW a line is: it means nothing after a reboot or a suspend. */
struct raw_life {
	char boot[BOOT_HEX_LEN];
	int64_t slept_ns; /* since the boot */
};

/* That of this moment; a negative errno when the boot has no id. */
int raw_life_now(struct raw_life *ret);
/* A line of that life in @buf of @size bytes. */
void saved_line_format(char *buf, size_t size, const struct raw_life *, const struct saved_line *);
/* The line of @text, if it is over the RAW of @now.  False: it is not, or the text is not one.
 * The order in @ret is known even if the line is of another life; all zero when there is none. */
bool saved_line_parse(const char *text, const struct raw_life *now, struct saved_line *ret);
