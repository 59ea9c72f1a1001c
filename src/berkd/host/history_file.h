/* history_file.h - the history of the group in a file of the state directory, which never grows. */
#pragma once

#include "berkd/host/history_block.h"

#define HISTORY_FILE_NAME  "history"
#define HISTORY_BYTES_MIN  (64U << 10)
#define HISTORY_BYTES_MAX  (1U << 30)
#define HISTORY_BLOCKS_MIN (HISTORY_BYTES_MIN / HISTORY_BLOCK - 1)

struct history_file;

/* How many blocks a file of @bytes has.  Call with HISTORY_BYTES_MIN to HISTORY_BYTES_MAX. */
uint32_t history_blocks(uint64_t bytes);

/* Open the file of @n_blocks blocks to write, or begin one.  0; -EBADMSG: what is there is damaged;
 * -ESTALE: it is of another version or of another size; -EINVAL: it is no regular file, or a link;
 * -EACCES: it is another user's; or another negative errno.  It reads one block, so call it where
 * the chat is read. */
int history_file_open(int dir, uint32_t n_blocks, struct history_file **ret);
/* Give the file that is there @n_blocks blocks: the newest entries stay, as far as there is room.
 * 0; -ESTALE: it is of another version; or another negative errno.  After an error, and after a
 * crash, the file is as it was.  It copies the file: call before anything waits. */
int history_file_resize(int dir, uint32_t n_blocks);
/* NULL is allowed.  What was not flushed is lost. */
struct history_file *history_file_free(struct history_file *);
/* Put an entry into the block that is being filled.  Whole blocks are brought to the disk before
 * the next one is begun.  0 or negative errno: the entry is lost.  This and the next function block
 * on the disk, and the first call may read the whole file: call in a thread. */
int history_file_add(struct history_file *, const struct history_entry *);
/* Write the block that is being filled: it survives the end of this process, and, when the system
 * has written it, that of the system.  0 or negative errno.  Call once for all that came at
 * once. */
int history_file_flush(struct history_file *);

/* A file that is read while another writes it. */
struct history_reader {
	int fd;
	uint32_t n_blocks;
	uint64_t newest; /* number of the newest block; 0: there is none */
};
/* As history_file_open(), and -ENOENT.  It may read the whole file: call in a thread. */
int history_reader_open(int dir, struct history_reader *ret);
void history_reader_close(struct history_reader *);
/* Read block number @seq: 1; 0: it is not there any more, or damaged; negative errno: the disk does
 * not tell. */
int history_reader_block(const struct history_reader *, uint64_t seq, struct history_block *ret);
