/* scratch.h - a folder in memory for a target that reads files; it is removed when the process
 * ends. */
#pragma once

#include <stddef.h>

/* The folder, which is made by the first call. */
const char *scratch_path(void);
/* The path of @name there, until the next call. */
const char *scratch_file(const char *name);
/* That file with these bytes, readable by its owner only.  Aborts when it cannot be written. */
void scratch_write(const char *name, const void *data, size_t len);
/* Remove all files there. */
void scratch_clear(void);
/* What the code under test prints goes nowhere from here on; what sanitizers print does not. */
void scratch_hush(void);
