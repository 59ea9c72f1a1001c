/* test_history_block.c - entries of the history: what goes into a block comes out, and nothing that
 * was not put there; and many samples are made few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berk/time.h"
#include "berkd/host/history_block.h"
#include "berkd/host/history_bytes.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_thin.h"
#include "tests/unit/history_same.h"

static struct history_entry a_sample(unsigned k)
{
	struct history_entry e = {.kind = HISTORY_SAMPLE,
				  .wall_ns = INT64_C(1795780800) * NS_PER_S + k,
				  .boot_s = 77 + k,
				  .life = 5,
				  .host = 0x8123456789abcdef + k % 3,
				  .flags = HISTORY_SELF | HISTORY_ISLAND,
				  .state = 3,
				  .offset_ns = -12345 - (int64_t)k,
				  .bound_ns = 800000,
				  .freq_ppb = -37000,
				  .delay_ns = 120000};

	(void)snprintf(e.name, sizeof(e.name), "host-%u", k % 3);
	return e;
}

static struct history_entry an_event(const char *text)
{
	struct history_entry e = {.kind = HISTORY_EVENT,
				  .wall_ns = -3,
				  .boot_s = UINT32_MAX,
				  .life = 5,
				  .host = 9,
				  .level = 5,
				  .word = "became-master"};

	(void)snprintf(e.text, sizeof(e.text), "%s", text);
	return e;
}

/* As it is read back from a disk. */
static bool reopen(struct history_block *b)
{
	struct history_block read = {0};

	history_block_seal(b);
	memcpy(read.bytes, b->bytes, sizeof(read.bytes));
	*b = read;
	return history_block_open(b);
}

static void what_is_added_is_read(void **state)
{
	struct history_block b;
	struct history_entry e, wanted[7];
	unsigned at = 0;

	(void)state;
	wanted[0] = a_sample(1);
	wanted[1] = an_event("Became master, term 12, 5 members reached");
	wanted[2] = a_sample(2);
	wanted[2].offset_ns = wanted[2].bound_ns = wanted[2].freq_ppb = wanted[2].delay_ns =
		HISTORY_UNKNOWN;
	wanted[3] = a_sample(4);
	memset(wanted[3].name, 'n', NODE_NAME_MAX - 1); /* it was renamed; in two parts */
	wanted[4] = an_event("");
	wanted[5] = a_sample(1);
	wanted[6] = an_event("x");
	memset(wanted[6].text, 'x', HISTORY_TEXT_MAX - 1);
	memset(wanted[6].word, 'w', HISTORY_WORD_MAX - 1);
	history_block_begin(&b, 7, 5);
	for (unsigned i = 0; i < 7; i++) {
		assert_true(history_block_add(&b, &wanted[i]));
	}
	assert_true(reopen(&b));
	assert_int_equal(b.seq, 7);
	for (unsigned i = 0; i < 7; i++) {
		assert_true(history_block_next(&b, &at, &e));
		assert_same_entry(&e, &wanted[i]);
	}
	assert_false(history_block_next(&b, &at, &e));
}

static void figures_that_do_not_fit_are_held_at_their_ends(void **state)
{
	struct history_entry e = a_sample(0), got;
	struct history_block b;
	unsigned at = 0;

	(void)state;
	e.freq_ppb = INT64_MAX;
	e.delay_ns = INT64_MAX;
	history_block_begin(&b, 1, 1);
	assert_true(history_block_add(&b, &e));
	assert_true(history_block_next(&b, &at, &got));
	assert_int_equal(got.freq_ppb, INT32_MAX);
	assert_int_equal(got.delay_ns, HISTORY_DELAY_MAX);
}

static void a_full_block_takes_nothing_and_keeps_what_it_has(void **state)
{
	struct history_block b, full;
	struct history_entry e;
	unsigned n = 0, read = 0, at = 0;

	(void)state;
	history_block_begin(&b, 1, 1);
	for (e = a_sample(0); history_block_add(&b, &e); e = a_sample(n)) {
		n++;
	}
	assert_int_equal(n, HISTORY_RECORDS - 3); /* three names */
	full = b;
	assert_false(history_block_add(&b, &e));
	assert_memory_equal(&b, &full, sizeof(b));
	for (assert_true(reopen(&b)); history_block_next(&b, &at, &e);) {
		read++;
	}
	assert_int_equal(read, n);
}

static void a_block_with_any_bit_changed_is_none(void **state)
{
	struct history_block b, spoilt = {0};
	struct history_entry e = a_sample(0);

	(void)state;
	history_block_begin(&b, 7, 5);
	assert_true(history_block_add(&b, &e));
	history_block_seal(&b);
	for (unsigned i = 0; i < HISTORY_BLOCK; i++) {
		memcpy(spoilt.bytes, b.bytes, sizeof(b.bytes));
		spoilt.bytes[i] ^= (uint8_t)(1U << (i % 8));
		assert_false(history_block_open(&spoilt));
	}
	memset(spoilt.bytes, 0, sizeof(spoilt.bytes)); /* a hole */
	assert_false(history_block_open(&spoilt));
}

/* Whoever can write the file can make a valid sum. */
static void strange_records_are_passed_over(void **state)
{
	struct history_entry e = an_event("t"), got;
	struct history_block b;
	unsigned at = 0;

	(void)state;
	history_block_begin(&b, 1, 1);
	assert_true(history_block_add(&b, &e));
	assert_true(history_block_add(&b, &e));
	uint8_t *first = b.bytes + HISTORY_HEAD;

	first[24] = '\033';		     /* of its word */
	first[2 * HISTORY_RECORD + 1] = 200; /* length of a part */
	first[2 * HISTORY_RECORD + 24] = 'x';
	first[3 * HISTORY_RECORD + 1] = 37;
	assert_true(reopen(&b));
	assert_true(history_block_next(&b, &at, &got));
	assert_string_equal(got.word, "xecame-master");
	assert_string_equal(got.text, "");
	assert_false(history_block_next(&b, &at, &got));
}

/* What the manual page promises of the default size: five hosts, ten seconds, a week. */
static void sixteen_megabytes_hold_a_week_of_five_hosts(void **state)
{
	uint64_t n_blocks = history_blocks(UINT64_C(16) << 20), per_block = HISTORY_RECORDS - 5;

	(void)state;
	assert_true(n_blocks * per_block > UINT64_C(5) * 7 * 86400 / 10);
}

/* --- Made few --- */

static struct history_thin thin;

static void thinned_samples_span_what_they_are_made_of(void **state)
{
	struct history_row row[16];

	(void)state;
	history_thin_begin(&thin, 10, row, 8);
	for (unsigned k = 0; k < 12; k++) {
		struct history_entry e = a_sample(3 * (k % 2)); /* of one host */

		e.wall_ns = -5 + (int64_t)k;
		e.offset_ns = k % 2 ? -(int64_t)k : (int64_t)k;
		e.bound_ns = k == 6 ? 900 : 100;
		history_thin_add(&thin, &e);
	}
	history_thin_end(&thin);
	assert_int_equal(thin.n, 2); /* below 0, and from 0 on */
	assert_false(thin.cut);
	assert_int_equal(row[0].n, 5);
	assert_int_equal(row[0].offset_ns_min, -3);
	assert_int_equal(row[0].offset_ns_max, 4);
	assert_int_equal(row[0].e.offset_ns, 4);
	assert_int_equal(row[0].e.bound_ns, 100);
	assert_int_equal(row[1].n, 7);
	assert_int_equal(row[1].offset_ns_min, -11);
	assert_int_equal(row[1].offset_ns_max, 10);
	assert_int_equal(row[1].e.bound_ns, 900);
}

static void a_new_role_and_a_new_life_begin_a_new_row(void **state)
{
	struct history_row row[16];
	struct history_entry e = a_sample(0);

	(void)state;
	history_thin_begin(&thin, NS_PER_S, row, 8);
	history_thin_add(&thin, &e);
	e.flags |= HISTORY_MASTER;
	history_thin_add(&thin, &e);
	e.life++;
	history_thin_add(&thin, &e);
	e.state++;
	e.bound_ns = HISTORY_UNKNOWN;
	history_thin_add(&thin, &e);
	e.bound_ns = 5; /* a bound that nobody knew for a while is not known for all of it */
	history_thin_add(&thin, &e);
	history_thin_end(&thin);
	assert_int_equal(thin.n, 4);
	assert_int_equal(row[3].n, 2);
	assert_true(row[3].e.bound_ns == HISTORY_UNKNOWN);
}

static void the_newest_rows_stay_in_their_order(void **state)
{
	struct history_row row[8];

	(void)state;
	history_thin_begin(&thin, 100, row, 4);
	for (unsigned k = 0; k < 10; k++) {
		struct history_entry e = k % 2 ? an_event("t") : a_sample(0);

		e.wall_ns = 50 * (int64_t)k;
		history_thin_add(&thin, &e);
	}
	history_thin_end(&thin);
	assert_int_equal(thin.n, 4);
	assert_true(thin.cut);
	for (unsigned k = 0; k < 4; k++) {
		assert_int_equal(row[k].e.wall_ns, 50 * (6 + (int64_t)k));
	}
}

/* Rows of hosts that are long gone are done last of all, or when they are back: they are old all the
 * same. */
static void a_row_of_a_host_long_gone_takes_no_place_of_a_newer_one(void **state)
{
	struct history_row row[8];

	(void)state;
	for (unsigned back = 0; back < 2; back++) {
		history_thin_begin(&thin, 100, row, 4);
		for (unsigned k = 0; k < 20; k++) {
			struct history_entry e = k < 10 ? a_sample(0) : an_event("t");

			e.host = k;
			e.wall_ns = (int64_t)k;
			history_thin_add(&thin, &e);
		}
		for (unsigned k = 0; k < 3 * back; k++) {
			struct history_entry e = a_sample(0);

			e.host = k;
			e.wall_ns = 1000;
			history_thin_add(&thin, &e);
		}
		history_thin_end(&thin);
		assert_int_equal(thin.n, 4);
		assert_true(thin.cut);
		assert_int_equal(row[0].e.wall_ns, back ? 19 : 16);
		assert_int_equal(row[3].e.wall_ns, back ? 1000 : 19);
	}
}

/* One more than there are places: the one not heard for longest makes room, and the rest is thinned. */
static void hosts_more_than_there_are_places_are_thinned_too(void **state)
{
	const size_t limit = HISTORY_HOSTS_MAX + 2;
	struct history_row *row = calloc(2 * limit, sizeof(*row));
	struct history_entry e = a_sample(0);

	(void)state;
	assert_non_null(row);
	history_thin_begin(&thin, INT64_MAX, row, limit);
	for (unsigned k = 0; k < HISTORY_HOSTS_MAX + 6; k++) {
		e.host = k < HISTORY_HOSTS_MAX ? k + 1 : 9999;
		history_thin_add(&thin, &e);
	}
	e.host = HISTORY_HOSTS_MAX;
	history_thin_add(&thin, &e);
	history_thin_end(&thin);
	assert_int_equal(thin.n, HISTORY_HOSTS_MAX + 1);
	assert_int_equal(row[0].e.host, 1);
	assert_int_equal(row[thin.n - 2].e.host, 9999);
	assert_int_equal(row[thin.n - 2].n, 6);
	assert_int_equal(row[thin.n - 1].e.host, HISTORY_HOSTS_MAX);
	assert_int_equal(row[thin.n - 1].n, 2);
	free(row);
}

static void without_an_interval_each_sample_stays(void **state)
{
	struct history_row row[8];
	struct history_entry e = a_sample(0);

	(void)state;
	history_thin_begin(&thin, 0, row, 4);
	history_thin_add(&thin, &e);
	history_thin_add(&thin, &e);
	history_thin_end(&thin);
	assert_int_equal(thin.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_read),
		cmocka_unit_test(figures_that_do_not_fit_are_held_at_their_ends),
		cmocka_unit_test(a_full_block_takes_nothing_and_keeps_what_it_has),
		cmocka_unit_test(a_block_with_any_bit_changed_is_none),
		cmocka_unit_test(strange_records_are_passed_over),
		cmocka_unit_test(sixteen_megabytes_hold_a_week_of_five_hosts),
		cmocka_unit_test(thinned_samples_span_what_they_are_made_of),
		cmocka_unit_test(a_new_role_and_a_new_life_begin_a_new_row),
		cmocka_unit_test(the_newest_rows_stay_in_their_order),
		cmocka_unit_test(a_row_of_a_host_long_gone_takes_no_place_of_a_newer_one),
		cmocka_unit_test(hosts_more_than_there_are_places_are_thinned_too),
		cmocka_unit_test(without_an_interval_each_sample_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
