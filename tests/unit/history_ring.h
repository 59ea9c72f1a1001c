/* history_ring.h - a small history in a folder of its own, whose entries are numbered. */
#pragma once

#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"

#define RING_BLOCKS    HISTORY_BLOCKS_MIN
#define RING_PER_BLOCK (HISTORY_RECORDS - 1) /* entries of one host, whose name does not change */

struct ring {
	char path[64];
	int dir;
	struct history_file *file; /* NULL: not open */
	struct history_result result;
};

/* A fixture for cmocka: the folder, and no file yet. */
int ring_open(void **state);
int ring_close(void **state);
/* Open the file, as after a restart. */
void ring_again(struct ring *);
/* Entry number @k: it stands in its offset, and in its instant. */
struct history_entry ring_entry(uint64_t k);
/* Add those from @from to @to, and flush. */
void ring_add(struct ring *, uint64_t from, uint64_t to);
/* Read all into ring->result: how many. */
size_t ring_read(struct ring *);
/* The number of the one that was read at @i. */
int64_t ring_number(const struct ring *, size_t i);
