/* group_key.c - the file with the group's keys: one a line, the first is sent, all are taken.
 *
 * It is refused where others can read or write it, as ssh does, and where a key is no secret: all
 * zeros, or a pattern that somebody typed. */
#include "berkd/config/group_key.h"

#include "berkd/config/lists.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX     4096 /* bytes */
#define PERIOD_MAX   (KEY_LEN / 2)
#define DISTINCT_MIN 12 /* of 32 random bytes, fewer than 20 are distinct once in 10^9 keys */

static int complain(config_report report, void *userdata, const char *file, const char *what, int r)
{
	char message[1024];

	(void)snprintf(message, sizeof(message), "[group] key_file: %s: %s", file, what);
	report(userdata, message);
	return r;
}

static bool repeats(const uint8_t key[static KEY_LEN], unsigned period)
{
	return memcmp(key, key + period, KEY_LEN - period) == 0;
}

/* Each byte is as far from the one before as all others are: 00 01 02 ... */
static bool counts(const uint8_t key[static KEY_LEN])
{
	for (unsigned i = 2; i < KEY_LEN; i++) {
		if ((uint8_t)(key[i] - key[i - 1]) != (uint8_t)(key[1] - key[0])) {
			return false;
		}
	}
	return true;
}

static unsigned count_distinct(const uint8_t key[static KEY_LEN])
{
	bool seen[256] = {false};
	unsigned n = 0;

	for (unsigned i = 0; i < KEY_LEN; i++) {
		n += !seen[key[i]];
		seen[key[i]] = true;
	}
	return n;
}

static bool is_pattern(const uint8_t key[static KEY_LEN])
{
	for (unsigned period = 1; period <= PERIOD_MAX; period++) {
		if (repeats(key, period)) {
			return true;
		}
	}
	return counts(key) || count_distinct(key) < DISTINCT_MIN;
}

static const char *take_key(struct node_config *ret, size_t n, const char *text)
{
	uint8_t *key = n == 0 ? ret->group_key : ret->other_group_keys[n - 1];

	if (n == GROUP_KEYS_MAX) {
		return "one key too many: allowed is up to 8, delete the oldest";
	}
	if (!config_read_hex_key(text, key)) {
		return "no key: allowed is 64 hex digits in each line, as `berkctl keygen` prints "
		       "them";
	}
	if (sodium_is_zero(key, KEY_LEN)) {
		return "a key of zeros is nobody's secret: make one with `berkctl keygen`";
	}
	return is_pattern(key) ? "a key that is a pattern is nobody's secret: make one with "
				 "`berkctl keygen`"
			       : NULL;
}

/* Empty lines, and those that begin with #, are no keys.  NULL, or what is wrong, and in which line
 * (0: in all of it); what stands there is not told, for it may be most of a key. */
static const char *take_lines(struct node_config *ret, char *text, unsigned *ret_line)
{
	char *rest = text;
	size_t n = 0;
	unsigned number = 0;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		number++;
		line[strcspn(line, "\r")] = '\0';
		if (line[0] == '\0' || line[0] == '#') {
			continue;
		}
		const char *wrong = take_key(ret, n++, line);

		if (wrong) {
			*ret_line = number;
			return wrong;
		}
	}
	*ret_line = 0;
	ret->n_other_group_keys = n ? n - 1 : 0;
	return n ? NULL
		 : "it holds no key: allowed is 64 hex digits in each line, as `berkctl keygen` "
		   "prints them";
}

/* Is it root's, ours, or of whom root becomes? */
static bool is_of_service(uid_t owner, const char *user)
{
	const struct passwd *p = owner == 0 || owner == geteuid() ? NULL : getpwnam(user);

	return owner == 0 || owner == geteuid() || (p && p->pw_uid == owner);
}

/* NULL, or why the file is not to be trusted.  @user: as whom the daemon runs. */
static const char *judge_file(const struct stat *st, const char *user)
{
	if (st->st_mode & 07) {
		return "others can read it: `chmod 640` it, and make a new key if they could "
		       "before";
	}
	if (st->st_mode & 020) {
		return "its group can write it: `chmod 640` it";
	}
	if (!is_of_service(st->st_uid, user)) {
		return "it belongs to another user: `chown root` it";
	}
	return NULL;
}

/* A file that cannot be opened: what it is, and what to do. */
static int complain_unopened(config_report report, void *userdata, const char *file, int r)
{
	switch (r) {
	case -EINVAL:
	case -EISDIR:
		return complain(report, userdata, file,
				"not a regular file, but a folder, a pipe or a device: name the "
				"file that `berkctl keygen` made",
				-EINVAL);
	case -ENOENT:
		return complain(
			report, userdata, file,
			"No such file or directory: copy the key of another host there, or, "
			"for the first one, make it with `berkctl keygen`",
			r);
	case -EACCES:
		return complain(report, userdata, file,
				"Permission denied: it, and the folders it is in, must be readable "
				"for the user of berkd (`chgrp berkd` and `chmod 640` it)",
				r);
	default:
		return complain(report, userdata, file, strerror(-r), r);
	}
}

static int read_file(const char *file, const char *user, struct node_config *ret,
		     config_report report, void *userdata)
{
	char text[FILE_MAX + 1], where[560];
	unsigned line = 0;
	struct stat st;
	size_t len = 0;
	int fd = file_open(AT_FDCWD, file, O_RDONLY, 0, &st);

	if (fd < 0) {
		return complain_unopened(report, userdata, file, fd);
	}
	const char *wrong = judge_file(&st, user);
	int r = wrong ? 0 : file_read_all(fd, text, sizeof(text), &len);

	(void)close(fd);
	if (r < 0 || len > FILE_MAX) {
		wrong = r < 0 ? strerror(-r)
			      : "it is longer than 4096 bytes: allowed is up to 8 keys, one in a "
				"line";
	}
	if (!wrong) {
		text[len] = '\0';
		wrong = take_lines(ret, text, &line);
	}
	sodium_memzero(text, sizeof(text));
	if (line > 0) {
		(void)snprintf(where, sizeof(where), "%s:%u", file, line);
		file = where;
	}
	return wrong ? complain(report, userdata, file, wrong, -EINVAL) : 0;
}

int group_keys_read(const struct config *c, struct node_config *ret, config_report report,
		    void *userdata)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char file[512];

	if (c->key_file[0]) {
		return read_file(c->key_file, c->user, ret, report, userdata);
	}
	if (!folder || (size_t)snprintf(file, sizeof(file), "%s/" GROUP_KEY_CREDENTIAL, folder) >=
			       sizeof(file)) {
		return -ENOENT;
	}
	/* systemd names the folder to ExecReload= too, and hides it there.  Whatever else is wrong
	 * with the key, this is no open group. */
	return access(folder, X_OK) < 0 || (access(file, F_OK) < 0 && errno == ENOENT)
		       ? -ENOENT
		       : read_file(file, c->user, ret, report, userdata);
}
