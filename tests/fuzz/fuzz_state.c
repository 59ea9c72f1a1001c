/* fuzz_state.c - any files as those of the state directory: what is damaged is set aside, and what
 * is read can be written and read again, while whatever is asked of the system may fail once.
 *
 * Input: a byte of flags, those of faults.h, and records of WHAT, LENGTH (2 bytes), bytes of one
 * file.  WHAT names the file; with SUMMED its checksum is put right, which noise would never
 * hit. */
#include "berkd/host/chat_file.h"
#include "berkd/host/identity.h"
#include "berkd/host/saved_budget.h"
#include "berkd/host/state.h"
#include "berkd/host/state_file.h"
#include "berkd/host/state_private.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/scratch.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING   16
#define RECORD 640 /* of the chat file */

/* WHAT: which file, and how it is there. */
enum {
	FILE_MASK = 15,
	SUMMED = 16,
	FOLDER = 32, /* in its place */
	LINK = 64,   /* to it */
};

/* Flags of the whole. */
enum {
	MACHINE_UNKNOWN = 1,
	MACHINE_OTHER = 2,
	VIRTUAL = 4, /* the clock ends with the daemon */
	LATER = 8,   /* the call that fails is one of those that write */
};

static const char *const names[] = {FILE_IDENTITY, FILE_TERM,  FILE_DRIFT,     FILE_LINE,
				    FILE_GROUP,	   FILE_TABLE, CHAT_FILE_NAME, "stranger",
				    FILE_BUDGET,   "term.new", "probe",	       "group.damaged",
				    FILE_REVOKED};

enum {
	WHAT_LINE = 3,
	WHAT_TABLE = 5,
	WHAT_CHAT = 6,
	WHAT_BUDGET = 8,
	WHAT_REVOKED = 12,
	N_WHAT = 13
};

static void write_value(int dir, const char *name, const uint8_t *data, size_t len)
{
	char value[STATE_VALUE_MAX];

	len = len < sizeof(value) ? len : sizeof(value) - 1;
	memcpy(value, data, len);
	value[len] = '\0';
	(void)state_file_write(dir, name, value);
}

/* What the record before made of it, a folder or a link, is no place to write to. */
static void replace(const char *name, const void *data, size_t len)
{
	(void)unlink(scratch_file(name));
	(void)rmdir(scratch_file(name));
	scratch_write(name, data, len);
}

static void write_text(const char *name, const uint8_t *data, size_t len)
{
	static char text[1 << 16];
	char sum[STATE_SUM_MAX];

	len = len < sizeof(text) / 2 ? len : sizeof(text) / 2;
	memcpy(text, data, len);
	state_file_sum(text, len, sum);
	(void)snprintf(text + len, sizeof(text) - len, "sum %s\n", sum);
	replace(name, text, strlen(text + len) + len);
}

/* Each record: what it says of its length, and the sum of that. */
static void write_chat(const uint8_t *data, size_t len)
{
	static uint8_t record[(RING + 1) * RECORD];

	memset(record, 0, sizeof(record));
	for (size_t at = 0; len > 0 && at < sizeof(record); at += RECORD) {
		size_t n = data[0] < len - 1 ? data[0] : len - 1;
		uint8_t hash[crypto_generichash_BYTES_MIN];

		record[at + 1] = (uint8_t)n;
		record[at + 2] = WIRE_VERSION;
		memcpy(record + at + 3, data + 1, n);
		crypto_generichash(hash, sizeof(hash), record + at, 3 + n, NULL, 0);
		memcpy(record + at + 3 + n, hash, 8);
		data += 1 + n;
		len -= 1 + n;
	}
	replace(CHAT_FILE_NAME, record, sizeof(record));
}

static void check_line(const uint8_t *data, size_t len)
{
	const struct raw_life now = {.boot = "00112233445566778899aabbccddeeff"};
	struct saved_line line, back;
	char text[STATE_VALUE_MAX];

	len = len < sizeof(text) ? len : sizeof(text) - 1;
	memcpy(text, data, len);
	text[len] = '\0';
	if (saved_line_parse(text, &now, &line)) {
		saved_line_format(text, sizeof(text), &now, &line);
		if (!saved_line_parse(text, &now, &back)) {
			abort();
		}
	}
}

static void check_budget(const uint8_t *data, size_t len)
{
	static const char boot[] = "00112233445566778899aabbccddeeff";
	struct saved_budget budget, back;
	char text[STATE_VALUE_MAX];

	len = len < sizeof(text) ? len : sizeof(text) - 1;
	memcpy(text, data, len);
	text[len] = '\0';
	if (saved_budget_parse(text, boot, &budget) && budget.any) {
		saved_budget_format(text, sizeof(text), boot, &budget);
		if (!saved_budget_parse(text, boot, &back) || !back.any ||
		    back.day_ns != budget.day_ns || back.tripped != budget.tripped) {
			abort();
		}
	}
}

static void check_table(const struct node_saved *saved)
{
	static struct saved_table table, back;
	static char text[SAVED_TABLE_MAX];
	struct saved_error e;

	table = (struct saved_table){.n_table = saved->n_table, .n_row = saved->n_row};
	if (saved->n_row == 0 || saved->n_table == 0) {
		return;
	}
	memcpy(table.row, saved->row, saved->n_row * sizeof(table.row[0]));
	if (!saved_table_parse(text, saved_table_format(&table, text), 0, &back, &e) ||
	    back.n_row != table.n_row) {
		abort();
	}
}

/* What was read of the log is written, and then read again. */
static void check_chat(int dir, const struct wire_chat_line *ring, const struct chat_pos *last,
		       uint64_t stable)
{
	static struct chat_batch batch;
	static struct wire_chat_line again[RING];
	struct chat_pos last_again;
	uint64_t stable_again;

	batch = (struct chat_batch){.n_ring = RING, .last = *last, .stable = stable};
	for (size_t i = 0; i < RING; i++) {
		if (ring[i].pos.index != 0) {
			batch.line[batch.n++] = ring[i];
		}
	}
	int r = chat_file_write(dir, &batch);

	fault_disarm();
	if (r == 0 && (chat_file_read(dir, again, RING, &last_again, &stable_again) < 0 ||
		       last_again.index != last->index || stable_again != stable)) {
		abort();
	}
}

static void check_revoked(const struct node_saved *saved)
{
	struct saved_revoked s = {.n = saved->n_revoked}, back;
	char text[SAVED_REVOKED_MAX];

	memcpy(s.host, saved->revoked, sizeof(s.host));
	(void)saved_revoked_format(&s, text);
	if (!saved_revoked_parse(text, &back) || back.n != s.n) {
		abort();
	}
}

static void write_all(struct state *s)
{
	const struct node_saved *saved = state_saved(s);
	struct saved_budget budget = {.any = true, .day_ns = 5};

	(void)state_save_term(s, saved->term);
	(void)state_save_line(s, &saved->line);
	(void)state_save_budget(s, &budget);
	(void)state_error(s);
	fault_disarm();
	(void)state_retry(s);
	(void)state_error(s);
	(void)state_remedy(s);
}

static void read_all(int dir, unsigned flags, const uint8_t *fault, size_t fault_len)
{
	static struct config config = {.state = true};
	static struct wire_chat_line ring[RING];
	const uint8_t machine[MACHINE_HASH_LEN] = {1, 2, flags & MACHINE_OTHER ? 4 : 3};
	struct chat_pos last = {.index = 0};
	struct state *s;
	uint64_t stable;

	memset(ring, 0, sizeof(ring));
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s", scratch_path());
	config.driver = flags & VIRTUAL ? CONFIG_CLOCK_VIRTUAL : CONFIG_CLOCK_KERNEL;
	if (!(flags & LATER)) {
		fault_arm(&fault, &fault_len);
	}
	if (chat_file_read(dir, ring, RING, &last, &stable) == 0) {
		if (flags & LATER) {
			fault_arm(&fault, &fault_len);
		}
		check_chat(dir, ring, &last, stable);
	}
	if (state_new(&config, flags & MACHINE_UNKNOWN ? NULL : machine, &s) < 0) {
		fault_disarm(); /* no memory */
		return;
	}
	check_table(state_saved(s));
	check_revoked(state_saved(s));
	if (flags & LATER && fault_len == FAULT_LEN) {
		fault_arm(&fault, &fault_len);
	}
	write_all(s);
	(void)state_free(s);
}

static void write_record(int dir, unsigned what, const uint8_t *data, size_t len)
{
	unsigned which = (what & FILE_MASK) % N_WHAT;
	const char *name = names[which];

	if (which == WHAT_LINE) {
		check_line(data, len);
	} else if (which == WHAT_BUDGET) {
		check_budget(data, len);
	}
	if (what & (FOLDER | LINK)) {
		(void)unlink(scratch_file(name));
		(void)(what & LINK ? symlink("/proc/self/environ", scratch_file(name))
				   : mkdir(scratch_file(name), 0700));
	} else if (!(what & SUMMED)) {
		replace(name, data, len);
	} else if (which == WHAT_TABLE || which == WHAT_REVOKED) {
		write_text(name, data, len);
	} else if (which == WHAT_CHAT) {
		write_chat(data, len);
	} else {
		write_value(dir, name, data, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int dir = -1;

	if (size < 1 + FAULT_LEN) {
		return 0;
	}
	unsigned flags = data[0];
	const uint8_t *fault = data + 1;

	data += 1 + FAULT_LEN;
	size -= 1 + FAULT_LEN;
	scratch_hush();
	if (dir < 0) {
		dir = open(scratch_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	while (size > 3) {
		unsigned what = data[0];
		size_t len = (size_t)data[1] << 8 | data[2];

		data += 3;
		size -= 3;
		len = len < size ? len : size;
		write_record(dir, what, data, len);
		data += len;
		size -= len;
	}
	read_all(dir, flags, fault, FAULT_LEN);
	scratch_clear();
	return 0;
}
