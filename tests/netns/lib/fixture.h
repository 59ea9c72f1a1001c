/* fixture.h - what every test program of tests/netns shares: a group of hosts that is set up before
 * its tests and taken down after them, a table of these tests, and the wait for a condition.
 *
 * A test passes or fails by what the daemons say and by ratios of one run, never by how fast the
 * machine is: it waits for a condition, up to WAIT_S seconds.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/time.h"
#include "netns/lib/ask.h"
#include "netns/lib/group.h"
#include "netns/lib/sandbox.h"

/* Only a daemon that never gets there takes so long: ten times what an idle machine needs. */
#define WAIT_S	 120.0
/* A machine that is loaded in some turns makes any ratio of them: they are compared up to so many
 * times. */
#define ATTEMPTS 3

/* The group of a program, as its first test finds it. */
struct fixture {
	unsigned n_hosts;
	void (*prepare)(
		struct group *); /* before any daemon runs: configurations, cables; or NULL */
	bool start;		 /* then start the daemons of all hosts */
	unsigned settled; /* mask: and wait until these are settled, see group_is_settled(); or 0 */
};

/* One line of a program's table. */
struct test {
	const char *name;
	void (*run)(struct group *);
	void (*before)(struct group *); /* or NULL */
	void (*after)(struct group *);	/* also when the test failed; or NULL */
};
#define TEST(function, ...)                                                                        \
	{                                                                                          \
		.name = #function, .run = (function), ##__VA_ARGS__                                \
	}

/* Run the tests in their order and take the group down; returns the exit status of the program, or
 * ends it with SANDBOX_SKIP where there is no right to make namespaces. Call once, from main(). */
int fixture_run(const struct fixture *, const struct test *, size_t n_tests);
#define RUN_TESTS(fixture, tests) fixture_run(fixture, tests, sizeof(tests) / sizeof((tests)[0]))

/* Let time pass until @done says so. The test fails, and names the condition, after WAIT_S. */
#define wait_until(g, done, arg)  wait_until_at(g, done, arg, #done, __FILE__, __LINE__)
void wait_until_at(struct group *, bool (*done)(struct group *, void *), void *arg,
		   const char *what, const char *file, int line);
/* Let time pass, @seconds; @done may not say so in any sample of it. */
#define assert_never(g, seconds, done, arg) assert_false(group_until(g, seconds, done, arg))
/* ...until each running host of @mask has seen so many more rounds of a master. */
void wait_rounds(struct group *, unsigned mask, unsigned n_rounds);

/* The hosts of @mask are within the bounds that they publish: the product's hardest promise. */
void assert_bounds_hold(struct group *, unsigned mask);
/* The clocks of @mask are one: since sample @from, for half of the time at least, they were apart
 * by less than a thousandth of what they were before any daemon ran. */
void assert_together(const struct group *, size_t from, unsigned mask);
