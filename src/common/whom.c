/* whom.c - which host a person means.  See whom.h.
 *
 * Names are compared as DNS does, which folds the letters of ASCII and no others; what the locale
 * has for capitals is no matter. */
#include "common/whom.h"

#include <stddef.h>
#include <string.h>

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The first @len bytes, which both have. */
static bool is_alike(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (fold(a[i]) != fold(b[i])) {
			return false;
		}
	}
	return true;
}

static size_t name_length(const char *name)
{
	size_t len = strlen(name);

	return len > 1 && name[len - 1] == '.' ? len - 1 : len;
}

static size_t hex_length(const char *text)
{
	size_t len = strlen(text);

	return strspn(text, "0123456789abcdefABCDEF") == len ? len : 0;
}

bool whom_same_name(const char *a, const char *b)
{
	size_t len = name_length(a);

	return len > 0 && len == name_length(b) && is_alike(a, b, len);
}

bool whom_is_id(const char *typed)
{
	return hex_length(typed) == WHOM_ID_DIGITS;
}

bool whom_is_key(const char *typed)
{
	return hex_length(typed) == WHOM_KEY_DIGITS;
}

bool whom_means(const char *typed, const char *name, const char *id, const char *key)
{
	size_t len = hex_length(typed);

	if (len == WHOM_KEY_DIGITS) {
		return strlen(key) == len && is_alike(typed, key, len);
	}
	if (len != WHOM_ID_DIGITS && whom_same_name(typed, name)) {
		return true;
	}
	return len >= WHOM_PREFIX_MIN && len <= strlen(id) && is_alike(typed, id, len);
}
