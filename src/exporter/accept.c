/* accept.c - see accept.h. */
#include "exporter/accept.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ACCEPT_MAX 1024 /* what is longer is cut, and then names less */
#define BLANKS	   " \t"

/* Without the blanks around it. */
static char *trim(char *text)
{
	text += strspn(text, BLANKS);
	for (size_t len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]); len--) {
		text[len - 1] = '\0';
	}
	return text;
}

/* One of those that commas part: a type, and what it must be like.  A weight of 0 says no. */
static bool is_openmetrics(char *range)
{
	char *rest, *part = strtok_r(range, ";", &rest);
	bool is = part && strcasecmp(trim(part), "application/openmetrics-text") == 0;

	while (is && (part = strtok_r(NULL, ";", &rest))) {
		part = trim(part);
		if (strncasecmp(part, "version=", strlen("version=")) == 0) {
			is = strcmp(part + strlen("version="), "1.0.0") == 0;
		} else if (strncasecmp(part, "q=", strlen("q=")) == 0) {
			is = part[strlen("q=") + strspn(part + strlen("q="), "0.")] != '\0';
		}
	}
	return is;
}

bool accept_has_openmetrics(const char *text)
{
	char copy[ACCEPT_MAX], *rest;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (char *range = strtok_r(copy, ",", &rest); range; range = strtok_r(NULL, ",", &rest)) {
		if (is_openmetrics(range)) {
			return true;
		}
	}
	return false;
}
