/* site.c - see site.h. */
#include "berkctl/join/site.h"

#include "berkctl/keyfile.h"
#include "berkd/config/load.h"
#include "common/file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *path, int error)
{
	(void)fprintf(stderr, "berkctl: %s: %s\n", path, strerror(-error));
	return false;
}

static void report(void *userdata, const char *message)
{
	(void)userdata;
	(void)fprintf(stderr, "berkctl: %s\n", message);
}

/* group.key beside the configuration; berkd wants the whole path of it. */
static bool name_files(const char *path, struct site *s)
{
	char *whole = realpath(path, NULL);

	if (!whole) {
		return complain(path, -errno);
	}
	(void)snprintf(s->folder, sizeof(s->folder), "%s.d", whole);
	(void)snprintf(s->key_file, sizeof(s->key_file), "%.*s/group.key",
		       (int)(strrchr(whole, '/') - whole), whole);
	int n = snprintf(s->dropin, sizeof(s->dropin), "%s/" SITE_DROPIN, s->folder);

	free(whole);
	return n > 0 && (size_t)n < sizeof(s->dropin) ? true : complain(path, -ENAMETOOLONG);
}

bool site_look(const char *path, struct site *ret)
{
	struct welcome w;

	config_defaults(&ret->config);
	int r = config_load(path, &ret->config, report, NULL);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s is to be mended first\n", path);
		return r == -EINVAL ? false : complain(path, r);
	}
	ret->has_key = welcome_of(&ret->config, &w);
	sodium_memzero(&w, sizeof(w));
	return name_files(path, ret);
}

/* Berkd must be able to read it: what it does not know, it would refuse to start with. */
static bool is_understood(const struct site *s, const char *text)
{
	struct config *c = malloc(sizeof(*c));
	bool good = false;

	if (c) {
		*c = s->config;
		good = config_parse(c, s->dropin, text, strlen(text), report, NULL) == 0;
	}
	free(c);
	return good;
}

static bool put_dropin(const struct site *s, const char *text)
{
	int folder = mkdir(s->folder, 0755) < 0 && errno != EEXIST ? -errno
								   : file_open_folder(s->folder);
	int r = folder < 0 ? folder : file_replace(folder, SITE_DROPIN, text, strlen(text), 0644);

	if (folder >= 0) {
		close(folder);
	}
	return r < 0 ? complain(s->dropin, r) : true;
}

bool site_put(const struct site *s, const struct welcome *w, const char *peer, const char *before)
{
	char text[WELCOME_TEXT_MAX];

	welcome_dropin(w, s->key_file, peer, before, text);
	if (!is_understood(s, text)) {
		return false;
	}
	char keys[WELCOME_TEXT_MAX];

	welcome_key_file(w, keys);
	int r = key_file_write(s->key_file, keys);

	sodium_memzero(keys, sizeof(keys));
	if (r < 0) {
		return complain(s->key_file, r);
	}
	if (!put_dropin(s, text)) {
		(void)unlink(s->key_file);
		return false;
	}
	return true;
}

bool site_before(const struct site *s, char *ret, size_t size)
{
	char text[WELCOME_TEXT_MAX];
	size_t len = 0;

	ret[0] = '\0';
	if (file_read(s->dropin, text, sizeof(text) - 1, &len) < 0) {
		return false;
	}
	text[len] = '\0';
	return welcome_before(text, ret, size);
}

bool site_clear(const struct site *s)
{
	bool ours = strcmp(s->config.key_file, s->key_file) == 0;

	if (unlink(s->dropin) < 0) {
		return complain(s->dropin, -errno);
	}
	return !ours || unlink(s->key_file) == 0 || errno == ENOENT ? true
								    : complain(s->key_file, -errno);
}
