/* judge_disk.c - can the state directory keep what berkd promises, and whose identity is in it? */
#include "berkctl/doctor/judge_parts.h"

#include "berkctl/view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define AREA	       "state and identity"
#define FREE_BYTES_MIN (4 << 20) /* the chat, the table, and a new file beside an old one */
#define FREE_FILES_MIN 16

/* False: nothing more can be said. */
static bool judge_folder(json_t *list, const struct config *c, const struct facts_disk *f)
{
	if (f->error == -ENOENT) {
		finding_add(list, GRADE_WARNING, AREA, "no-state",
			    "There is no state directory %s yet; berkd makes it at its first "
			    "start.\n"
			    "Start berkd: systemctl enable --now berkd",
			    c->state_dir);
	} else if (f->error) {
		finding_add(list, GRADE_UNKNOWN, AREA, "state",
			    "The state directory %s cannot be looked at: %s.\n"
			    "Run this as root: berkctl doctor",
			    c->state_dir, strerror(-f->error));
	} else if (!f->folder) {
		finding_add(list, GRADE_FAILURE, AREA, "no-folder",
			    "The state directory %s is no directory.\n"
			    "Move it elsewhere, and start berkd anew: systemctl restart berkd",
			    c->state_dir);
	}
	return f->error == 0 && f->folder;
}

static void judge_room(json_t *list, const struct config *c, const struct facts_disk *f)
{
	if (f->read_only) {
		finding_add(list, GRADE_FAILURE, AREA, "read-only",
			    "The state directory %s is on a file system that is mounted read-only, "
			    "so berkd neither votes nor leads.\n"
			    "Look in dmesg why, and then: mount -o remount,rw $(findmnt -no TARGET "
			    "-T %s)",
			    c->state_dir, c->state_dir);
		return;
	}
	if (f->free_bytes != FACTS_UNKNOWN && f->free_bytes < FREE_BYTES_MIN) {
		finding_add(list, GRADE_FAILURE, AREA, "full",
			    "The disk of %s has %" PRId64
			    " KiB left, and berkd needs 4096 KiB to keep its state.\nMake room: df "
			    "-h %s shows the disk; journalctl --vacuum-size=100M may be enough.",
			    c->state_dir, f->free_bytes / 1024, c->state_dir);
	}
	if (f->free_files != FACTS_UNKNOWN && f->free_files < FREE_FILES_MIN) {
		finding_add(list, GRADE_FAILURE, AREA, "no-inodes",
			    "The disk of %s has room for %" PRId64 " more files, and berkd needs "
			    "16.\n"
			    "Remove small files: df -i %s shows the disk.",
			    c->state_dir, f->free_files, c->state_dir);
	}
}

static void judge_owner(json_t *list, const struct config *c, const struct facts_disk *f)
{
	if (!f->ours) {
		finding_add(
			list, GRADE_FAILURE, AREA, "owner",
			"The state directory %s does not belong to the user %s, so berkd cannot "
			"keep its state.\n"
			"Give it to that user: chown -R %s: %s",
			c->state_dir, c->user, c->user, c->state_dir);
	} else if (f->open) {
		finding_add(list, GRADE_FAILURE, AREA, "open",
			    "Other users may write in the state directory %s, and so take the "
			    "identity of this host.\nShut it: chmod 700 %s",
			    c->state_dir, c->state_dir);
	}
}

static void judge_inside(json_t *list, const struct config *c, const struct facts_disk *f)
{
	const json_t *name;
	size_t i;

	json_array_foreach(f->damaged, i, name)
	{
		finding_add(list, GRADE_WARNING, AREA, "damaged",
			    "%s/%s was damaged, and was set aside: its value has begun anew.\n"
			    "Look in dmesg for a bad disk; then remove it: rm %s/%s",
			    c->state_dir, json_string_value(name), c->state_dir,
			    json_string_value(name));
	}
	if (!f->seen_inside) {
		finding_add(list, GRADE_UNKNOWN, AREA, "inside",
			    "Only root, and the user %s, may look into %s.\n"
			    "Run this as root: berkctl doctor",
			    c->user, c->state_dir);
	} else if (f->has_identity && (f->identity_mode & (S_IRWXG | S_IRWXO))) {
		finding_add(list, GRADE_FAILURE, AREA, "identity-open",
			    "Other users than %s may read the secret key of this host, %s/identity "
			    "(mode %03o; allowed is 600).\nShut it: chmod 600 %s/identity; if "
			    "somebody may have read it, remove it, restart berkd, and pin the new "
			    "key where it is pinned.",
			    c->user, c->state_dir, f->identity_mode & 0777, c->state_dir);
	}
}

/* Is there a list of members without this host?  Then nobody who has the same list lets it in. */
static void judge_pins(json_t *list, const struct config *c, const json_t *status)
{
	const char *hex = view_raw(status, "public_key");
	bool pinned = c->n_member_keys == 0 || strlen(hex) != 2 * (size_t)KEY_LEN;

	for (size_t i = 0; !pinned && i < c->n_member_keys; i++) {
		static const char digits[] = "0123456789abcdef";
		size_t k = 0;

		while (k < KEY_LEN && hex[2 * k] == digits[c->member_keys[i][k] >> 4] &&
		       hex[2 * k + 1] == digits[c->member_keys[i][k] & 15]) {
			k++;
		}
		pinned = k == KEY_LEN;
	}
	if (!pinned) {
		finding_add(
			list, GRADE_WARNING, AREA, "not-pinned",
			"The list of members does not have the key of this host: where the same "
			"list holds, this host is not let in.\n"
			"On each other host, as root: berkctl trust pin %.64s",
			hex);
	}
}

void judge_disk(json_t *list, const struct doctor_facts *facts)
{
	const struct config *c = &facts->config.config;
	const struct facts_disk *f = &facts->disk;

	judge_pins(list, c, facts->daemon.status);
	if (!f->machine_id) {
		finding_add(list, GRADE_WARNING, AREA, "machine-id",
			    "This machine has no id, so berkd does not notice when its disk is "
			    "copied to another one.\n"
			    "Make one: systemd-machine-id-setup");
	}
	if (!facts->config.loaded) {
		return; /* where the state is, is not known */
	}
	if (strcmp(c->node_name, "localhost") == 0) {
		finding_add(list, GRADE_WARNING, AREA, "name",
			    "This host is called localhost, as other hosts may be, too.\nGive it a "
			    "name of "
			    "its own: hostnamectl hostname NAME; or name in [node]");
	}
	if (!c->state) {
		finding_add(list, GRADE_WARNING, AREA, "state-off",
			    "No state is kept ([state] enable = no): this host has a new identity "
			    "after each start.\nWhere that is not meant, delete that line, and run "
			    "systemctl restart berkd");
	} else if (judge_folder(list, c, f)) {
		judge_room(list, c, f);
		judge_owner(list, c, f);
		judge_inside(list, c, f);
	}
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "state",
			    "%s belongs to %s and has room, and the identity is secret.",
			    c->state_dir, c->user);
	}
}
