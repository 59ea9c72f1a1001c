/* judge_config.c - is berkd.conf good, and can the daemon's user read all that it names? */
#include "berkctl/doctor/judge_parts.h"

#include "berkctl/view.h"

#include <errno.h>
#include <string.h>

#define AREA "configuration"

static void repeat(json_t *list, const json_t *lines, enum grade grade, const char *check,
		   const char *remedy)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		finding_add(list, grade, AREA, check, "%s.\n%s", json_string_value(line), remedy);
	}
}

static void judge_odd(json_t *list, const struct facts_config *f)
{
	const json_t *name;
	size_t i;

	json_array_foreach(f->odd, i, name)
	{
		finding_add(list, GRADE_WARNING, AREA, "drop-in-ignored",
			    "berkd does not read %s.d/%s, because only names that end with .conf, "
			    "and begin with no dot, are drop-ins.\n"
			    "If it is to count, give it a name that ends with .conf; else move it "
			    "elsewhere.",
			    f->path, json_string_value(name));
	}
}

static void judge_user(json_t *list, const struct facts_config *f)
{
	const char *user = f->config.user;

	if (!f->loaded) {
		return; /* who it is to be is not known */
	}
	if (!f->user_exists) {
		finding_add(list, GRADE_FAILURE, AREA, "user",
			    "This host has no user %s, which berkd is to become ([node] "
			    "user).\nMake it: systemd-sysusers",
			    user);
	} else if (!f->is_root) {
		finding_add(list, GRADE_UNKNOWN, AREA, "as-user",
			    "Only root can try whether the user %s can read the configuration.\n"
			    "Run this as root: berkctl doctor",
			    user);
	} else if (f->as_user < 0) {
		finding_add(list, GRADE_FAILURE, AREA, "as-user",
			    "The user %s, which berkd runs as, cannot read %s and its drop-ins: "
			    "%s.\nAllow it: chgrp %s %s %s.d/*.conf && chmod 640 %s %s.d/*.conf, "
			    "and chmod 755 on their folders",
			    user, f->path, strerror(-f->as_user), user, f->path, f->path, f->path,
			    f->path);
	} else if (f->as_user_key < 0) {
		finding_add(list, GRADE_FAILURE, AREA, "key-as-user",
			    "The user %s, who berkd is, cannot read the key file %s: %s.\n"
			    "Allow it: chgrp %s %s && chmod 640 %s",
			    user, f->config.key_file, strerror(-f->as_user_key), user,
			    f->config.key_file, f->config.key_file);
	}
}

/* The unit may have the key as a credential, of which only the daemon knows. */
static void judge_key(json_t *list, const struct facts_config *f, const struct facts_daemon *d)
{
	bool credential = d->status && !view_true(d->status, "open_group");

	if (f->key_unseen) {
		finding_add(list, GRADE_UNKNOWN, AREA, "key",
			    "This user may not read the key file %s, so it was not looked at.\n"
			    "Run this as root: berkctl doctor",
			    f->config.key_file);
	} else if (f->loaded && !f->config.key_file[0] && !credential) {
		finding_add(
			list, GRADE_WARNING, AREA, "open-group",
			"The group has no key: any host that reaches the network may take part in "
			"it.\nMake one key for all hosts: berkctl keygen /etc/berkd/group.key, and "
			"write key_file = /etc/berkd/group.key into [group]");
	}
}

/* No file at all, or none that this user may read: the loader's word on it is not repeated. */
static void judge_unread(json_t *list, const struct facts_config *f)
{
	if (f->error == -EACCES && !f->is_root) {
		finding_add(list, GRADE_UNKNOWN, AREA, "unread",
			    "This user may not read %s.\n"
			    "Run this as root: berkctl doctor",
			    f->path);
	} else if (f->error == -ENOENT) {
		finding_add(
			list, GRADE_FAILURE, AREA, "no-config",
			"There is no configuration %s, so berkd does not start.\n"
			"Take the one that comes with berkd (conf/berkd.conf), or name the file "
			"that is used here: berkctl doctor --config FILE",
			f->path);
	} else {
		repeat(list, f->errors, GRADE_FAILURE, "config",
		       "Correct that place, try it with berkd --check-config, and then: berkctl "
		       "reload");
	}
}

void judge_config(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_config *f = &facts->config;

	judge_unread(list, f);
	repeat(list, f->key_errors, GRADE_FAILURE, "key",
	       "Copy the key file from another host of the group, or make a new one for all hosts: "
	       "berkctl keygen FILE; then chgrp berkd FILE && chmod 640 FILE, and berkctl reload");
	repeat(list, f->warnings, GRADE_WARNING, "doubt", "See berkd.conf(5) on that key.");
	if (!f->loaded) {
		finding_add(list, GRADE_UNKNOWN, AREA, "defaults",
			    "The configuration has errors, so the doctor used the defaults: its "
			    "findings on addresses, names and the state directory may not "
			    "apply.\nCorrect the configuration, and run this again.");
	}
	judge_odd(list, f);
	judge_user(list, f);
	judge_key(list, f, &facts->daemon);
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "config",
			    "%s and its %u drop-in%s are good%s%s%s.", f->path, f->n_dropins,
			    f->n_dropins == 1 ? "" : "s", f->tried ? ", and the user " : "",
			    f->tried ? f->config.user : "",
			    f->tried ? " can read them and the key" : "");
	}
}
