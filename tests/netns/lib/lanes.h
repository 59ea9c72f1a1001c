/* lanes.h - several groups at once, each with its own tests in a sandbox of its own: tests of
 * daemons mostly sleep.  The figures that tests leave are printed as one table at the end.
 */
#pragma once

#include "netns/lib/fixture.h"

#define LANES_MAX  24
#define OF_NO_CASE 0 /* number of a figure that is of none of the cases */

/* A program of its own, as it were. */
struct lane {
	const char *name;
	struct fixture fixture;
	const struct test *tests;
	size_t n_tests;
};
#define LANE(lane_name, n, ...)                                                                    \
	{                                                                                          \
		.name = (lane_name), .fixture = {.n_hosts = (n)},                                  \
		.tests = (const struct test[]){__VA_ARGS__},                                       \
		.n_tests = sizeof((const struct test[]){__VA_ARGS__}) / sizeof(struct test),       \
	}

/* Run them in their order, @at_once beside each other; what each one printed comes when it has
 * ended, and the table of cases T1 to T<n_cases> last.  Returns the exit status of the program:
 * a case without a figure is a failure, too.  In the environment: BERK_NETNS_LANES="T4 T7" runs
 * these lanes only.  Call once, from main(). */
int lanes_run(const struct lane *, size_t n_lanes, unsigned at_once, unsigned n_cases);
/* The figure of case T<@number>, from a test of any lane; it is printed at once, too.  Later ones
 * of the same case are added to it. */
void lane_figure(unsigned number, const char *format, ...) __attribute__((format(printf, 2, 3)));
