/* view.h - values out of the daemon's JSON, made fit to be shown. */
#pragma once

#include "common/format.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define VIEW_MAX 320

/* The string @key escaped for a terminal; @none when it is absent or empty. */
const char *view_text(const json_t *, const char *key, const char *none, char buf[static VIEW_MAX]);
/* The same without a limit but @size's; "" when absent. */
const char *view_text_long(const json_t *, const char *key, char *buf, size_t size);
/* The string itself, "" when absent: for comparing only. */
const char *view_raw(const json_t *, const char *key);
/* The value whose word (common/words.h) @key has; -1: absent, or a word that we do not know. */
int view_word(const json_t *, const char *key, const char *const *words);
bool view_true(const json_t *, const char *key);
/* False when @key is absent; @ret is 0 then. */
bool view_int(const json_t *, const char *key, int64_t *ret);
/* The same, worded: "-" when absent. */
const char *view_interval(const json_t *, const char *key, char buf[static FORMAT_MAX]);
const char *view_offset(const json_t *, const char *key, char buf[static FORMAT_MAX]);
const char *view_ppm(const json_t *, const char *key, char buf[static FORMAT_MAX]);
/* Name, or the first 8 digits of the id of a host without one. */
const char *view_host(const json_t *member, char buf[static VIEW_MAX]);
