/* saved_budget.h - how far others have moved our clock, as a text for a later start. */
#pragma once

#include "berk/node.h"

#include <stdbool.h>
#include <stddef.h>

/* That of the boot with that id in @buf of @size bytes. */
void saved_budget_format(char *buf, size_t size, const char *boot, const struct saved_budget *);
/* What @text says, if it is of the boot with that id.  False: @text is none; of another boot,
 * @ret->any is false. */
bool saved_budget_parse(const char *text, const char *boot, struct saved_budget *ret);
