/* values.c - the text of a value becomes a number, a time, a word, a text. */
#include "berkd/config/values.h"

#include "berk/utf8.h"
#include "common/words.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

/* A number and one of @unit; true when all of @text was used. */
static bool read_number(const char *text, const struct unit *unit, double *ret)
{
	char *end;

	errno = 0;
	double v = strtod(text, &end);

	if (end == text || errno == ERANGE || !(v > -1e18 && v < 1e18)) {
		return false;
	}
	while (*end == ' ') {
		end++;
	}
	for (; unit->name; unit++) {
		if (strcmp(end, unit->name) == 0) {
			*ret = v * unit->factor;
			return *ret > -9e18 && *ret < 9e18;
		}
	}
	return false;
}

static const struct unit times[] = {{"ns", 1},	   {"us", 1e3},	  {"ms", 1e6}, {"s", 1e9},
				    {"min", 60e9}, {"h", 3600e9}, {NULL, 0}};
static const struct unit parts[] = {{"ppb", 1}, {"ppm", 1e3}, {"%", 1e7}, {NULL, 0}};
static const struct unit sizes[] = {
	{"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1024 * 1024 * 1024}, {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

bool config_read_time(const char *text, const struct config_key *k, int64_t *ret_ns)
{
	double ns;

	if (!read_number(text, times, &ns) || ns < (double)k->min || ns > (double)k->max) {
		return false;
	}
	*ret_ns = ns_from_double(ns);
	return true;
}

const char *config_take_time(struct config *c, const struct config_key *k, const char *value)
{
	return config_read_time(value, k, config_key_field(c, k)) ? NULL : k->allowed;
}

const char *config_take_time_or_never(struct config *c, const struct config_key *k,
				      const char *value)
{
	if (strcmp(value, "never") == 0) {
		*(int64_t *)config_key_field(c, k) = INT64_MAX;
		return NULL;
	}
	return config_take_time(c, k, value);
}

const char *config_take_part(struct config *c, const struct config_key *k, const char *value)
{
	double ppb;

	if (!read_number(value, parts, &ppb) || ppb < (double)k->min || ppb > (double)k->max) {
		return k->allowed;
	}
	*(int64_t *)config_key_field(c, k) = ns_from_double(ppb);
	return NULL;
}

const char *config_take_ppm(struct config *c, const struct config_key *k, const char *value)
{
	double v;

	if (!read_number(value, parts, &v) || v < (double)k->min || v > (double)k->max) {
		return k->allowed;
	}
	*(double *)config_key_field(c, k) = v / 1e3;
	return NULL;
}

const char *config_take_whole(struct config *c, const struct config_key *k, const char *value)
{
	void *field = config_key_field(c, k);
	double v;

	assert(k->min >= 0);
	if (!read_number(value, plain, &v) || v < (double)k->min || v > (double)k->max ||
	    (double)(uint64_t)v != v) {
		return k->allowed;
	}
	switch (k->size) {
	case sizeof(uint8_t):
		*(uint8_t *)field = (uint8_t)v;
		break;
	case sizeof(uint16_t):
		*(uint16_t *)field = (uint16_t)v;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)field = (uint32_t)v;
		break;
	default:
		assert(k->size == sizeof(uint64_t));
		*(uint64_t *)field = (uint64_t)v;
		break;
	}
	return NULL;
}

const char *config_take_size(struct config *c, const struct config_key *k, const char *value)
{
	double v;

	if (!read_number(value, sizes, &v) || (double)(uint64_t)ns_from_double(v) != v ||
	    (v != 0 && (v < (double)k->min || v > (double)k->max))) {
		return k->allowed;
	}
	*(uint64_t *)config_key_field(c, k) = (uint64_t)v;
	return NULL;
}

bool config_read_bool(const char *value, bool *ret)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*ret = i % 2;
			return true;
		}
	}
	return false;
}

const char *config_take_bool(struct config *c, const struct config_key *k, const char *value)
{
	return config_read_bool(value, config_key_field(c, k)) ? NULL : k->allowed;
}

const char *config_take_word(struct config *c, const struct config_key *k, const char *value,
			     const char *const *words)
{
	return words_find(words, value, config_key_field(c, k)) ? NULL : k->allowed;
}

const char *config_take_text(struct config *c, const struct config_key *k, const char *value)
{
	size_t len = strlen(value);

	if (len >= k->size || len < (size_t)k->min || (len && !utf8_is_text(value, len))) {
		return k->allowed;
	}
	memset(config_key_field(c, k), 0, k->size);
	memcpy(config_key_field(c, k), value, len);
	return NULL;
}

const char *config_take_path(struct config *c, const struct config_key *k, const char *value)
{
	return *value && *value != '/' ? k->allowed : config_take_text(c, k, value);
}
