/* state_file.h - a value in a small text file, which a crash leaves old or new. */
#pragma once

#define STATE_VALUE_MAX 256 /* its end included */

/* Replace the file @name in the directory by one with that value.  0 when it is on disk, or a negative
 * errno: then the old one is still there.  It blocks on the disk. */
int state_file_write(int dir, const char *name, const char *value);
/* Value of a file into @ret.  0, -ENOENT, -EINVAL when it is no regular file (a link neither), or
 * -EBADMSG when it is damaged. */
int state_file_read(int dir, const char *name, char ret[static STATE_VALUE_MAX]);
