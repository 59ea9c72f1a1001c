/* fixture.c - the group around a table of tests, and the wait for conditions. See fixture.h. */
#include "netns/lib/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_S	      1800 /* of a whole program: only a hang takes so long */
#define DRIFT_PPM     100  /* max_drift: a published bound grows so fast with its age */
#define TOGETHER_PART 1000

static const struct fixture *fixture;
static struct group group;

void wait_until_at(struct group *g, bool (*done)(struct group *, void *), void *arg,
		   const char *what, const char *file, int line)
{
	if (!group_until(g, WAIT_S, done, arg)) {
		print_error("waited %.0f s for %s\n", WAIT_S, what);
		_fail(file, line);
	}
}

/* How many rounds each host has seen since the wait began. */
struct rounds {
	unsigned mask;
	int64_t wanted;
	int64_t last[GROUP_MAX];
	int64_t passed[GROUP_MAX];
};

static bool rounds_have_passed(struct group *g, void *arg)
{
	struct rounds *r = arg;
	bool all = true;

	for (unsigned i = 0; i < g->n; i++) {
		if (!(r->mask & 1U << i) || !g->host[i].pid) {
			continue;
		}
		int64_t now = status_int(&g->host[i], "round");

		if (now < 0) { /* no answer this time */
			return false;
		}
		if (now > r->last[i]) { /* A new master counts from one again. */
			r->passed[i] += now - r->last[i];
		}
		r->last[i] = now;
		all &= r->passed[i] >= r->wanted;
	}
	return all;
}

void wait_rounds(struct group *g, unsigned mask, unsigned n_rounds)
{
	struct rounds r = {.mask = mask, .wanted = n_rounds};

	for (unsigned i = 0; i < g->n; i++) {
		r.last[i] = INT64_MAX; /* the first look is the beginning */
	}
	wait_until(g, rounds_have_passed, &r);
}

/* What a host publishes, and when it was asked. */
struct bound {
	int64_t ns, asked_at;
};

static void ask_bounds(const struct group *g, unsigned mask, struct bound ret[GROUP_MAX])
{
	for (unsigned i = 0; i < g->n; i++) {
		if (mask & 1U << i) {
			ret[i].asked_at = truth_now();
			ret[i].ns = status_int(&g->host[i], "bound_ns");
			assert_true(ret[i].ns > 0);
		}
	}
}

/* Two hosts whose clocks were further apart at sample @s than their bounds say; false: none. */
static bool find_broken(const struct group *g, const struct group_sample *s, unsigned mask,
			const struct bound bound[GROUP_MAX], unsigned ret[2])
{
	for (unsigned i = 0; i < g->n; i++) {
		for (unsigned j = 0; j < i; j++) {
			unsigned pair = 1U << i | 1U << j;

			if ((mask & pair) == pair &&
			    group_pair_error(g, s, pair) > bound[i].ns + bound[j].ns) {
				ret[0] = j;
				ret[1] = i;
				return true;
			}
		}
	}
	return false;
}

/* A bound holds for the instant at which it was asked for.  Until the sample is taken it grows with
 * max_drift, and by whatever the host learns in the meantime, which may be long where the machine is
 * loaded: so whoever is outside is asked once more, and the larger bound counts. */
void assert_bounds_hold(struct group *g, unsigned mask)
{
	struct bound bound[GROUP_MAX] = {0}, later[GROUP_MAX] = {0};
	unsigned who[2];

	ask_bounds(g, mask, bound);
	const struct group_sample *s = group_sample_now(g);
	int64_t now = truth_now();

	for (unsigned i = 0; i < g->n; i++) {
		bound[i].ns += (now - bound[i].asked_at) * DRIFT_PPM / 1000000;
	}
	if (!find_broken(g, s, mask, bound, who)) {
		return;
	}
	ask_bounds(g, mask, later);
	for (unsigned i = 0; i < g->n; i++) {
		print_message("host %u: bound %.1f us, asked %.0f ms before; after it %.1f us\n",
			      i + 1, us_of(bound[i].ns), us_of(now - bound[i].asked_at) / 1000,
			      us_of(later[i].ns));
		bound[i].ns = ns_max(bound[i].ns, later[i].ns);
	}
	if (find_broken(g, s, mask, bound, who)) {
		fail_msg("hosts %u and %u are %.1f us apart", who[0] + 1, who[1] + 1,
			 us_of(group_pair_error(g, s, 1U << who[0] | 1U << who[1])));
	}
}

void assert_together(const struct group *g, size_t from, unsigned mask)
{
	int64_t begin = group_initial_spread(g, mask), now = group_quantile(g, from, 0.5, mask);

	print_message("pair error of hosts %#x: %.0f us before any daemon ran, p50 now %.1f us\n",
		      mask & ((1U << g->n) - 1), us_of(begin), us_of(now));
	assert_true(now < begin / TOGETHER_PART);
}

static int group_set_up(void **state)
{
	unsigned settled = fixture->settled;

	(void)state;
	group_init(&group, fixture->n_hosts);
	if (fixture->prepare) {
		fixture->prepare(&group);
	}
	if (fixture->start) {
		group_start(&group);
	}
	if (settled) {
		wait_until(&group, group_is_settled, &settled);
	}
	return 0;
}

static int group_take_down(void **state)
{
	(void)state;
	group_fini(&group);
	return 0;
}

static void call_test(void **state)
{
	const struct test *t = *state;

	t->run(&group);
}

static int call_before(void **state)
{
	const struct test *t = *state;

	if (t->before) {
		t->before(&group);
	}
	return 0;
}

static int call_after(void **state)
{
	const struct test *t = *state;

	if (t->after) {
		t->after(&group);
	}
	return 0;
}

int fixture_run(const struct fixture *f, const struct test *tests, size_t n_tests)
{
	struct CMUnitTest *unit = calloc(n_tests, sizeof(*unit));

	if (!unit) {
		sandbox_die("out of memory");
	}
	for (size_t i = 0; i < n_tests; i++) {
		unit[i] = (struct CMUnitTest){
			.name = tests[i].name,
			.test_func = call_test,
			.setup_func = call_before,
			.teardown_func = call_after,
			.initial_state = (void *)(uintptr_t)&tests[i],
		};
	}
	fixture = f;
	sandbox_enter(LIMIT_S);
	int n_failed =
		_cmocka_run_group_tests("netns", unit, n_tests, group_set_up, group_take_down);
	free(unit);
	return n_failed;
}
