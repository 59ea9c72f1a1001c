/* findings.h - what `berkctl doctor` says: a list of findings, each with its grade and remedy. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum grade {
	GRADE_OK,
	GRADE_UNKNOWN, /* could not be looked at */
	GRADE_WARNING,
	GRADE_FAILURE,
	GRADES
};
/* "ok", "unknown", "warning", "failure". */
extern const char *const grade_words[GRADES];

/* Add to the array @list: {"area", "check", "grade", "text", "remedy"}.  @format is full sentences;
 * what stands behind its first line end is the remedy, and only what is ok has none.  What it shows
 * of others must be escaped (view.h). */
void finding_add(json_t *list, enum grade, const char *area, const char *check, const char *format,
		 ...) __attribute__((format(printf, 5, 6)));
/* Has @list one of @area that is worse than ok? */
bool findings_have(const json_t *list, const char *area);
/* How many findings of @list have that grade. */
size_t findings_count(const json_t *list, enum grade);
