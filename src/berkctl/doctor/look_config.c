/* look_config.c - the configuration as berkd loads it, and as the daemon's user sees it. */
#include "berkctl/doctor/look_parts.h"

#include "berkd/config/group_key.h"
#include "berkd/config/load.h"
#include "berkd/host/as_user.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Warnings are told apart by how they begin. */
static void note(void *userdata, const char *message)
{
	struct facts_config *f = userdata;
	const size_t len = strlen("warning: ");

	if (strncmp(message, "warning: ", len) == 0) {
		look_note(f->warnings, message + len);
	} else {
		look_note(f->errors, message);
	}
}

static void no_note(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

static int read_keys(const struct config *c, config_report report, void *userdata)
{
	struct node_config node;
	int r = group_keys_read(c, &node, report, userdata);

	sodium_memzero(&node, sizeof(node));
	return r;
}

/* --- Jobs of the daemon's user --- */

static int try_files(void *userdata)
{
	const struct facts_config *f = userdata;
	struct config *c = malloc(sizeof(*c));
	int r = c ? config_load(f->path, c, no_note, NULL) : -ENOMEM;

	free(c);
	return r == -EINVAL ? -EACCES : r; /* root could: only the right to read lacks */
}

static int try_keys(void *userdata)
{
	const struct facts_config *f = userdata;

	return read_keys(&f->config, no_note, NULL);
}

static void try_as_user(struct facts_config *f)
{
	f->user_exists = getpwnam(f->config.user) != NULL;
	if (!f->is_root || !f->user_exists || !f->loaded) {
		return;
	}
	f->tried = true;
	f->as_user = as_user(f->config.user, try_files, f);
	if (f->has_key) {
		f->as_user_key = as_user(f->config.user, try_keys, f);
	}
}

static void list_dropins(struct facts_config *f)
{
	char folder[LOOK_PATH_MAX];
	const struct dirent *e;

	(void)snprintf(folder, sizeof(folder), "%s.d", f->path);
	DIR *dir = opendir(folder);

	while (dir && (e = readdir(dir)) != NULL) {
		size_t len = strlen(e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
			continue;
		}
		if (e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".conf") == 0) {
			f->n_dropins++;
		} else {
			look_note(f->odd, e->d_name);
		}
	}
	if (dir) {
		(void)closedir(dir);
	}
}

void look_at_config(const struct look_at *at, struct facts_config *ret)
{
	*ret = (struct facts_config){.path = at->config,
				     .errors = json_array(),
				     .warnings = json_array(),
				     .key_errors = json_array(),
				     .odd = json_array(),
				     .is_root = geteuid() == 0};
	config_defaults(&ret->config);
	ret->error = config_load(at->config, &ret->config, note, ret);
	ret->loaded = ret->error == 0;
	if (ret->loaded && ret->config.key_file[0]) {
		int r = read_keys(&ret->config, no_note, NULL);

		ret->has_key = r == 0;
		ret->key_unseen = r == -EACCES && !ret->is_root;
		if (r < 0 && !ret->key_unseen) {
			(void)read_keys(&ret->config, look_note, ret->key_errors);
		}
	}
	list_dropins(ret);
	if (ret->config.driver == CONFIG_CLOCK_VIRTUAL) { /* it stays who it is */
		ret->user_exists = true;
	} else {
		try_as_user(ret);
	}
}
