/* say.c - see say.h. */
#include "exporter/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

static void say(const char *level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void say(const char *level, const char *format, va_list args)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), format, args);
	if (getenv("JOURNAL_STREAM")) {
		(void)fprintf(stderr, "%s%s\n", level, text);
	} else {
		(void)fprintf(stderr, "berkd-exporter: %s\n", text);
	}
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(SD_ERR, format, args);
	va_end(args);
}

void say_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(SD_WARNING, format, args);
	va_end(args);
}

void say_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(SD_INFO, format, args);
	va_end(args);
}
