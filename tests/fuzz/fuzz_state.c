/* fuzz_state.c - any files as those of the state directory: what is damaged is set aside, and what
 * is read can be written and read again.
 *
 * Input: records of WHAT, LENGTH (2 bytes), bytes of one file.  WHAT names the file; with SUMMED
 * its checksum is put right, which noise would never hit. */
#include "berkd/host/chat_file.h"
#include "berkd/host/identity.h"
#include "berkd/host/state.h"
#include "berkd/host/state_file.h"
#include "berkd/host/state_private.h"
#include "fuzz.h"
#include "tests/fuzz/scratch.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING   16
#define RECORD 640 /* of the chat file */

enum { SUMMED = 8 };

static const char *const names[] = {FILE_IDENTITY, FILE_TERM,  FILE_DRIFT,     FILE_LINE,
				    FILE_GROUP,	   FILE_TABLE, CHAT_FILE_NAME, FILE_REVOKED};

static void write_value(int dir, const char *name, const uint8_t *data, size_t len)
{
	char value[STATE_VALUE_MAX];

	len = len < sizeof(value) ? len : sizeof(value) - 1;
	memcpy(value, data, len);
	value[len] = '\0';
	(void)state_file_write(dir, name, value);
}

static void write_text(const char *name, const uint8_t *data, size_t len)
{
	static char text[1 << 16];
	char sum[STATE_SUM_MAX];

	len = len < sizeof(text) / 2 ? len : sizeof(text) / 2;
	memcpy(text, data, len);
	state_file_sum(text, len, sum);
	(void)snprintf(text + len, sizeof(text) - len, "sum %s\n", sum);
	scratch_write(name, text, strlen(text + len) + len);
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
	scratch_write(CHAT_FILE_NAME, record, sizeof(record));
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

static void read_all(int dir)
{
	static struct config config = {.state = true};
	static struct wire_chat_line ring[RING];
	static const uint8_t machine[MACHINE_HASH_LEN] = {1, 2, 3};
	struct chat_pos last = {.index = 0};
	struct state *s;
	uint64_t stable;

	memset(ring, 0, sizeof(ring));
	(void)chat_file_read(dir, ring, RING, &last, &stable);
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s", scratch_path());
	if (state_new(&config, machine, &s) < 0) {
		abort();
	}
	check_table(state_saved(s));
	check_revoked(state_saved(s));
	(void)state_save_term(s, state_saved(s)->term);
	(void)state_error(s);
	(void)state_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int dir = -1;

	scratch_hush();
	if (dir < 0) {
		dir = open(scratch_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	while (size > 3) {
		unsigned what = data[0];
		const char *name = names[what % 8];
		size_t len = (size_t)data[1] << 8 | data[2];

		data += 3;
		size -= 3;
		len = len < size ? len : size;
		if (what % 8 == 3) {
			check_line(data, len);
		}
		if (!(what & SUMMED)) {
			scratch_write(name, data, len);
		} else if (what % 8 == 5 || what % 8 == 7) {
			write_text(name, data, len);
		} else if (what % 8 == 6) {
			write_chat(data, len);
		} else {
			write_value(dir, name, data, len);
		}
		data += len;
		size -= len;
	}
	read_all(dir);
	scratch_clear();
	return 0;
}
