/* conf.h - a configuration under test, and what was said about it. */
#pragma once

#include "berkd/config/load.h"

extern struct config conf;
extern char said[32768]; /* a line for each message since the last conf_parse() or conf_setup() */

/* For cmocka: the defaults, and nothing said. */
int conf_setup(void **state);
void conf_hear(void *userdata, const char *message);
/* Read @text as the file "f" into conf; the number of errors. */
unsigned conf_parse(const char *text);
void conf_write(const char *path, const char *text);
