/* state_file.h - a value in a small text file, or a longer text, which a crash leaves old or
 * new. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define STATE_VALUE_MAX 512 /* its end included */
#define STATE_SUM_MAX	17  /* a checksum in hex, its end included */

/* Replace the file @name in the directory by one with that value.  0 when it is on disk, or a
 * negative errno: then the old one is still there.  It blocks on the disk. */
int state_file_write(int dir, const char *name, const char *value);
/* The same without waiting for the disk: the file is still open in @ret_fd, for fsync() elsewhere.
 * After a crash of the system it may be damaged. */
int state_file_write_soon(int dir, const char *name, const char *value, int *ret_fd);
/* Value of a file into @ret.  0, -ENOENT, -EINVAL when it is no regular file (a link neither),
 * -EBADMSG when it is damaged, or another negative errno: it cannot be read, and may be as good
 * as ever. */
int state_file_read(int dir, const char *name, char ret[static STATE_VALUE_MAX]);
/* The same of a whole text of @len bytes, which has its own checksum if it needs one. */
int state_file_replace(int dir, const char *name, const char *text, size_t len);
int state_file_replace_soon(int dir, const char *name, const char *text, size_t len, int *ret_fd);
/* The first @size bytes of a file, or all of it.  0, or as state_file_read(). */
int state_file_load(int dir, const char *name, char *ret, size_t size, size_t *ret_len);
/* Open a file by name, without waiting for anybody: @flags as for open().  A file descriptor,
 * -EINVAL when it is no regular file (a link neither), -EACCES when it is neither ours nor root's,
 * or another negative errno. */
int state_file_open(int dir, const char *name, int flags, off_t *ret_size);
/* The negative of @error, which the system gave for a file: never -EBADMSG, which is for what
 * was read. */
int state_file_error(int error);
/* The checksum of a text.  Call when one is written, and when it is read back. */
void state_file_sum(const char *text, size_t len, char ret[static STATE_SUM_MAX]);
