/* test_first_hour.c - the rules of berksim boots: each is broken here by hand, and found. */
#include "tests/sim/boots_rules.h"
#include "tests/sim/says.h"
#include "tests/world/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS 3

/* A site without any trouble, all clocks of which are off by @ns; the group has met. */
static struct world *open_plain_site(int64_t ns)
{
	struct boots *b = calloc(1, sizeof(*b));
	struct world *w = NULL;

	assert_non_null(b);
	for (uint64_t seed = 1; !w; seed++) {
		*b = (struct boots){.features = 0};
		w = boots_site(seed, HOSTS, b);
		if (b->features != 0) {
			check_fini(w);
			world_free(w);
			w = NULL;
		}
	}
	for (unsigned i = 0; i < HOSTS; i++) {
		w->host[i].clock.wall += ns;
	}
	world_run(w, 50 * NS_PER_S);
	return w;
}

static int setup(void **state)
{
	*state = open_plain_site(0);
	return 0;
}

static int setup_two_hours_off(void **state)
{
	*state = open_plain_site(7200 * NS_PER_S);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	free(boots_of(w));
	check_fini(w);
	world_free(w);
	return 0;
}

static void assert_broken(const struct world *w, const char *rule)
{
	assert_true(w->failed);
	assert_memory_equal(w->failure, rule, strlen(rule));
}

/* As if the node had done so; it is told of it or not. */
static void step(struct world *w, unsigned i, int64_t ns)
{
	struct effect e = {.type = FX_STEP, .step_ns = ns};

	w->host[i].clock.wall += ns;
	boots_rules_effect(w, i, &e);
}

static void tell_step(struct world *w, unsigned i, enum step_cause why)
{
	struct effect e = {.type = FX_NOTICE,
			   .notice = {.kind = NOTICE_STEP, .level = LEVEL_NOTICE}};

	e.notice.step.why = why;
	boots_rules_effect(w, i, &e);
}

static void plain_site_holds(void **state)
{
	struct world *w = *state;

	world_run(w, boots_of(w)->end);
	assert_false(w->failed);
	for (unsigned i = 0; i < HOSTS; i++) {
		assert_true(world_status(w, i).synced);
		assert_true(host_floor(w, i) > WORLD_WALL);
	}
}

static void clock_that_may_be_right_stays_above_its_floor(void **state)
{
	struct world *w = *state;

	w->host[1].disk.time = 0;
	step(w, 1, WORLD_BUILD - WORLD_WALL + NS_PER_S - w->now);
	assert_false(w->failed);
	step(w, 1, -2 * NS_PER_S);
	assert_broken(w, "a floor");
}

static void what_is_on_disk_is_a_floor(void **state)
{
	struct world *w = *state;

	w->host[1].disk.time = world_wall(w, 1).ns;
	world_run(w, w->now + NS_PER_S);
	step(w, 1, -2 * NS_PER_S);
	assert_broken(w, "a floor");
}

static void clock_that_is_wrong_has_no_floor(void **state)
{
	struct world *w = *state;

	w->host[1].clock.wall = 100;
	step(w, 1, 5);
	assert_false(w->failed);
}

/* Its oscillator counts what is not there; no reading tells it. */
static void run_astray(struct world *w, unsigned i)
{
	w->host[i].clock.raw += 50 * NS_PER_MS;
	w->host[i].clock.wall += 50 * NS_PER_MS;
}

static void clock_beyond_what_is_promised_is_found(void **state)
{
	struct world *w = *state;

	boots_rules_look(w);
	assert_false(w->failed);
	run_astray(w, 1);
	boots_rules_look(w);
	assert_broken(w, "b pair");
}

static void check_beyond_what_is_promised_is_found(void **state)
{
	struct world *w = *state;

	boots_rules_look(w);
	for (unsigned i = 0; i < HOSTS; i++) {
		assert_true(says_ok(w, i, boots_of(w)->host[i].names));
	}
	run_astray(w, 1);
	boots_rules_look(w);
	assert_true(boots_of(w)->failed[RULE_CHECK]);
}

/* Host 2 has ended this moment, and nobody can know it; yet it is said that it was there @ago_ns
 * ago. */
static void lose_peer(struct world *w, int64_t ago_ns)
{
	boots_rules_look(w);
	host_crash(w, 2);
	for (unsigned i = 0; i < HOSTS; i++) {
		boots_of(w)->host[i].there_at[2] = w->now - ago_ns;
	}
	boots_rules_look(w);
}

static void check_that_misses_no_peer_is_found(void **state)
{
	struct world *w = *state;

	lose_peer(w, 10 * NS_PER_S);
	assert_false(w->failed);
	lose_peer(w, 11 * NS_PER_S);
	assert_broken(w, "g missed");
}

static void check_that_misses_no_master_is_found(void **state)
{
	struct world *w = *state;
	unsigned master = (unsigned)world_master(w, 0);

	boots_rules_look(w);
	host_crash(w, master);
	boots_rules_look(w);
	assert_false(w->failed);
	boots_of(w)->host[(master + 1) % HOSTS].led_at -= 11 * NS_PER_S;
	boots_rules_look(w);
	assert_broken(w, "g missed");
}

static void check_misses_a_peer_without_an_address(void **state)
{
	struct world *w = *state;

	w->host[0].contacts &= (uint16_t) ~(1U << 2);
	assert_false(says_ok(w, 0, boots_of(w)->host[0].names));
	assert_true(says_ok(w, 1, boots_of(w)->host[1].names));
	boots_of(w)->host[0].there_at[2] = 0;
	boots_rules_look(w);
	assert_false(w->failed);
}

static void strangers_owe_nothing(void **state)
{
	struct world *w = *state;

	boots_of(w)->all_known = false;
	for (unsigned i = 0; i < HOSTS; i++) {
		boots_rules_new_disk(w, i);
		for (unsigned k = 0; k < HOSTS; k++) {
			boots_of(w)->host[i].together[k] = -1;
		}
	}
	run_astray(w, 1);
	boots_rules_look(w);
	assert_false(w->failed);
}

static void who_met_nobody_is_not_synced(void **state)
{
	struct world *w = *state;

	w->host[2].disk.time = 0;
	boots_of(w)->host[2].has_met = false;
	boots_rules_look(w);
	assert_broken(w, "b alone");
}

static void second_first_join_is_one_too_many(void **state)
{
	struct world *w = *state;

	boots_rules_boot(w, 0);
	tell_step(w, 0, STEP_FIRST_JOIN);
	tell_step(w, 0, STEP_BY_ORDER);
	assert_false(w->failed);
	tell_step(w, 0, STEP_FIRST_JOIN);
	assert_broken(w, "c step");
}

static void step_to_a_date_found_anew_is_another(void **state)
{
	struct world *w = *state;
	struct effect e = {.type = FX_NOTICE,
			   .notice = {.kind = NOTICE_FOUNDING, .level = LEVEL_NOTICE}};

	boots_rules_boot(w, 0);
	for (unsigned k = 0; k < 2; k++) {
		boots_rules_effect(w, 1, &e);
		world_run(w, w->now + NS_PER_S / 10);
		tell_step(w, 0, STEP_FOUNDING);
		assert_false(boots_of(w)->failed[RULE_STEP]);
		world_run(w, w->now + NS_PER_S / 10);
	}
	tell_step(w, 0, STEP_FOUNDING);
	assert_true(boots_of(w)->failed[RULE_STEP]);
}

static void step_without_a_word_is_found(void **state)
{
	struct world *w = *state;

	step(w, 0, 1);
	boots_rules_look(w);
	assert_broken(w, "c name");
}

static void cut_off(struct world *w, unsigned k)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		w->net.cut[i] |= i == k ? UINT64_MAX : UINT64_C(1) << k;
	}
}

/* Restart host 2 where it sees nobody. */
static void restart_alone(struct world *w)
{
	cut_off(w, 2);
	host_crash(w, 2);
	w->host[2].disk.line.any = false;
	boots_rules_boot(w, 2);
	host_boot(w, 2);
	world_run(w, w->now + NS_PER_S / 10);
}

static void who_is_out_says_why(void **state)
{
	struct world *w = *state;

	cut_off(w, 2);
	world_run(w, w->now + 5 * NS_PER_S);
	boots_end(w);
	assert_false(w->failed); /* who cannot reach them may go on, with its own bound */
	memset(w->net.cut, 0, sizeof(w->net.cut));
	boots_end(w);
	assert_broken(w, "d reason");
}

static void who_could_be_in_is_in(void **state)
{
	struct world *w = *state;

	restart_alone(w);
	memset(w->net.cut, 0, sizeof(w->net.cut)); /* it is reached again, this moment */
	boots_of(w)->host[2].reason_at = w->now;
	boots_end(w);
	assert_broken(w, "d out");
}

static void who_has_another_key_may_be_out(void **state)
{
	struct world *w = *state;

	restart_alone(w);
	boots_of(w)->host[2].reason_at = w->now;
	w->host[2].config.group_key[0]++;
	boots_end(w);
	assert_false(w->failed);
}

static void group_has_one_time(void **state)
{
	struct world *w = *state;

	run_astray(w, 1);
	boots_end(w);
	assert_broken(w, "d one");
}

static void group_has_the_right_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < HOSTS; i++) {
		boots_of(w)->host[i].misleads = false; /* the rule is told so */
	}
	boots_end(w);
	assert_broken(w, "d date");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain_site_holds),
		TEST(clock_that_may_be_right_stays_above_its_floor),
		TEST(what_is_on_disk_is_a_floor),
		TEST(clock_that_is_wrong_has_no_floor),
		TEST(clock_beyond_what_is_promised_is_found),
		TEST(check_beyond_what_is_promised_is_found),
		TEST(check_that_misses_no_peer_is_found),
		TEST(check_that_misses_no_master_is_found),
		TEST(check_misses_a_peer_without_an_address),
		TEST(strangers_owe_nothing),
		TEST(who_met_nobody_is_not_synced),
		TEST(second_first_join_is_one_too_many),
		TEST(step_to_a_date_found_anew_is_another),
		TEST(step_without_a_word_is_found),
		TEST(who_is_out_says_why),
		TEST(who_could_be_in_is_in),
		TEST(who_has_another_key_may_be_out),
		TEST(group_has_one_time),
		cmocka_unit_test_setup_teardown(group_has_the_right_date, setup_two_hours_off,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
