/* test_quota.c - how much is done for strangers, and how a copy is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rules/quota.h"

static const struct addr here = {.ip = {10, 1}, .port = 5252};

static void a_copy_is_known_for_ten_seconds_and_forgotten_after_twenty(void **state)
{
	static struct seen s;
	const uint8_t mac[16] = {1, 2, 3, 4};
	const mono_t t0 = {100 * NS_PER_S};

	(void)state;
	seen_init(&s, 1);
	assert_false(seen_before(&s, &here, mac, t0));
	assert_true(seen_before(&s, &here, mac, t0));
	assert_true(seen_is_there(&s, &here, mac));
	assert_true(seen_before(&s, &here, mac, mono_add(t0, 10 * NS_PER_S)));
	assert_false(seen_before(&s, &here, (const uint8_t[16]){9}, mono_add(t0, 20 * NS_PER_S)));
	assert_false(seen_before(&s, &here, (const uint8_t[16]){8}, mono_add(t0, 30 * NS_PER_S)));
	assert_false(seen_before(&s, &here, mac, mono_add(t0, 31 * NS_PER_S)));
}

/* Attack seed 5355: whoever copies a packet, as if from elsewhere, is faster than it. */
static void what_comes_from_elsewhere_is_no_copy(void **state)
{
	static struct seen s;
	const uint8_t mac[16] = {1, 2, 3, 4}, other[16] = {1, 2, 3, 4, 1};
	struct addr host = here, port = here;

	(void)state;
	host.ip[15] = 1;
	port.port++;
	seen_init(&s, 1);
	assert_false(seen_before(&s, &here, mac, (mono_t){0}));
	assert_false(seen_is_there(&s, &host, mac));
	assert_false(seen_is_there(&s, &port, mac));
	assert_false(seen_is_there(&s, &here, other));
	assert_false(seen_before(&s, NULL, mac, (mono_t){0}));
	assert_true(seen_is_there(&s, NULL, mac));
	assert_false(seen_is_there(&s, NULL, other));
}

static void nobody_knows_where_a_packet_is_marked(void **state)
{
	static struct seen s, other;

	(void)state;
	seen_init(&s, 1);
	seen_init(&other, 2);
	(void)seen_before(&s, &here, (const uint8_t[16]){1}, (mono_t){0});
	(void)seen_before(&other, &here, (const uint8_t[16]){1}, (mono_t){0});
	assert_memory_not_equal(s.bit, other.bit, sizeof(s.bit));
}

/* Of 2000 places, that of a packet is no other one's, whatever it has in common with them. */
static void few_are_taken_for_a_copy_that_are_none(void **state)
{
	static struct seen s;
	uint8_t mac[16] = {0};
	unsigned n = 0;

	(void)state;
	seen_init(&s, 77);
	for (unsigned i = 0; i < 2000; i++) {
		mac[i % 16]++;
		n += seen_before(&s, &here, mac, (mono_t){0});
	}
	assert_in_range(n, 0, 2000 / 20);
}

static void sources_that_ask_for_much_take_little_from_others(void **state)
{
	static struct quota b;
	unsigned n_served = 0;

	(void)state;
	quota_init(&b, 42, (mono_t){0});
	for (unsigned i = 0; i < 1000; i++) { /* two sources */
		const struct addr from = {.ip = {[15] = (uint8_t)(i % 2)}, .port = (uint16_t)i};

		n_served += quota_take(&b, &from, NULL, false, (mono_t){0});
	}
	assert_int_equal(n_served, 40);
	for (unsigned i = 2; i < 200; i++) {
		const struct addr from = {.ip = {[15] = (uint8_t)i}, .port = 1};

		n_served += quota_take(&b, &from, NULL, false, (mono_t){0});
	}
	assert_int_equal(n_served, 200);
}

static void strangers_take_nothing_from_a_peer_at_their_address(void **state)
{
	static struct quota b;
	const struct addr from = {.ip = {[15] = 1}, .port = 1};
	unsigned n_strangers = 0, n_expected = 0;

	(void)state;
	quota_init(&b, 42, (mono_t){0});
	for (unsigned i = 0; i < 100; i++) {
		n_strangers += quota_take(&b, &from, NULL, false, (mono_t){0});
	}
	assert_int_equal(n_strangers, 20);
	for (unsigned i = 0; i < 100; i++) { /* which takes nothing from who is expected there */
		const uint8_t pub[KEY_LEN] = {200};

		n_expected += quota_take(&b, &from, pub, true, (mono_t){0});
	}
	assert_int_equal(n_expected, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_known_for_ten_seconds_and_forgotten_after_twenty),
		cmocka_unit_test(what_comes_from_elsewhere_is_no_copy),
		cmocka_unit_test(nobody_knows_where_a_packet_is_marked),
		cmocka_unit_test(few_are_taken_for_a_copy_that_are_none),
		cmocka_unit_test(strangers_take_nothing_from_a_peer_at_their_address),
		cmocka_unit_test(sources_that_ask_for_much_take_little_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
