/* file.h - files opened and read by name, without waiting for anybody, and replaced as a whole. */
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

/* All of it: 0 or negative errno. */
int file_write_all(int fd, const char *data, size_t len);
/* Open a folder to put files there: -EPERM when it is another user's, or all may write there.  A
 * link is followed only where nobody else can have put it; else -ENOTDIR. */
int file_open_folder(const char *path);
/* Put @text in the place of the file @name, as a whole: written beside, under a name with a dot,
 * brought to the disk, and renamed; then the folder is brought there, too.  Owner, mode and access
 * list are those of the file that was there; of a new one @mode is, whatever the umask.  0, or
 * negative errno: -EINVAL or -EISDIR when a link or another thing than a file is there.  After an
 * error nothing is left behind, and the old file is there, unless only the folder did not get to
 * the disk. */
int file_replace(int dir, const char *name, const char *text, size_t len, mode_t mode);
