/* test_follow.c - what a member takes from its master and what it refuses: one node under a
 * master that the test plays, so that it may be a bad one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rules/bound.h"
#include "tests/world/node.h"
#include "tests/world/reign.h"

#define LIMIT_NS       (10 * NS_PER_MS) /* max_correction */
#define ACCUMULATED_NS (50 * NS_PER_MS) /* max_accumulated */
#define HOUR_NS	       (3600 * NS_PER_S)

static struct node_config follow_config(void)
{
	struct node_config c = node_config_default();

	c.max_correction_ns = LIMIT_NS;
	c.max_accumulated_ns = ACCUMULATED_NS;
	return c;
}

/* A node that has followed its master for eight seconds. */
static int setup(void **state)
{
	static struct reign r;
	const struct node_config c = follow_config();

	reign_open(&r, &c, 2);
	reign_lead(&r, 8, 0);
	assert_true(reign_status(&r).settled);
	assert_int_equal(reign_status(&r).n_corrections, 8);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	reign_close(*state);
	return 0;
}

/* Does the node take @m?  Either it does and says so, or it refuses, keeps its line and counts
 * that. */
static bool is_taken(struct reign *r, const struct wire_msg *m)
{
	struct node_status before = reign_status(r);

	reign_say(r, m);
	struct node_status after = reign_status(r);
	bool taken = after.n_corrections == before.n_corrections + 1;

	assert_int_equal(after.n_corrections + after.n_refused,
			 before.n_corrections + before.n_refused + 1);
	if (!taken) {
		raw_t at = stage_pair(&r->stage).raw;

		assert_int_equal(line_at(&after.line, at).ns, line_at(&before.line, at).ns);
	}
	return taken;
}

/* The correction that a new poll brings, @ahead_ns further than group time. */
static struct wire_msg next_correction(struct reign *r, int64_t ahead_ns)
{
	(void)reign_poll(r);
	struct wire_msg m = reign_correction(r);

	m.correct.offset_ns += ahead_ns;
	return m;
}

/* Group time goes @ahead_ns further, and the node is asked to go with it. */
static bool takes_move(struct reign *r, int64_t ahead_ns)
{
	struct wire_msg m = next_correction(r, ahead_ns);
	bool taken = is_taken(r, &m);

	r->wall_less_raw_ns += taken ? ahead_ns : 0;
	return taken;
}

static unsigned moves_taken(struct reign *r, unsigned n_asked)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_asked; i++) {
		n += takes_move(r, (i % 2 ? -1 : 1) * LIMIT_NS);
	}
	return n;
}

/* --- Caps --- */

static void one_correction_moves_by_max_correction_at_most(void **state)
{
	struct reign *r = *state;

	assert_true(takes_move(r, LIMIT_NS));
	assert_false(takes_move(r, LIMIT_NS + NS_PER_US));
	assert_int_equal(r->n_notice[NOTICE_LIMIT_TRIPPED], 1);
	assert_false(takes_move(r, -LIMIT_NS - NS_PER_US));
	assert_int_equal(r->n_notice[NOTICE_LIMIT_TRIPPED], 1); /* told once a minute */
	assert_true(takes_move(r, -LIMIT_NS));
}

static void corrections_add_up_to_max_accumulated_at_most(void **state)
{
	struct reign *r = *state;

	assert_int_equal(moves_taken(r, 8), ACCUMULATED_NS / LIMIT_NS);
	assert_int_equal(r->n_notice[NOTICE_LIMIT_TRIPPED], 1);
}

static void what_was_accumulated_leaks_away_within_an_hour(void **state)
{
	struct reign *r = *state;

	assert_int_equal(moves_taken(r, 8), 5);
	stage_wait(&r->stage, HOUR_NS / 2);
	assert_int_equal(moves_taken(r, 8), 2); /* half of it, and two do not go into it thrice */
	stage_wait(&r->stage, 10 * HOUR_NS);
	stage_meet(&r->stage, 0);		/* its keys are too old */
	assert_int_equal(moves_taken(r, 8), 5); /* and no more is saved up */
}

static void a_newcomer_is_moved_by_any_amount(void **state)
{
	struct reign *r = *state;
	struct node_event ev = {.type = EV_CLOCK_STEPPED, .stepped.step_ns = 1};

	stage_event(&r->stage, &ev);
	assert_true(takes_move(r, 3600 * NS_PER_S));
	assert_int_equal(reign_status(r).n_steps, 1);
	assert_false(takes_move(r, 3600 * NS_PER_S)); /* it is none any more */
	assert_int_equal(reign_status(r).n_steps, 1);
}

static void a_refused_correction_widens_the_bound(void **state)
{
	struct reign *r = *state;

	assert_true(reign_status(r).bound_ns < NS_PER_MS);
	assert_false(takes_move(r, 700 * NS_PER_MS));
	assert_true(reign_status(r).bound_ns >= 700 * NS_PER_MS);
}

static void the_rate_of_a_correction_is_limited(void **state)
{
	/* Four times max_drift: two for any two oscillators, two for group time. */
	static const struct {
		double rate, pull;
		bool taken;
	} cases[] = {{3.9e-4, 0, true},	  {4.1e-4, 0, false},	 {-3.9e-4, 0, true},
		     {-4.1e-4, 0, false}, {1e-4, 9.4e-3, false}, {1e-4, -9.4e-3, false},
		     {1e-4, 3e-4, true}};
	struct reign *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_msg m = next_correction(r, 0);

		m.correct.rate = cases[i].rate;
		m.correct.pull = cases[i].pull;
		assert_int_equal(is_taken(r, &m), cases[i].taken);
	}
	assert_int_equal(r->n_notice[NOTICE_LIMIT_TRIPPED], 1);
}

/* --- Fences --- */

static void a_round_is_applied_once(void **state)
{
	struct reign *r = *state;
	struct wire_msg first = next_correction(r, 0), again = next_correction(r, NS_PER_MS);

	assert_true(is_taken(r, &first));
	again.correct.round = first.correct.round;
	assert_false(is_taken(r, &again));
}

static void a_correction_that_a_later_one_overtook_changes_nothing(void **state)
{
	struct reign *r = *state;
	struct wire_msg early = next_correction(r, NS_PER_MS), late = next_correction(r, 0);

	assert_true(is_taken(r, &late));
	assert_false(is_taken(r, &early));
}

static void a_duplicated_correction_changes_nothing(void **state)
{
	struct reign *r = *state;
	struct wire_msg m = next_correction(r, 0);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_seal(&r->stage, 0, &m, packet);

	stage_send(&r->stage, 0, packet, len);
	struct node_status before = reign_status(r);

	stage_send(&r->stage, 0, packet, len);
	assert_int_equal(reign_status(r).n_bad, before.n_bad + 1);
	assert_int_equal(reign_status(r).n_corrections, before.n_corrections);
	assert_int_equal(reign_status(r).n_refused, before.n_refused);
}

static void step_by_order(struct reign *r)
{
	struct node_event ev = {.type = EV_ORDER, .order.order = ORDER_STEP};
	uint32_t epoch = reign_status(r).clock_epoch;

	stage_event(&r->stage, &ev);
	assert_int_equal(reign_status(r).clock_epoch, epoch + 1);
}

/* It goes to where the master wanted it, and tells how far that was. */
static void an_order_takes_what_was_refused(void **state)
{
	struct reign *r = *state;
	struct wire_msg m = next_correction(r, 5 * NS_PER_S);

	assert_false(is_taken(r, &m));
	assert_int_equal(reign_status(r).refusal, CORRECT_LIMIT);
	assert_true(reign_status(r).bound_ns > 5 * NS_PER_S);
	step_by_order(r);
	assert_in_range(r->stage.fx.ordered.moved_ns, 4 * NS_PER_S, 6 * NS_PER_S);
	assert_int_equal(reign_status(r).refusal, CORRECT_OK);
	assert_true(reign_status(r).bound_ns < NS_PER_S);
	m = next_correction(r, 5 * NS_PER_S);
	assert_true(is_taken(r, &m));
}

/* A member's oscillator and its master's may differ by what the larger max_drift allows. */
static void a_master_may_ask_for_what_its_max_drift_allows(void **state)
{
	struct reign *r = *state;
	int64_t own_ppb = node_config_default().max_drift_ppb;
	struct wire_msg m = next_correction(r, 0);

	m.correct.rate = 1.5 * bound_member_rate_max(own_ppb);
	assert_false(is_taken(r, &m));
	assert_int_equal(reign_status(r).refusal, CORRECT_RATE);
	assert_int_equal(r->n_notice[NOTICE_LIMIT_TRIPPED], 1);
	m = next_correction(r, 0);
	m.correct.rate = 1.5 * bound_member_rate_max(own_ppb);
	m.correct.pull = bound_member_rate_max(own_ppb); /* nor for the time of a slew */
	assert_false(is_taken(r, &m));
	r->max_drift_ppb = (uint32_t)(2 * own_ppb);
	m = next_correction(r, 0);
	m.correct.rate = 1.5 * bound_member_rate_max(own_ppb);
	assert_true(is_taken(r, &m));
}

static void who_changes_its_mind_is_told_of_once_a_minute(void **state)
{
	struct reign *r = *state;

	for (unsigned k = 0; k < 90; k++) {
		r->max_drift_ppb = 60000 + 10000 * (k % 2);
		reign_lead(r, 1, 0);
	}
	assert_int_equal(r->n_notice[NOTICE_DRIFT_DIFFERS], 2);
}

static void a_reading_from_before_a_step_corrects_nothing(void **state)
{
	struct reign *r = *state;
	struct wire_msg m = next_correction(r, 0);

	step_by_order(r);
	m.correct.clock_epoch++; /* as if the reading were a later one */
	assert_false(is_taken(r, &m));
}

static void a_correction_of_another_epoch_is_void(void **state)
{
	struct reign *r = *state;
	struct wire_msg m;

	step_by_order(r);
	m = next_correction(r, 0);
	m.correct.clock_epoch--;
	assert_false(is_taken(r, &m));
	m.correct.clock_epoch++;
	assert_true(is_taken(r, &m));
}

static void a_correction_expires_after_four_polls_but_not_before_two_seconds(void **state)
{
	static const struct {
		uint32_t poll_ms;
		int64_t expires_ns;
	} cases[] = {{1000, 4 * NS_PER_S}, {3000, 12 * NS_PER_S}, {250, 2 * NS_PER_S}};
	struct reign *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r->poll_ms = cases[i].poll_ms;
		struct wire_msg m = next_correction(r, 0);

		stage_wait(&r->stage, cases[i].expires_ns - 10 * NS_PER_MS);
		assert_true(is_taken(r, &m));
		m = next_correction(r, 0);
		stage_wait(&r->stage, cases[i].expires_ns + 10 * NS_PER_MS);
		assert_false(is_taken(r, &m));
	}
}

static void only_the_master_corrects(void **state)
{
	struct reign *r = *state;
	struct wire_msg m = next_correction(r, 0);
	uint64_t taken = reign_status(r).n_corrections;

	stage_say(&r->stage, 1, &m);
	assert_int_equal(reign_status(r).n_corrections, taken);
	m.term++;
	assert_false(is_taken(r, &m));
	m.term--;
	assert_true(is_taken(r, &m));
}

/* --- What the node says of its clock --- */

/* Takes a line of @error_ns. */
static void correct_with_error(struct reign *r, int64_t error_ns)
{
	struct wire_msg m = next_correction(r, 0);

	m.correct.error_ns = error_ns;
	assert_true(is_taken(r, &m));
}

static void the_alarm_goes_on_at_half_of_max_skew_and_off_at_two_fifths(void **state)
{
	struct reign *r = *state;
	const unsigned *told = &r->n_notice[NOTICE_BOUND_EXCEEDED];
	int64_t limit = r->stage.config.max_skew_ns;

	correct_with_error(r, limit * 49 / 100);
	assert_int_equal(*told, 0);
	correct_with_error(r, limit * 51 / 100);
	assert_int_equal(*told, 1);
	assert_int_equal(r->level[NOTICE_BOUND_EXCEEDED], LEVEL_WARNING);
	correct_with_error(r, limit * 41 / 100);
	assert_int_equal(*told, 1); /* it does not flutter */
	correct_with_error(r, limit * 39 / 100);
	assert_int_equal(*told, 2);
	assert_int_equal(r->level[NOTICE_BOUND_EXCEEDED], LEVEL_NOTICE);
}

static void without_max_skew_there_is_no_alarm(void **state)
{
	struct reign *r = *state;

	r->stage.config.max_skew_ns = 0;
	node_reconfigure(r->stage.node, &r->stage.config);
	correct_with_error(r, NS_PER_S);
	assert_int_equal(r->n_notice[NOTICE_BOUND_EXCEEDED], 0);
}

static void the_drift_is_saved_every_ten_minutes_while_settled(void **state)
{
	struct reign *r = *state;
	struct wire_msg m;

	reign_lead(r, 580, 0);
	assert_int_equal(r->n_drifts_saved, 0);
	for (unsigned i = 0; i < 30; i++) {
		m = next_correction(r, 0);
		m.correct.rate = 1e-5;
		assert_true(is_taken(r, &m));
		stage_wait(&r->stage, NS_PER_S);
	}
	assert_int_equal(r->n_drifts_saved, 1);
	assert_int_equal(r->drift_ppb, 10000);
	reign_lead(r, 600, 0);
	assert_int_equal(r->n_drifts_saved, 2);
}

static void the_drift_is_saved_at_the_end(void **state)
{
	struct reign *r = *state;
	struct wire_msg m = next_correction(r, 0);
	struct node_event ev = {.type = EV_STOP};

	m.correct.rate = -2e-5;
	assert_true(is_taken(r, &m));
	stage_event(&r->stage, &ev);
	assert_int_equal(r->n_drifts_saved, 1);
	assert_int_equal(r->drift_ppb, -20000);
}

/* --- What the kernel is told of the clock --- */

/* The last effect of that type of the last event; NULL: there was none. */
static const struct effect *last_effect(const struct reign *r, enum effect_type type)
{
	const struct node_effects *fx = &r->stage.fx;

	for (size_t i = fx->n; i-- > 0;) {
		if (fx->fx[i].type == type) {
			return &fx->fx[i];
		}
	}
	return NULL;
}

static void nobody_vouches_for_the_clock_at_the_start(void **state)
{
	static struct reign r;
	const struct node_config c = follow_config();

	(void)state;
	stage_open(&r.stage, &c, 1, 1);
	const struct effect *told = last_effect(&r, FX_STATUS);

	assert_non_null(told);
	assert_false(told->status.synced);
	assert_int_equal(told->status.max_error_ns, BOUND_UNKNOWN);
	stage_close(&r.stage);
}

static void whoever_lost_its_line_vouches_for_nothing(void **state)
{
	struct reign *r = *state;
	struct node_event ev = {.type = EV_CLOCK_STEPPED, .stepped.suspend_ns = NS_PER_S};

	stage_event(&r->stage, &ev);
	const struct effect *told = last_effect(r, FX_STATUS);

	assert_non_null(told);
	assert_false(told->status.synced);
	assert_int_equal(told->status.max_error_ns, BOUND_UNKNOWN);
}

static void what_is_left_at_the_end_holds_for_ever(void **state)
{
	struct reign *r = *state;
	struct node_event ev = {.type = EV_STOP};

	stage_wait(&r->stage, 700 * NS_PER_MS);
	stage_event(&r->stage, &ev);
	const struct effect *told = last_effect(r, FX_STATUS);

	assert_non_null(told);
	assert_true(told > last_effect(r, FX_SAVE_DRIFT)); /* which ends a slew */
	assert_true(told->status.synced);
	assert_int_equal(told->status.holds_ns, INT64_MAX);
	assert_int_equal(told->status.max_error_ns, reign_status(r).bound_ns);
	/* Group time may go its own way without us as fast as two oscillators may. */
	assert_true(told->status.growth_ppb >= 2 * r->stage.config.max_drift_ppb);
}

static struct {
	struct wall_status status;
	int64_t at;
	unsigned n;
} told;

static void note_status(struct stage *s, const struct effect *e)
{
	if (e->type == FX_STATUS) {
		assert_true(told.n == 0 || s->now - told.at <= told.status.holds_ns);
		told.status = e->status;
		told.at = s->now;
		told.n++;
	}
}

static void each_status_says_when_the_next_one_comes(void **state)
{
	struct reign *r = *state;

	told.n = 0;
	r->stage.effect = note_status;
	reign_lead(r, 8, 0);
	assert_in_range(told.status.holds_ns, NS_PER_S, 10 * NS_PER_S);
	stage_wait(&r->stage, 60 * NS_PER_S); /* nobody speaks any more */
	assert_true(told.n > 20);
	assert_true(r->stage.now - told.at <= told.status.holds_ns);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_correction_moves_by_max_correction_at_most),
		T(corrections_add_up_to_max_accumulated_at_most),
		T(what_was_accumulated_leaks_away_within_an_hour),
		T(a_newcomer_is_moved_by_any_amount),
		T(a_refused_correction_widens_the_bound),
		T(the_rate_of_a_correction_is_limited),
		T(a_round_is_applied_once),
		T(a_correction_that_a_later_one_overtook_changes_nothing),
		T(a_duplicated_correction_changes_nothing),
		T(an_order_takes_what_was_refused),
		T(who_changes_its_mind_is_told_of_once_a_minute),
		T(a_master_may_ask_for_what_its_max_drift_allows),
		T(a_reading_from_before_a_step_corrects_nothing),
		T(a_correction_of_another_epoch_is_void),
		T(a_correction_expires_after_four_polls_but_not_before_two_seconds),
		T(only_the_master_corrects),
		T(the_alarm_goes_on_at_half_of_max_skew_and_off_at_two_fifths),
		T(without_max_skew_there_is_no_alarm),
		T(the_drift_is_saved_every_ten_minutes_while_settled),
		T(the_drift_is_saved_at_the_end),
		T(nobody_vouches_for_the_clock_at_the_start),
		T(whoever_lost_its_line_vouches_for_nothing),
		T(what_is_left_at_the_end_holds_for_ever),
		T(each_status_says_when_the_next_one_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
