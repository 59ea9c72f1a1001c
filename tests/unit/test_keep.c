/* test_keep.c - the line on disk: what a daemon that is started again goes on from, and what it
 * must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/reign.h"

#define WHO	 3 /* is restarted */
#define HOUR_NS	 (3600 * NS_PER_S)
#define SHIFT_NS NS_PER_S /* so small that no clock would be stepped back by it */

static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	quiet_take_orders(w);

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.floor = (wall_t){WORLD_BUILD};
		w->host[i].config.ceiling = (wall_t){WORLD_LAST};
	}
	return 0;
}

static void set_time(struct world *w, int64_t by_ns)
{
	wall_t to = wall_add(world_wall(w, 0), by_ns);

	assert_int_equal(host_set_time(w, 0, to, false, 0), ORDER_OK);
}

/* The daemon of host @i ends, in order or not, and starts again with its cable out. */
static void restart_alone(struct world *w, unsigned i, bool in_order)
{
	quiet_isolate(w, i);
	if (in_order) {
		host_event(w, i, &(struct node_event){.type = EV_STOP});
	}
	host_crash(w, i);
	quiet_run(w, 1);
	host_boot(w, i);
	quiet_run(w, 0.2);
}

static void stop_within_a_founding(struct world *w, bool in_order)
{
	quiet_begin_under_0(w, 700); /* the line of before has been saved often */
	set_time(w, HOUR_NS);
	for (unsigned k = 0; world_status(w, WHO).has_line; k++) {
		quiet_run(w, 1e-3);
		assert_true(k < 1000);
	}
	restart_alone(w, WHO, in_order);
	assert_false(world_status(w, WHO).synced);
	assert_false(world_status(w, WHO).has_line);
	quiet_rejoin(w, WHO);
	quiet_run(w, 20);
	assert_true(world_status(w, WHO).synced);
	assert_in_range(world_off_ns(w, WHO) - HOUR_NS + NS_PER_S, 0, 2 * NS_PER_S);
}

static void who_is_stopped_within_a_founding_goes_on_from_nothing(void **state)
{
	stop_within_a_founding(*state, true);
}

static void who_is_killed_within_a_founding_goes_on_from_nothing(void **state)
{
	stop_within_a_founding(*state, false);
}

static bool said_with_old_line;

static void look_at_send(struct world *w, unsigned i, const struct effect *e)
{
	said_with_old_line =
		said_with_old_line || (i == 0 && e->type == FX_SEND && w->host[0].disk.line.any);
}

/* The master may be killed amid the step. */
static void what_is_on_disk_is_void_before_anybody_is_told(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	assert_true(w->host[0].disk.line.any);
	said_with_old_line = false;
	w->scenario.effect = look_at_send;
	set_time(w, HOUR_NS);
	assert_false(said_with_old_line || w->host[0].disk.line.any);
}

/* A new time is on disk as soon as there is one. */
static void who_is_killed_after_an_order_keeps_to_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 700);
	set_time(w, SHIFT_NS);
	quiet_run(w, 10);
	assert_true(world_status(w, WHO).synced);
	restart_alone(w, WHO, false);
	quiet_run(w, 60);
	assert_true(world_status(w, WHO).synced);
	assert_in_range(world_off_ns(w, WHO) - SHIFT_NS + NS_PER_S / 4, 0, NS_PER_S / 2);
	assert_int_equal(quiet_deeds(w, WHO)->n_steps, 1); /* to obey the order */
}

/* P14: what the group allows for is on disk, too.  One member that tells more may lie, two do not. */
static void expect_growth(struct world *w, unsigned who, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++) {
		w->host[i].config.max_drift_ppb *= 4;
	}
	quiet_begin_under_0(w, 62);
	restart_alone(w, who, false);
	assert_true(world_status(w, who).has_line);
	assert_true(world_status(w, who).line.growth_ppb >= 8 * w->host[who].config.max_drift_ppb);
}

static void a_restored_line_grows_as_its_master_said(void **state)
{
	expect_growth(*state, WHO, 0, 0);
}

static void a_master_s_restored_line_grows_as_a_member_s_does(void **state)
{
	expect_growth(*state, 0, 1, 2);
}

/* What a master does not know of the others is in the line that it leaves. */
static void the_line_of_an_island_is_kept_with_what_is_unconfirmed(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	quiet_isolate(w, 0);
	quiet_run(w, 60);
	int64_t bound_ns = world_status(w, 0).bound_ns;

	assert_true(world_status(w, 0).island && bound_ns > 10 * NS_PER_MS);
	restart_alone(w, 0, true);
	assert_true(world_status(w, 0).has_line);
	assert_in_range(world_status(w, 0).bound_ns, bound_ns + 100 * NS_PER_US,
			bound_ns + NS_PER_MS);
}

/* --- How often --- */

static unsigned n_saved, n_dropped;
static struct line saved;
static int64_t freq_ppb;

static void look_at_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_saved += e->type == FX_SAVE_LINE && e->line.any;
	n_dropped += e->type == FX_SAVE_LINE && !e->line.any;
	saved = e->type == FX_SAVE_LINE && e->line.any ? e->line.line : saved;
	freq_ppb = e->type == FX_ADJ_FREQ ? e->freq_ppb : freq_ppb;
}

static int open_reign(void **state)
{
	static struct reign r;
	struct node_config config = node_config_default();

	reign_open(&r, &config, 1);
	n_saved = n_dropped = 0;
	r.stage.effect = look_at_effect;
	*state = &r;
	return 0;
}

static int close_reign(void **state)
{
	reign_close(*state);
	return 0;
}

static void correct(struct reign *r, int64_t error_ns)
{
	(void)reign_poll(r);
	struct wire_msg m = reign_correction(r);

	m.correct.error_ns = error_ns;
	reign_say(r, &m);
	stage_wait(&r->stage, NS_PER_S - 5 * NS_PER_MS);
}

static void the_line_is_saved_at_once_each_ten_minutes_and_at_the_end(void **state)
{
	struct reign *r = *state;

	reign_lead(r, 1, 0);
	assert_int_equal(n_saved, 1);
	reign_lead(r, 650, 0);
	assert_int_equal(n_saved, 2); /* after a minute, when it is better known */
	reign_lead(r, 20, 0);
	assert_int_equal(n_saved, 3);
	stage_wait(&r->stage, 3 * NS_PER_S);
	stage_event(&r->stage, &(struct node_event){.type = EV_STOP});
	assert_int_equal(n_saved, 4);
	assert_int_equal(n_dropped, 0);
	assert_in_range(saved.error_ns, 10 * NS_PER_US + 3 * 200 * NS_PER_US, NS_PER_MS);
	assert_in_range(saved.growth_ppb, 200000, 200100);
}

/* A minute later, so that a master that changes its mind with each poll wears no disk out. */
static void what_is_known_of_the_date_is_saved_soon(void **state)
{
	struct reign *r = *state;

	reign_lead(r, 100, 0);
	assert_int_equal(n_saved, 2);
	r->date_unknown = true;
	reign_lead(r, 50, 0);
	assert_int_equal(n_saved, 2);
	reign_lead(r, 20, 0);
	assert_int_equal(n_saved, 3);
}

/* Attack seed 3322: masters led the group away from the line on disk, each by little. */
static void a_line_that_was_led_away_from_is_taken_off(void **state)
{
	struct reign *r = *state;

	reign_lead(r, 100, 0);
	assert_int_equal(n_saved, 2);
	for (unsigned k = 0; k < 20; k++) {
		r->wall_less_raw_ns += 1500 * NS_PER_US;
		reign_lead(r, 1, 0);
	}
	assert_int_equal(n_dropped, 1);
	assert_int_equal(n_saved, 2);
	reign_lead(r, 70, 0); /* it stays where it is led now */
	assert_int_equal(n_dropped, 1);
	assert_int_equal(n_saved, 3);
}

static void be_refused(struct reign *r, unsigned n)
{
	reign_lead(r, 100, 0);
	assert_int_equal(n_saved, 2);
	reign_lead(r, n, 10 * NS_PER_S);
	assert_int_equal(stage_status(&r->stage).refusal, CORRECT_LIMIT);
	assert_int_equal(n_dropped, 1);
}

/* Attack seed 1640: who is told that it is far off, and may not go there, starts again from nothing.
 */
static void a_line_that_the_master_contradicts_is_taken_off(void **state)
{
	struct reign *r = *state;

	be_refused(r, 100);
	stage_event(&r->stage, &(struct node_event){.type = EV_STOP});
	assert_int_equal(n_saved, 2);
	assert_int_equal(n_dropped, 1);
}

/* The line is as wide as the refusal made it until a correction is taken, whoever leads. */
static void what_a_refusal_widened_is_not_saved(void **state)
{
	struct reign *r = *state;

	be_refused(r, 700);
	r->term += UINT64_C(1) << TERM_TAG_BITS;
	(void)reign_poll(r);
	stage_wait(&r->stage, 70 * NS_PER_S);
	assert_int_equal(n_saved, 2);
	reign_lead(r, 50, -10 * NS_PER_S);
	assert_int_equal(stage_status(&r->stage).refusal, CORRECT_OK);
	assert_int_equal(n_saved, 3);
	assert_in_range(saved.error_ns, 0, NS_PER_MS);
}

static void after_a_refusal_a_minute_goes_by(void **state)
{
	struct reign *r = *state;

	be_refused(r, 700);
	reign_lead(r, 50, -10 * NS_PER_S);
	assert_int_equal(n_saved, 2);
	reign_lead(r, 20, 0);
	assert_int_equal(n_saved, 3);
	assert_int_equal(n_dropped, 1);
}

/* Lines differ by more than they grow in the milliseconds between a poll and its correction. */
static void a_line_that_was_saved_just_now_stays(void **state)
{
	struct reign *r = *state;

	for (unsigned i = 0; i < 100; i++) {
		(void)reign_poll(r);
		struct wire_msg m = reign_correction(r);

		reign_say(r, &m);
		stage_wait(&r->stage, 20 * NS_PER_MS);
		r->wall_less_raw_ns += (i % 2 ? 20 : -20) * NS_PER_US;
	}
	assert_int_equal(n_saved, 1);
	assert_int_equal(n_dropped, 0);
}

static void no_slew_goes_on_without_the_daemon(void **state)
{
	struct reign *r = *state;

	reign_lead(r, 10, 0);
	r->wall_less_raw_ns += 8 * NS_PER_MS;
	(void)reign_poll(r);
	struct wire_msg m = reign_correction(r);

	reign_say(r, &m);
	assert_true(freq_ppb > NS_PER_MS);
	stage_event(&r->stage, &(struct node_event){.type = EV_STOP});
	assert_int_equal(freq_ppb, ns_from_double(saved.rate * 1e9));
}

/* A master that says so with each other poll wears no disk out. */
static void a_line_without_a_bound_is_taken_away_and_comes_back_seldom(void **state)
{
	struct reign *r = *state;

	correct(r, 10 * NS_PER_US);
	assert_int_equal(n_saved, 1);
	correct(r, BOUND_UNKNOWN);
	assert_int_equal(n_dropped, 1);
	for (unsigned k = 0; k < 50; k++) {
		correct(r, k % 2 ? 10 * NS_PER_US : BOUND_UNKNOWN);
	}
	assert_int_equal(n_saved, 1);
	assert_int_equal(n_dropped, 1);
	reign_lead(r, 10, 0);
	assert_int_equal(n_saved, 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)
#define R(f) cmocka_unit_test_setup_teardown(f, open_reign, close_reign)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_is_stopped_within_a_founding_goes_on_from_nothing),
		T(who_is_killed_within_a_founding_goes_on_from_nothing),
		T(what_is_on_disk_is_void_before_anybody_is_told),
		T(who_is_killed_after_an_order_keeps_to_it),
		T(a_restored_line_grows_as_its_master_said),
		T(a_master_s_restored_line_grows_as_a_member_s_does),
		T(the_line_of_an_island_is_kept_with_what_is_unconfirmed),
		R(the_line_is_saved_at_once_each_ten_minutes_and_at_the_end),
		R(what_is_known_of_the_date_is_saved_soon),
		R(a_line_that_was_led_away_from_is_taken_off),
		R(a_line_that_the_master_contradicts_is_taken_off),
		R(what_a_refusal_widened_is_not_saved),
		R(after_a_refusal_a_minute_goes_by),
		R(a_line_that_was_saved_just_now_stays),
		R(no_slew_goes_on_without_the_daemon),
		R(a_line_without_a_bound_is_taken_away_and_comes_back_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
