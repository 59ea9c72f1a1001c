/* view.h - values out of the daemon's JSON, made fit to be shown. */
#pragma once

#include "common/format.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define VIEW_MAX 320

/* The string @key, escaped for a terminal, in @buf; @none when it is absent or empty. */
const char *view_text(const json_t *, const char *key, const char *none, char buf[static VIEW_MAX]);
/* The same in a buffer of @size bytes; "" when it is absent. */
const char *view_text_long(const json_t *, const char *key, char *buf, size_t size);
/* The string itself, "" when it is absent.  Call for comparisons. */
const char *view_raw(const json_t *, const char *key);
/* The same to be shown, where it is one of the daemon's words: "?" when a terminal would do more
 * than show it, for a daemon that was taken over may say anything. */
const char *view_plain(const json_t *, const char *key);
/* The value whose word (common/words.h) @key has; -1: absent, or a word that we do not know. */
int view_word(const json_t *, const char *key, const char *const *words);
bool view_true(const json_t *, const char *key);
/* False when @key is absent; @ret is 0 then. */
bool view_int(const json_t *, const char *key, int64_t *ret);
int64_t view_int_or_0(const json_t *, const char *key);
/* The same as text for people; "-" when it is absent. */
const char *view_interval(const json_t *, const char *key, char buf[static FORMAT_MAX]);
const char *view_offset(const json_t *, const char *key, char buf[static FORMAT_MAX]);
const char *view_ppm(const json_t *, const char *key, char buf[static FORMAT_MAX]);
/* Is the member in sight, so that its figures are those of now?  Call with any value. */
bool view_is_here(const json_t *member);
/* The name of the host; if it has none, the first 8 digits of its id. */
const char *view_host(const json_t *member, char buf[static VIEW_MAX]);
/* The same of who says something, with the whole id where the name is held by another key. */
const char *view_speaker(const json_t *event, char buf[static VIEW_MAX]);
