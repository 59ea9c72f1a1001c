/* history_block.h - a block of the history: records of one size, a number, and a sum over them all.
 * Nothing here knows of a file. */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_BLOCK	  4096
#define HISTORY_HEAD	  40
#define HISTORY_RECORD	  48
#define HISTORY_RECORDS	  ((HISTORY_BLOCK - HISTORY_HEAD) / HISTORY_RECORD)
#define HISTORY_SEQ_MAX	  (UINT64_C(1) << 56) /* no block has a greater number */
#define HISTORY_WORD_MAX  25		      /* of an event, its end included */
#define HISTORY_TEXT_MAX  145		      /* likewise; a longer text is cut */
#define HISTORY_UNKNOWN	  INT64_MIN	      /* of a figure */
#define HISTORY_DELAY_MAX INT64_C(4294967294) /* ns; a longer delay is kept as this one */

enum history_kind { HISTORY_SAMPLE = 1, HISTORY_EVENT = 2 };

enum history_flag {
	HISTORY_SELF = 1, /* the host that wrote this */
	HISTORY_MASTER = 2,
	HISTORY_DEPUTY = 4,
	HISTORY_ISLAND = 8,  /* of this host's group */
	HISTORY_NO_LINE = 16 /* this host had no group time: the instant is of its own clock */
};

/* What was so, or what happened, at one instant. */
struct history_entry {
	enum history_kind kind;
	int64_t wall_ns; /* group time, ns since 1970 */
	uint32_t boot_s; /* CLOCK_BOOTTIME, s */
	uint64_t life;	 /* counts the starts of berkd; of the block, so not encoded */
	node_id host;	 /* whom it is about; 0: nobody */
	char name[NODE_NAME_MAX];
	uint8_t flags; /* enum history_flag */
	/* A sample: figures, each HISTORY_UNKNOWN if it is not known. */
	uint8_t state; /* enum member_state */
	int64_t offset_ns, bound_ns, freq_ppb, delay_ns;
	/* An event: its word, [a-z-], its level, and a sentence. */
	uint8_t level; /* enum notice_level */
	char word[HISTORY_WORD_MAX], text[HISTORY_TEXT_MAX];
};

struct history_block {
	uint64_t seq, life;
	unsigned n; /* records */
	uint8_t bytes[HISTORY_BLOCK];
};

/* An empty block.  @seq: 1 to HISTORY_SEQ_MAX. */
void history_block_begin(struct history_block *, uint64_t seq, uint64_t life);
/* Add @e, with the name of its host where the block does not have it yet, and its text.  False, and
 * the block is as it was: there is no room. */
bool history_block_add(struct history_block *, const struct history_entry *e);
/* Make block->bytes fit to be written.  More may be added afterwards, and sealed again. */
void history_block_seal(struct history_block *);
/* Look at block->bytes, which were read.  False: they are not a whole block. */
bool history_block_open(struct history_block *);
/* The number that a block has by its first HISTORY_HEAD bytes, if it is whole. */
uint64_t history_block_seq(const uint8_t *head);
/* The next entry behind record @at, which begins at 0; false at the end.  A record that is none is
 * passed over.  Call after history_block_open() or history_block_add(). */
bool history_block_next(const struct history_block *, unsigned *at, struct history_entry *ret);
/* The sum that a block and the head of the file carry. */
#define HISTORY_SUM 16
void history_sum(const uint8_t *bytes, size_t len, uint8_t ret[static HISTORY_SUM]);
