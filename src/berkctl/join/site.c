/* site.c - see site.h. */
#include "berkctl/join/site.h"

#include "berkctl/keyfile.h"
#include "berkd/config/load.h"
#include "common/file.h"

#include <errno.h>
#include <limits.h>
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

/* The names as berkd makes them of @path, which may be a link; it wants the whole path of a key. */
static bool name_files(const char *path, struct site *s)
{
	char here[PATH_MAX] = "";

	if (path[0] != '/' && !getcwd(here, sizeof(here))) {
		return complain(path, -errno);
	}
	int n = snprintf(s->path, sizeof(s->path), "%s%s%s", here, here[0] ? "/" : "", path);

	if (n < 0 || (size_t)n >= sizeof(s->path)) {
		return complain(path, -ENAMETOOLONG);
	}
	(void)snprintf(s->folder, sizeof(s->folder), "%s.d", s->path);
	(void)snprintf(s->dropin, sizeof(s->dropin), "%s/" SITE_DROPIN, s->folder);
	(void)snprintf(s->key_file, sizeof(s->key_file), "%.*s/group.key",
		       (int)(strrchr(s->path, '/') - s->path), s->path);
	return true;
}

/* The text of the drop-in; false: there is none, or it cannot be read. */
static bool read_dropin(const struct site *s, char text[static WELCOME_TEXT_MAX])
{
	size_t len = 0;

	if (file_read(s->dropin, text, WELCOME_TEXT_MAX - 1, &len) < 0) {
		return false;
	}
	text[len] = '\0';
	return true;
}

static bool is_free_or_ours(const struct site *s)
{
	char text[WELCOME_TEXT_MAX], before[16];
	struct stat st;

	if (lstat(s->dropin, &st) < 0 && errno == ENOENT) {
		return true;
	}
	if (read_dropin(s, text) && welcome_before(text, before, sizeof(before))) {
		return true;
	}
	(void)fprintf(stderr,
		      "berkctl: %s was not written by berkctl, which would write a file of that "
		      "name: give it another name that ends in .conf\n",
		      s->dropin);
	return false;
}

bool site_look(const char *path, struct site *ret)
{
	struct welcome w;

	config_defaults(&ret->config);
	int r = name_files(path, ret) ? config_load(ret->path, &ret->config, report, NULL)
				      : -ENAMETOOLONG;

	if (r == 0) {
		r = welcome_of(&ret->config, &w, report);
		ret->has_key = r == 0;
		sodium_memzero(&w, sizeof(w));
		r = r == -ENOENT && !ret->config.key_file[0] ? 0 : r;
	}
	if (r < 0) {
		(void)fprintf(stderr,
			      r == -ENOENT ? "berkctl: there is no %s; --config names another\n"
					   : "berkctl: correct %s and its key first\n",
			      ret->path);
		return false;
	}
	return is_free_or_ours(ret);
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

/* Does berkd read all of it that way?  A file that comes later may say something else. */
static bool is_in_force(const struct site *s, const struct welcome *w, const char *peer)
{
	struct config *c = malloc(sizeof(*c));
	const char *differs = NULL;
	int r = c ? config_load(s->path, c, report, NULL) : -ENOMEM;

	if (r == 0) {
		differs = welcome_differs(w, c, s->key_file, peer);
	}
	if (differs) {
		(void)fprintf(stderr,
			      "berkctl: %s does not have the value of the group: another file in "
			      "%s sets it, or the value cannot be written; correct that first\n",
			      differs, s->folder);
	}
	free(c);
	return r == 0 && !differs;
}

bool site_put(const struct site *s, const struct welcome *w, const char *peer, const char *before)
{
	char text[WELCOME_TEXT_MAX], keys[WELCOME_TEXT_MAX];

	if (!welcome_dropin(w, &s->config, s->key_file, peer, before, text)) {
		return complain(s->dropin, -E2BIG);
	}
	welcome_key_file(w, keys);
	int r = key_file_write(s->key_file, keys);

	sodium_memzero(keys, sizeof(keys));
	if (r < 0) {
		return complain(s->key_file, r);
	}
	if (!put_dropin(s, text) || !is_in_force(s, w, peer)) {
		site_take_back(s);
		return false;
	}
	return true;
}

void site_take_back(const struct site *s)
{
	(void)unlink(s->dropin);
	(void)unlink(s->key_file);
}

bool site_before(const struct site *s, char *ret, size_t size)
{
	char text[WELCOME_TEXT_MAX];

	ret[0] = '\0';
	return read_dropin(s, text) && welcome_before(text, ret, size);
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
