/* test_guests.c - a connection to berkd-exporter that stays for too long is ended, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/guests.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_MS 200

static bool is_ended(int fd, int within_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, within_ms) == 1;
}

static void who_stays_for_too_long_is_ended(void **state)
{
	struct guests *g = guests_new(3, LIMIT_MS);
	int stays[2], left[2];

	(void)state;
	assert_non_null(g);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, stays), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, left), 0);
	assert_true(guests_come(g, left[0]));
	assert_true(guests_come(g, stays[0]));
	assert_false(is_ended(stays[1], LIMIT_MS / 4));
	guests_go(g, left[0]); /* its number is free for any other file */
	assert_true(is_ended(stays[1], 50 * LIMIT_MS));
	assert_false(is_ended(left[1], 0));
	guests_free(g);
	for (int i = 0; i < 2; i++) {
		close(stays[i]);
		close(left[i]);
	}
}

static void last_place_is_told(void **state)
{
	struct guests *g = guests_new(2, 60000);

	(void)state;
	assert_non_null(g);
	assert_true(guests_come(g, 100));
	assert_false(guests_come(g, 101));
	guests_go(g, 100);
	assert_false(guests_come(g, 102));
	guests_go(g, 101);
	guests_go(g, 102);
	assert_true(guests_come(g, 103));
	guests_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stays_for_too_long_is_ended),
		cmocka_unit_test(last_place_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
