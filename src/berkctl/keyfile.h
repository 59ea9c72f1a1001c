/* keyfile.h - new files with keys of the group, which only root and berkd can read. */
#pragma once

/* Write @lines to the new file @path: mode 0640 and the group berkd where there is that group, else
 * for its owner alone.  A key that is there is never lost: -EEXIST.  0 or another negative errno;
 * nothing is left then. */
int key_file_write(const char *path, const char *lines);
