/* test_liar.c - one host is 10 s wrong and cannot be steered, another one begins to lie about its
 * clock: both are named and left out, and the honest ones do not feel it. */
#include "netns/lib/test.h"

#include <stdlib.h>
#include <string.h>

enum { LIAR = 4, WRONG = 5 };
#define HONEST 0x0fU
#define LIE    SANDBOX_DIR "/lie" /* the liar lies once this exists */

static struct group group;

/* What `berkctl members` of the master says of a host: its reason, "none" when it counts. */
static const char *reason_of(struct group *g, unsigned of, char buf[static 64])
{
	int master = group_master(g, HONEST);
	size_t i;
	json_t *member, *reply = master < 0 ? NULL : host_ask(&g->host[master], "members");

	snprintf(buf, 64, "none");
	json_array_foreach(json_object_get(reply, "members"), i, member)
	{
		const char *name = json_string_value(json_object_get(member, "name"));
		const char *reason = json_string_value(json_object_get(member, "reason"));

		if (name && reason && strcmp(name, g->host[of].name) == 0) {
			snprintf(buf, 64, "%s", reason);
		}
	}
	json_decref(reply);
	return buf;
}

/* Being new is no reason any more for a host that has had its time. */
static bool wrong_is_told(struct group *g, void *arg)
{
	char reason[64];

	(void)arg;
	reason_of(g, WRONG, reason);
	return strcmp(reason, "none") != 0 && strcmp(reason, "newcomer") != 0;
}

static void wrong_host_is_left_out_and_why_says_the_reason(void **state)
{
	char out[4096];
	unsigned honest = HONEST;

	(void)state;
	assert_true(group_until(&group, 60, group_is_settled, &honest));
	assert_true(group_until(&group, 60, wrong_is_told, NULL));
	int master = group_master(&group, HONEST);
	int64_t spread = group_pair_error(&group, &group.sample[group.n_samples - 1], HONEST);
	assert_true(spread < 5 * NS_PER_MS); /* 10 s have not moved the others */
	assert_int_equal(host_berkctl(&group.host[master], out, sizeof(out), "why",
				      group.host[WRONG].name, NULL),
			 0);
	print_message("why %s: %s", group.host[WRONG].name, out);
	assert_non_null(strstr(out, group.host[WRONG].name));
}

static bool liar_is_out(struct group *g, void *arg)
{
	char reason[64];

	(void)arg;
	return strcmp(reason_of(g, LIAR, reason), "none") != 0;
}

static bool liar_counts(struct group *g, void *arg)
{
	return !liar_is_out(g, arg);
}

static void liar_is_left_out_and_the_honest_do_not_feel_it(void **state)
{
	char reason[64], out[4096];

	(void)state;
	assert_true(group_until(&group, 60, liar_counts, NULL));
	size_t before = group.n_samples;
	group_run(&group, 15);
	int64_t quiet = group_quantile(&group, before, 0.9, HONEST);
	unsigned jumps = group.n_jumps;

	FILE *f = fopen(LIE, "we");
	assert_non_null(f);
	fclose(f);
	size_t lying = group.n_samples;
	assert_true(group_until(&group, 30, liar_is_out, NULL));
	group_run(&group, 15);
	int64_t loud = group_quantile(&group, lying, 0.9, HONEST);

	print_message(
		"why: %s; spread of the honest, p90: %.1f us before, %.1f us during the lie\n",
		reason_of(&group, LIAR, reason), test_us(quiet), test_us(loud));
	int master = group_master(&group, HONEST);
	assert_true(master >= 0);
	assert_int_equal(host_berkctl(&group.host[master], out, sizeof(out), "why",
				      group.host[LIAR].name, NULL),
			 0);
	print_message("%s", out);
	assert_true(loud < 3 * quiet);
	assert_true(group.n_jumps - jumps == 0);
}

static void lie(const char *how, const char *when)
{
	setenv("BERKD_LIE", how, 1);
	if (when) {
		setenv("BERKD_LIE_WHEN", when, 1);
	} else {
		unsetenv("BERKD_LIE_WHEN");
	}
}

static int start(void **state)
{
	(void)state;
	group_init(&group, 6);
	group.host[LIAR].program = BERKD_LIAR_PATH;
	group.host[WRONG].program = BERKD_LIAR_PATH;
	group.host[WRONG].offset_ns = 10 * NS_PER_S;
	for (unsigned i = 0; i < group.n; i++) {
		lie(i == WRONG ? "deaf" : "sway", i == WRONG ? NULL : LIE);
		/* A liar may not be master: from there it could not be told from the others. */
		host_config(&group.host[i], i >= LIAR ? "[node]\npriority = 0\n" : "");
		host_start(&group.host[i]);
	}
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	group_fini(&group);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_host_is_left_out_and_why_says_the_reason),
		cmocka_unit_test(liar_is_left_out_and_the_honest_do_not_feel_it),
	};

	sandbox_enter(220);
	return cmocka_run_group_tests(tests, start, take_down);
}
