/* conf.c - see conf.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/conf.h"

struct config conf;
char said[32768];

void conf_hear(void *userdata, const char *message)
{
	(void)userdata;
	strncat(said, message, sizeof(said) - strlen(said) - 2);
	strcat(said, "\n");
}

int conf_setup(void **state)
{
	(void)state;
	said[0] = '\0';
	config_defaults(&conf);
	return 0;
}

unsigned conf_parse(const char *text)
{
	said[0] = '\0';
	return config_parse(&conf, "f", text, strlen(text), conf_hear, NULL);
}

void conf_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	(void)fclose(f);
}
