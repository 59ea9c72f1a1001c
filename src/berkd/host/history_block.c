/* history_block.c - entries of the history to bytes, and back.
 *
 * A block is its sum (16 bytes), its number, its life (8 each), the number of its records (2), 6
 * bytes of zero, and records of 48 bytes.  All numbers are little-endian.  The sum is over all that
 * follows it, to the end of the block.
 *
 *   sample  0 type 1, 1 flags, 2 state, 3 zero, 4 boot_s (4), 8 wall_ns (8), 16 host (8), 24
 *           offset_ns (8), 32 bound_ns (8), 40 freq_ppb (4), 44 delay_ns (4)
 *   event   0 type 2, 1 flags, 2 level, 3 zero, then as above, and from 24 on its word, with zeros
 *   name    0 type 3, 1 length, 2 number of the part, 3 zero, 4 host (8), 12 up to 36 bytes of text
 *   text    0 type 4, the same of the event before it
 *
 * A block says by itself whose names its records are of, so each can be read without the others. */
#include "berkd/host/history_block.h"

#include "berk/line.h"
#include "berk/time.h"
#include "berkd/host/history_bytes.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { TYPE_SAMPLE = 1, TYPE_EVENT = 2, TYPE_NAME = 3, TYPE_TEXT = 4 };

#define AT_SEQ	      16
#define AT_LIFE	      24
#define AT_N	      32
#define PART_AT	      12
#define PART	      (HISTORY_RECORD - PART_AT)
#define WORD_AT	      24
#define FREQ_UNKNOWN  INT32_MIN
#define DELAY_UNKNOWN UINT32_MAX

_Static_assert(HISTORY_WORD_MAX == HISTORY_RECORD - WORD_AT + 1, "a word fills its record");
_Static_assert((HISTORY_TEXT_MAX - 1) % PART == 0, "a text fills its parts");

void history_sum(const uint8_t *bytes, size_t len, uint8_t ret[static HISTORY_SUM])
{
	_Static_assert(HISTORY_SUM == crypto_generichash_BYTES_MIN, "the shortest sum that it has");
	crypto_generichash(ret, HISTORY_SUM, bytes, len, NULL, 0);
}

static const uint8_t *record_of(const struct history_block *b, unsigned i)
{
	return b->bytes + HISTORY_HEAD + (size_t)i * HISTORY_RECORD;
}

/* The next record, empty. */
static uint8_t *record_new(struct history_block *b, uint8_t type)
{
	uint8_t *r = b->bytes + HISTORY_HEAD + (size_t)b->n++ * HISTORY_RECORD;

	memset(r, 0, HISTORY_RECORD);
	r[0] = type;
	return r;
}

/* --- Texts, in parts --- */

static unsigned parts_of(size_t len)
{
	return (unsigned)((len + PART - 1) / PART);
}

static void add_parts(struct history_block *b, uint8_t type, node_id host, const char *text,
		      size_t len)
{
	for (unsigned i = 0; i < parts_of(len); i++) {
		uint8_t *r = record_new(b, type);
		size_t n = len - (size_t)i * PART < PART ? len - (size_t)i * PART : PART;

		r[1] = (uint8_t)n;
		r[2] = (uint8_t)i;
		bytes_put(r + 4, 8, host);
		memcpy(r + PART_AT, text + (size_t)i * PART, n);
	}
}

/* The text whose first part is record @at, of @type and @host, into @out; its number of records,
 * and 0 when there is no such text. */
static unsigned take_parts(const struct history_block *b, unsigned at, uint8_t type, node_id host,
			   char *out, size_t size)
{
	size_t len = 0;
	unsigned i = 0;

	for (; at + i < b->n; i++) {
		const uint8_t *r = record_of(b, at + i);

		if (r[0] != type || r[1] == 0 || r[1] > PART || r[2] != i ||
		    bytes_get(r + 4, 8) != host || len + r[1] >= size ||
		    memchr(r + PART_AT, '\0', r[1])) {
			break;
		}
		memcpy(out + len, r + PART_AT, r[1]);
		len += r[1];
	}
	out[len] = '\0';
	return i;
}

/* The name that @host has in the records before @end, the last one if there are several. */
static void find_name(const struct history_block *b, unsigned end, node_id host,
		      char ret[static NODE_NAME_MAX])
{
	ret[0] = '\0';
	for (unsigned i = end; i-- > 0;) {
		const uint8_t *r = record_of(b, i);

		if (r[0] == TYPE_NAME && r[2] == 0 && bytes_get(r + 4, 8) == host) {
			(void)take_parts(b, i, TYPE_NAME, host, ret, NODE_NAME_MAX);
			return;
		}
	}
}

/* --- Written --- */

void history_block_begin(struct history_block *b, uint64_t seq, uint64_t life)
{
	assert(seq > 0 && seq <= HISTORY_SEQ_MAX);
	*b = (struct history_block){.seq = seq, .life = life};
}

static void put_figures(uint8_t *r, const struct history_entry *e)
{
	int64_t freq = e->freq_ppb == HISTORY_UNKNOWN
			       ? FREQ_UNKNOWN
			       : ns_clamp(e->freq_ppb, FREQ_UNKNOWN + 1, INT32_MAX);
	int64_t delay = e->delay_ns == HISTORY_UNKNOWN
				? DELAY_UNKNOWN
				: ns_clamp(e->delay_ns, 0, HISTORY_DELAY_MAX);

	r[2] = e->state;
	bytes_put(r + 24, 8, (uint64_t)e->offset_ns);
	bytes_put(r + 32, 8, (uint64_t)e->bound_ns);
	bytes_put(r + 40, 4, (uint64_t)freq);
	bytes_put(r + 44, 4, (uint64_t)delay);
}

bool history_block_add(struct history_block *b, const struct history_entry *e)
{
	size_t name_len = strnlen(e->name, sizeof(e->name) - 1), text_len = 0;
	char known[NODE_NAME_MAX];

	find_name(b, b->n, e->host, known);
	if (strcmp(known, e->name) == 0) {
		name_len = 0;
	}
	if (e->kind == HISTORY_EVENT) {
		text_len = strnlen(e->text, sizeof(e->text) - 1);
	}
	if (b->n + parts_of(name_len) + 1 + parts_of(text_len) > HISTORY_RECORDS) {
		return false;
	}
	add_parts(b, TYPE_NAME, e->host, e->name, name_len);
	uint8_t *r = record_new(b, (uint8_t)e->kind);

	r[1] = e->flags;
	bytes_put(r + 4, 4, e->boot_s);
	bytes_put(r + 8, 8, (uint64_t)e->wall_ns);
	bytes_put(r + 16, 8, e->host);
	if (e->kind == HISTORY_SAMPLE) {
		put_figures(r, e);
	} else {
		r[2] = e->level;
		memcpy(r + WORD_AT, e->word, strnlen(e->word, HISTORY_WORD_MAX - 1));
		add_parts(b, TYPE_TEXT, e->host, e->text, text_len);
	}
	return true;
}

void history_block_seal(struct history_block *b)
{
	bytes_put(b->bytes + AT_SEQ, 8, b->seq);
	bytes_put(b->bytes + AT_LIFE, 8, b->life);
	bytes_put(b->bytes + AT_N, 8, b->n);
	history_sum(b->bytes + HISTORY_SUM, HISTORY_BLOCK - HISTORY_SUM, b->bytes);
}

/* --- Read --- */

uint64_t history_block_seq(const uint8_t *head)
{
	return bytes_get(head + AT_SEQ, 8);
}

bool history_block_open(struct history_block *b)
{
	uint8_t sum[HISTORY_SUM];
	uint64_t n = bytes_get(b->bytes + AT_N, 8);

	b->seq = history_block_seq(b->bytes);
	b->life = bytes_get(b->bytes + AT_LIFE, 8);
	b->n = (unsigned)n;
	if (b->seq == 0 || b->seq > HISTORY_SEQ_MAX || n > HISTORY_RECORDS) {
		return false; /* a place that was never written has the number 0 */
	}
	history_sum(b->bytes + HISTORY_SUM, HISTORY_BLOCK - HISTORY_SUM, sum);
	return memcmp(sum, b->bytes, HISTORY_SUM) == 0;
}

static bool take_word(const uint8_t *r, char ret[static HISTORY_WORD_MAX])
{
	memcpy(ret, r + WORD_AT, HISTORY_WORD_MAX - 1);
	ret[HISTORY_WORD_MAX - 1] = '\0';
	return ret[0] && strspn(ret, "abcdefghijklmnopqrstuvwxyz-") == strlen(ret);
}

static void take_figures(const uint8_t *r, struct history_entry *e)
{
	int32_t freq = (int32_t)bytes_get(r + 40, 4);
	uint32_t delay = (uint32_t)bytes_get(r + 44, 4);

	e->state = r[2];
	e->offset_ns = (int64_t)bytes_get(r + 24, 8);
	e->bound_ns = (int64_t)bytes_get(r + 32, 8);
	e->bound_ns =
		e->bound_ns < 0 || e->bound_ns == BOUND_UNKNOWN ? HISTORY_UNKNOWN : e->bound_ns;
	e->freq_ppb = freq == FREQ_UNKNOWN ? HISTORY_UNKNOWN : freq;
	e->delay_ns = delay == DELAY_UNKNOWN ? HISTORY_UNKNOWN : (int64_t)delay;
}

/* The entry of record @at; false: there is none. */
static bool take_entry(const struct history_block *b, unsigned at, struct history_entry *e)
{
	const uint8_t *r = record_of(b, at);

	if (r[0] != TYPE_SAMPLE && r[0] != TYPE_EVENT) {
		return false;
	}
	*e = (struct history_entry){.kind = (enum history_kind)r[0],
				    .wall_ns = (int64_t)bytes_get(r + 8, 8),
				    .boot_s = (uint32_t)bytes_get(r + 4, 4),
				    .life = b->life,
				    .host = bytes_get(r + 16, 8),
				    .flags = r[1]};
	find_name(b, at, e->host, e->name);
	if (e->kind == HISTORY_SAMPLE) {
		take_figures(r, e);
		return true;
	}
	e->level = r[2];
	(void)take_parts(b, at + 1, TYPE_TEXT, e->host, e->text, sizeof(e->text));
	return take_word(r, e->word);
}

bool history_block_next(const struct history_block *b, unsigned *at, struct history_entry *ret)
{
	while (*at < b->n) {
		if (take_entry(b, (*at)++, ret)) {
			return true;
		}
	}
	return false;
}
