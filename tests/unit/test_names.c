/* test_names.c - which name is looked up when, and what an answer changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berkd/net/names.h"

static struct names names;
static struct config_peer peer[3];
static bool here[3];
static mono_t now;

static int set_up(void **state)
{
	(void)state;
	memset(peer, 0, sizeof(peer));
	memset(here, 0, sizeof(here));
	now = (mono_t){1000 * NS_PER_S};
	names_reset(&names);
	return 0;
}

static struct addr addr_of(unsigned last)
{
	return (struct addr){.ip = {[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)last}, .port = 5252};
}

/* The answer about peer @i: this address, or none when @last is 0. */
static struct name_change answer(size_t i, unsigned last)
{
	struct addr a = addr_of(last);
	struct name_change c;

	name_take_answer(&peer[i], &a, last ? 1 : 0, now, &c);
	names_note_answer(&names, i, now);
	return c;
}

/* Wait until one of the @n first peers is due and look at who answers; seconds waited. */
static double wait_due(size_t n, size_t *ret_i)
{
	mono_t due;

	names_look(&names, here, n);
	*ret_i = names_next(&names, peer, n, &due);
	assert_true(*ret_i < n);
	double s = due.ns > now.ns ? (double)mono_sub(due, now) / (double)NS_PER_S : 0;

	now = due.ns > now.ns ? due : now;
	return s;
}

/* Seconds until peer 0, the only one, is due. */
static double wait_alone(void)
{
	size_t i;

	return wait_due(1, &i);
}

static void all_are_due_at_the_start_one_after_the_other(void **state)
{
	size_t i;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		assert_true(wait_due(3, &i) == 0);
		assert_int_equal(i, k);
		(void)answer(i, 1);
	}
	assert_true(wait_due(3, &i) > 0);
}

static void address_is_never_looked_up(void **state)
{
	size_t i;
	mono_t due;

	(void)state;
	peer[0].numeric = true;
	assert_int_equal(names_next(&names, peer, 1, &due), 1);
	assert_true(mono_is_never(due));
	assert_true(wait_due(2, &i) == 0);
	assert_int_equal(i, 1);
}

static void name_that_does_not_resolve_is_asked_after_1_s_to_30_s(void **state)
{
	static const double want[] = {1, 2, 4, 8, 16, 30, 30};

	(void)state;
	assert_true(wait_alone() == 0);
	for (unsigned k = 0; k < 7; k++) {
		(void)answer(0, 0);
		assert_true(wait_alone() == want[k]);
	}
}

static void silent_peer_is_asked_after_1_s_to_60_s(void **state)
{
	static const double want[] = {1, 2, 4, 8, 16, 32, 60, 60};

	(void)state;
	for (unsigned k = 0; k < 8; k++) {
		(void)answer(0, 1);
		assert_true(wait_alone() == want[k]);
	}
}

static void peers_that_answer_are_asked_each_10_min_but_60_s_while_another_is_silent(void **state)
{
	size_t i;

	(void)state;
	peer[1].numeric = true;
	here[0] = here[1] = true;
	(void)answer(0, 1);
	assert_true(wait_due(2, &i) == 600);
	here[1] = false;
	(void)answer(0, 1);
	assert_true(wait_due(2, &i) == 60);
}

static void peer_that_falls_silent_is_asked_at_once(void **state)
{
	(void)state;
	here[0] = true;
	(void)answer(0, 1);
	(void)wait_alone();
	now = mono_add(now, 100 * NS_PER_S - 600 * NS_PER_S); /* long before it is due */
	here[0] = false;
	assert_true(wait_alone() == 0);
	(void)answer(0, 1);
	assert_true(wait_alone() == 1);
	(void)answer(0, 1);
	assert_true(wait_alone() == 2);
}

static void change_of_a_link_asks_again_but_once_a_second_at_most(void **state)
{
	(void)state;
	here[0] = true;
	(void)answer(0, 1);
	(void)wait_alone();
	(void)answer(0, 1);
	names_hurry(&names);
	assert_true(wait_alone() == 1);
	(void)answer(0, 1);
	assert_true(wait_alone() == 600);
	now = mono_add(now, -300 * NS_PER_S);
	names_hurry(&names);
	assert_true(wait_alone() == 0);
}

static void first_answer_adds_all_its_addresses(void **state)
{
	struct addr found[3] = {addr_of(1), addr_of(2), addr_of(1)};
	struct name_change c;

	(void)state;
	name_take_answer(&peer[0], found, 3, now, &c);
	assert_true(c.first && !c.missed && !c.back);
	assert_int_equal(c.n_added, 2); /* no address twice */
	assert_int_equal(c.n_removed, 0);
	assert_int_equal(peer[0].n_addr, 2);
	assert_int_equal(peer[0].state, CONFIG_PEER_RESOLVED);
	assert_true(peer[0].since.ns == now.ns);
}

static void name_that_moves_changes_its_address_and_keeps_its_state(void **state)
{
	mono_t then = now;

	(void)state;
	(void)answer(0, 1);
	now = mono_add(now, NS_PER_S);
	struct name_change c = answer(0, 2);

	assert_int_equal(c.n_added, 1);
	assert_int_equal(c.added[0].ip[15], 2);
	assert_int_equal(c.n_removed, 1);
	assert_int_equal(c.removed[0].ip[15], 1);
	assert_false(c.first || c.missed || c.back);
	assert_int_equal(peer[0].n_addr, 1);
	assert_int_equal(peer[0].addr[0].ip[15], 2);
	assert_true(peer[0].since.ns == then.ns);
	c = answer(0, 2);
	assert_int_equal(c.n_added + c.n_removed, 0);
}

static void name_that_vanishes_keeps_its_address_and_is_told_once(void **state)
{
	(void)state;
	(void)answer(0, 1);
	now = mono_add(now, NS_PER_S);
	struct name_change c = answer(0, 0);

	assert_true(c.missed);
	assert_int_equal(c.n_removed, 0);
	assert_int_equal(peer[0].n_addr, 1);
	assert_int_equal(peer[0].state, CONFIG_PEER_MISSING);
	assert_true(peer[0].since.ns == now.ns);
	assert_false(answer(0, 0).missed);
	c = answer(0, 1);
	assert_true(c.back && !c.first);
	assert_int_equal(c.n_added, 0);
}

static void of_too_many_addresses_those_in_use_stay(void **state)
{
	struct addr found[CONFIG_ADDRS_MAX + 2];
	struct name_change c;

	(void)state;
	(void)answer(0, CONFIG_ADDRS_MAX + 2); /* the last of them */
	for (unsigned i = 0; i < CONFIG_ADDRS_MAX + 2; i++) {
		found[i] = addr_of(i + 1);
	}
	name_take_answer(&peer[0], found, CONFIG_ADDRS_MAX + 2, now, &c);
	assert_int_equal(c.n_removed, 0);
	assert_int_equal(c.n_added, CONFIG_ADDRS_MAX - 1);
	assert_int_equal(peer[0].addr[0].ip[15], CONFIG_ADDRS_MAX + 2);
	/* In any other order it is the same: nothing changes. */
	found[0] = addr_of(2);
	found[1] = addr_of(1);
	name_take_answer(&peer[0], found, CONFIG_ADDRS_MAX + 2, now, &c);
	assert_int_equal(c.n_added + c.n_removed, 0);
}

#define T(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_are_due_at_the_start_one_after_the_other),
		T(address_is_never_looked_up),
		T(name_that_does_not_resolve_is_asked_after_1_s_to_30_s),
		T(silent_peer_is_asked_after_1_s_to_60_s),
		T(peers_that_answer_are_asked_each_10_min_but_60_s_while_another_is_silent),
		T(peer_that_falls_silent_is_asked_at_once),
		T(change_of_a_link_asks_again_but_once_a_second_at_most),
		T(first_answer_adds_all_its_addresses),
		T(name_that_moves_changes_its_address_and_keeps_its_state),
		T(name_that_vanishes_keeps_its_address_and_is_told_once),
		T(of_too_many_addresses_those_in_use_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
