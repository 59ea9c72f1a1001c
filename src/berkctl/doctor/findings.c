/* findings.c - see findings.h. */
#include "berkctl/doctor/findings.h"

#include "berkctl/view.h"
#include "common/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 2048

const char *const grade_words[GRADES] = {"ok", "unknown", "warning", "failure"};

void finding_add(json_t *list, enum grade grade, const char *area, const char *check,
		 const char *format, ...)
{
	char text[TEXT_MAX], safe[TEXT_MAX], safe_remedy[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (size_t end = sizeof(text) - 1; n >= TEXT_MAX && end > 0 && text[end - 1] & 0x80;) {
		text[--end] = '\0'; /* cut between characters */
	}
	char *remedy = strchr(text, '\n');

	assert((grade == GRADE_OK) == !remedy);
	if (remedy) {
		*remedy++ = '\0';
	}
	/* A daemon that was taken over may say anything. */
	const char *shown = text_made_plain(text, safe, sizeof(safe));
	const char *also =
		remedy ? text_made_plain(remedy, safe_remedy, sizeof(safe_remedy)) : NULL;
	(void)json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s*}", "area", area, "check",
						    check, "grade", grade_words[grade], "text",
						    shown, "remedy", also));
}

size_t findings_count(const json_t *list, enum grade grade)
{
	size_t n = 0, i;
	const json_t *f;

	json_array_foreach(list, i, f)
	{
		n += strcmp(view_raw(f, "grade"), grade_words[grade]) == 0;
	}
	return n;
}

bool findings_have(const json_t *list, const char *area)
{
	size_t i;
	const json_t *f;

	json_array_foreach(list, i, f)
	{
		if (strcmp(view_raw(f, "area"), area) == 0 &&
		    strcmp(view_raw(f, "grade"), grade_words[GRADE_OK]) != 0) {
			return true;
		}
	}
	return false;
}
