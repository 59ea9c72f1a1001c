/* look_disk.c - the state directory, and which machine this is. */
#include "berkctl/doctor/look_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DAMAGED	  ".damaged"
#define NAMES_MAX 32 /* of damaged files */

static void look_inside(int fd, struct facts_disk *f)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *e;
	struct stat st;

	if (!dir) {
		(void)close(fd);
		return;
	}
	f->seen_inside = true;
	f->has_identity = fstatat(fd, "identity", &st, AT_SYMLINK_NOFOLLOW) == 0;
	f->identity_mode = f->has_identity ? st.st_mode & 07777 : 0;
	while ((e = readdir(dir)) != NULL && json_array_size(f->damaged) < NAMES_MAX) {
		size_t len = strlen(e->d_name);

		if (len > strlen(DAMAGED) &&
		    strcmp(e->d_name + len - strlen(DAMAGED), DAMAGED) == 0) {
			look_note(f->damaged, e->d_name);
		}
	}
	(void)closedir(dir);
}

static void look_at_room(const char *path, struct facts_disk *f)
{
	struct statvfs v;

	f->free_bytes = f->free_files = FACTS_UNKNOWN;
	if (statvfs(path, &v) == 0) {
		f->read_only = (v.f_flag & ST_RDONLY) != 0;
		f->free_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
		if (v.f_files > 0) { /* some file systems count none */
			f->free_files = (int64_t)v.f_favail;
		}
	}
}

void look_at_disk(const struct look_at *at, const struct config *c, struct facts_disk *ret)
{
	const struct passwd *pw = getpwnam(c->user);
	char id[64];
	struct stat st;

	ret->damaged = json_array();
	ret->machine_id = look_text(at, "/etc/machine-id", id, sizeof(id)) &&
			  strspn(id, "0123456789abcdef") == 32;
	ret->error = stat(c->state_dir, &st) < 0 ? -errno : 0;
	if (ret->error) {
		return;
	}
	ret->folder = S_ISDIR(st.st_mode);
	/* With a virtual clock berkd stays who it is. */
	ret->ours = (pw && st.st_uid == pw->pw_uid) ||
		    (c->driver == CONFIG_CLOCK_VIRTUAL && st.st_uid == geteuid());
	ret->open = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	look_at_room(c->state_dir, ret);
	int fd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		look_inside(fd, ret);
	}
}
