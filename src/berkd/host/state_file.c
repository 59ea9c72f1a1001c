/* state_file.c - a value in a small text file, or a longer text, replaced as a whole.
 *
 * A file is one line: its value, a space and the first 8 bytes of the value's BLAKE2b in hex.  It
 * is written beside, fsynced, renamed over the old one, and the directory is fsynced: after a crash
 * there is the old value or the new.
 */
#include "berkd/host/state_file.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUM_HEX	  (STATE_SUM_MAX - 1)
#define LINE_MAX_ (STATE_VALUE_MAX + SUM_HEX + 3)
#define FILE_MODE 0600

void state_file_sum(const char *text, size_t len, char ret[static STATE_SUM_MAX])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof(hash), (const uint8_t *)text, len, NULL, 0);
	sodium_bin2hex(ret, STATE_SUM_MAX, hash, SUM_HEX / 2);
}

int state_file_error(int error)
{
	return error == EBADMSG ? -EIO : -error;
}

/* What is there is ours, or root's, who may have put back a copy; or his whose directory it is.
 * Somebody else's file is not ours to believe, nor to write. */
static bool is_of_us(int dir, const struct stat *file)
{
	struct stat st;

	return file->st_uid == geteuid() || file->st_uid == 0 ||
	       (fstat(dir, &st) == 0 && file->st_uid == st.st_uid);
}

int state_file_open(int dir, const char *name, int flags, off_t *ret_size)
{
	struct stat st;
	int fd = file_open(dir, name, flags | O_NOFOLLOW, FILE_MODE, &st);

	if (fd < 0) {
		return fd == -EISDIR ? -EINVAL : state_file_error(-fd);
	}
	if (!is_of_us(dir, &st)) {
		close(fd);
		return -EACCES;
	}
	*ret_size = st.st_size;
	return fd;
}

/* The file written beside and put in the place of the old one.  @ret_fd: it stays open, and is on
 * disk when the system likes. */
static int replace(int dir, const char *name, const char *text, size_t len, int *ret_fd)
{
	char tmp[NAME_MAX];

	(void)snprintf(tmp, sizeof(tmp), "%s.new", name);
	/* One that a crash left, or something else: nothing that is there is written to. */
	(void)unlinkat(dir, tmp, 0);
	off_t size;
	int fd = state_file_open(dir, tmp, O_WRONLY | O_CREAT | O_EXCL, &size);

	if (fd < 0) {
		return fd == -EEXIST ? -EISDIR : fd; /* it was not removed */
	}
	int r = file_write_all(fd, text, len);

	if (r == 0 && !ret_fd && fsync(fd) < 0) {
		r = -errno;
	}
	if (r == 0 && ret_fd) {
		*ret_fd = fd;
	} else if (close(fd) < 0 && r == 0) {
		r = -errno;
	}
	if (r == 0 && renameat(dir, tmp, dir, name) < 0) {
		r = -errno;
		if (ret_fd) {
			close(fd);
		}
	}
	if (r < 0) {
		(void)unlinkat(dir, tmp, 0);
	}
	return r;
}

int state_file_replace(int dir, const char *name, const char *text, size_t len)
{
	int r = replace(dir, name, text, len, NULL);

	return r == 0 && fsync(dir) < 0 ? -errno : r;
}

int state_file_replace_soon(int dir, const char *name, const char *text, size_t len, int *ret_fd)
{
	return replace(dir, name, text, len, ret_fd);
}

static size_t format_line(char line[static LINE_MAX_], const char *value)
{
	char sum[STATE_SUM_MAX];

	state_file_sum(value, strlen(value), sum);
	return (size_t)snprintf(line, LINE_MAX_, "%s %s\n", value, sum);
}

int state_file_write_soon(int dir, const char *name, const char *value, int *ret_fd)
{
	char line[LINE_MAX_];
	size_t len = format_line(line, value);

	return replace(dir, name, line, len, ret_fd);
}

int state_file_write(int dir, const char *name, const char *value)
{
	char line[LINE_MAX_];
	size_t len = format_line(line, value);
	int r = state_file_replace(dir, name, line, len);

	sodium_memzero(line, sizeof(line));
	return r;
}

int state_file_load(int dir, const char *name, char *ret, size_t size, size_t *ret_len)
{
	off_t file_size;
	int fd = state_file_open(dir, name, O_RDONLY, &file_size);

	if (fd < 0) {
		return fd;
	}
	int r = file_read_all(fd, ret, size, ret_len);

	close(fd);
	return r < 0 ? state_file_error(-r) : 0;
}

int state_file_read(int dir, const char *name, char ret[static STATE_VALUE_MAX])
{
	char line[LINE_MAX_], sum[STATE_SUM_MAX];
	size_t n;
	int r = state_file_load(dir, name, line, sizeof(line) - 1, &n);

	if (r < 0) {
		return r;
	}
	if (n < SUM_HEX + 2 || line[n - 1] != '\n' || memchr(line, '\0', n)) {
		return -EBADMSG;
	}
	line[n - 1] = '\0';
	char *space = &line[n - 1 - SUM_HEX - 1];

	if (*space != ' ' || space - line >= STATE_VALUE_MAX) {
		return -EBADMSG;
	}
	*space = '\0';
	state_file_sum(line, strlen(line), sum);
	if (strcmp(sum, space + 1) != 0) {
		return -EBADMSG;
	}
	memcpy(ret, line, (size_t)(space - line) + 1);
	return 0;
}
