/* file.h - files opened and read by name, without waiting for anybody. */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

/* Open a regular file: @flags as for open(), and with O_NOFOLLOW where the name must be no link.  A
 * FIFO would hold us up for ever, a device may do anything when it is read.  A file descriptor;
 * -EISDIR, -EINVAL when it is another thing than a file (a link, if that was ruled out), or another
 * negative errno.  @ret may be NULL. */
int file_open(int dir, const char *name, int flags, mode_t mode, struct stat *ret);
/* The first @size bytes of an open file, or all of it: 0 or negative errno.  Who must know that it
 * ends there asks for one byte more. */
int file_read_all(int fd, char *ret, size_t size, size_t *ret_len);
/* The same of a file by name, which may be a link: 0, or as file_open(). */
int file_read(const char *path, char *ret, size_t size, size_t *ret_len);
/* Has a small file, or one that a link leads to, that word at the beginning of line @line, counted
 * from 1?  1, 0, or as file_open(). */
int file_has_word(const char *path, unsigned line, const char *word);
