/* file_sync.h - files that were replaced and need not be on disk at once: a thread brings them
 * there. */
#pragma once

struct file_sync;

enum file_sync_kind { FILE_SYNC_DRIFT, FILE_SYNC_GROUP, FILE_SYNC_REVOKED, FILE_SYNC_MAX_ };

/* NULL when memory is out. */
struct file_sync *file_sync_new(void);
/* NULL is allowed.  Waits until all that was given is on disk. */
struct file_sync *file_sync_free(struct file_sync *, int dir);
/* Bring the open file to the disk, and then its name in the directory; it is closed after that, and
 * also when a newer one of its kind comes before its turn. */
void file_sync_give(struct file_sync *, enum file_sync_kind, int fd, int dir);
/* What has come of it: 0, or a negative errno once.  Call now and then; it waits for nothing. */
int file_sync_look(struct file_sync *, int dir);
