/* test_notice.c - notices in words that a person can use, and in fields that a program can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berk/term.h"
#include "common/notice.h"

static const char *text_of(struct notice n, const char *name)
{
	static char buf[NOTICE_TEXT_MAX];

	return notice_text(&n, name, buf, sizeof(buf));
}

static void figures_have_units_that_suit(void **state)
{
	struct notice n = {.kind = NOTICE_STEP, .step = {.step_ns = 1250000000}};

	(void)state;
	assert_string_equal(text_of(n, NULL), "Stepped the clock by +1.25 s (first join)");
	n.step.step_ns = -38200;
	n.step.why = STEP_BY_ORDER;
	assert_string_equal(text_of(n, NULL), "Stepped the clock by -38.2 us (by order)");
}

static void an_exclusion_shows_the_figure_that_is_its_reason(void **state)
{
	struct notice n = {.kind = NOTICE_MEMBER_EXCLUDED,
			   .member_excluded = {.reason = REASON_FALSETICKER}};

	(void)state;
	n.member_excluded.off_ns = 10 * NS_PER_S;
	assert_non_null(strstr(text_of(n, "beta"), "agree on (+10.0 s)"));
	n.member_excluded.reason = REASON_RATE;
	n.member_excluded.off_ns = 0;
	n.member_excluded.rate_ppb = 250000;
	assert_non_null(strstr(text_of(n, "beta"), "beyond max_drift (+250.000 ppm)"));
	n.member_excluded.reason = REASON_DISOBEYS;
	n.member_excluded.rate_ppb = 0;
	n.member_excluded.n_refused = 16;
	assert_non_null(strstr(text_of(n, "beta"), "steered (16 corrections, none applied)"));
	n.member_excluded.reason = REASON_JUMPED;
	n.member_excluded.n_refused = 0;
	assert_null(strchr(text_of(n, "beta"), '('));
}

static void a_foreign_hand_is_told_by_what_it_did(void **state)
{
	struct notice n = {.kind = NOTICE_CLOCK_INTERFERENCE};

	(void)state;
	n.clock_interference.touched = CLOCK_TOUCHED_OFFSET;
	n.clock_interference.offset_ns = 5 * NS_PER_MS;
	n.clock_interference.put_back = true;
	assert_string_equal(text_of(n, NULL),
			    "Another hand began to slew the clock by +5.00 ms; put back");
	n.clock_interference.touched = CLOCK_TOUCHED_STATUS;
	n.clock_interference.offset_ns = 0;
	n.clock_interference.status = 0x2001;
	assert_string_equal(text_of(n, NULL),
			    "Another hand changed the clock's status to 0x2001; put back");
	n = (struct notice){.kind = NOTICE_CLOCK_INTERFERENCE};
	n.clock_interference.touched = CLOCK_TOUCHED_STEP;
	assert_string_equal(text_of(n, NULL), "Another hand stepped the clock");
}

static void a_limit_is_told_in_its_own_unit(void **state)
{
	struct notice n = {.kind = NOTICE_LIMIT_TRIPPED, .peer = 7};

	(void)state;
	n.limit_tripped.limit = LIMIT_CORRECTION;
	n.limit_tripped.value_ns = 2 * NS_PER_S;
	n.limit_tripped.max_ns = NS_PER_S;
	assert_string_equal(text_of(n, "m"), "Limit: a correction of 2.00 s by m is above "
					     "max_correction (1.00 s); refused");
	n.limit_tripped.limit = LIMIT_RATE;
	n.limit_tripped.value_ppb = 500000;
	n.limit_tripped.max_ppb = 400000;
	assert_string_equal(text_of(n, "m"),
			    "Limit: a rate of +500.000 ppm by m is beyond +400.000 ppm; refused");
}

static void a_refusal_is_told_with_address_reason_and_remedy(void **state)
{
	struct notice n = {.kind = NOTICE_PEER_REFUSED,
			   .peer_refused = {.why = KNOCK_OTHER_KEY,
					    .addr = {.ip = {[10] = 255, 255, 10, 0, 0, 2},
						     .port = 5252},
					    .every_ns = 60 * NS_PER_S}};

	(void)state;
	assert_string_equal(text_of(n, NULL),
			    "Refused 10.0.0.2:5252: it has another group key or another group "
			    "name; give both hosts the same key_file and name in [group], and "
			    "restart berkd (told once in 60.0 s)");
	n.peer_refused.n_packets = 37;
	assert_non_null(strstr(text_of(n, NULL), "(37 packets so far, told once in 60.0 s)"));
	n.peer_refused.why = KNOCK_NONE;
	n.peer_refused.verdict = SESSION_BAD_TAG;
	n.peer = 1;
	assert_string_equal(text_of(n, "beta"),
			    "Refused a packet of beta at 10.0.0.2:5252: bad-tag");
}

static void a_deputy_is_named_or_there_is_none(void **state)
{
	struct notice n = {.kind = NOTICE_DEPUTY_NAMED, .peer = 7};

	(void)state;
	assert_string_equal(text_of(n, "beta"), "Deputy is beta");
	n.peer = 0;
	assert_string_equal(text_of(n, NULL), "There is no deputy");
}

static void a_peers_name_cannot_draw_on_the_terminal(void **state)
{
	(void)state;
	assert_null(strchr(text_of((struct notice){.kind = NOTICE_MEMBER_JOINED, .peer = 1},
				   "a\x1b[31m"),
			   0x1b));
}

static void a_peers_name_is_no_template(void **state)
{
	(void)state;
	assert_string_equal(text_of((struct notice){.kind = NOTICE_MEMBER_JOINED}, "{peer}"),
			    "Member {peer} joined");
}

static void a_peer_without_name_goes_by_its_id(void **state)
{
	(void)state;
	assert_string_equal(text_of((struct notice){.kind = NOTICE_MEMBER_JOINED, .peer = 0xab},
				    NULL),
			    "Member 00000000000000ab joined");
}

/* A notice of kind @k: figures are of bytes @fill, tallies and enums are @value. */
static struct notice make_notice(enum notice_kind k, uint8_t fill, unsigned value)
{
	struct notice n;

	memset(&n, fill, sizeof(n));
	n.kind = k;
	for (const struct notice_field *f = notice_fields(k); f->name; f++) {
		char *at = (char *)&n + f->offset;

		switch (f->type) {
		case NOTICE_TYPE_TERM:
		case NOTICE_TYPE_OFFSET:
		case NOTICE_TYPE_INTERVAL:
		case NOTICE_TYPE_PPB:
		case NOTICE_TYPE_ADDR:
			break;
		case NOTICE_TYPE_FLAG: /* 0 or 1 in memory, whatever else is */
			*at = (char)(value & 1);
			break;
		default:
			memcpy(at, &value, sizeof(value));
			break;
		}
	}
	return n;
}

/* Whatever the fields hold, no brace of the table is left over and no field is unknown. */
static void every_notice_has_words_whatever_its_fields(void **state)
{
	static const uint8_t fills[] = {0, 1, 0x7f, 0xff};
	const unsigned value_end = 32; /* beyond the last value of each enum */

	(void)state;
	for (int k = 0; k < NOTICE_MAX_; k++) {
		for (size_t i = 0; i < sizeof(fills) * value_end; i++) {
			struct notice n = make_notice((enum notice_kind)k, fills[i / value_end],
						      (unsigned)i % value_end);
			const char *text = text_of(n, "x");

			if (strlen(text) <= 5) {
				fail_msg("%s has hardly a text: %s", notice_word(n.kind), text);
			}
			if (strpbrk(text, "{}")) {
				fail_msg("%s has no such field: %s", notice_word(n.kind), text);
			}
		}
	}
}

static void no_two_kinds_share_a_word_or_a_message_id(void **state)
{
	(void)state;
	for (int k = 0; k < NOTICE_MAX_; k++) {
		const char *id = notice_message_id((enum notice_kind)k);

		for (int i = 0; i < k; i++) {
			const char *other = notice_message_id((enum notice_kind)i);

			assert_string_not_equal(notice_word((enum notice_kind)k),
						notice_word((enum notice_kind)i));
			if (id && other && strcmp(id, other) == 0) {
				fail_msg("%s and %s have one MESSAGE_ID",
					 notice_word((enum notice_kind)k),
					 notice_word((enum notice_kind)i));
			}
		}
	}
}

static void fields_are_plain_for_programs(void **state)
{
	struct notice n = {.kind = NOTICE_VOTE,
			   .vote = {.term = UINT64_C(7) << TERM_TAG_BITS | 0x1abc,
				    .refusal = REFUSAL_RANK}};
	char raw[NOTICE_FIELD_MAX], name[NOTICE_FIELD_MAX];
	const struct notice_field *f = notice_fields(NOTICE_VOTE);

	(void)state;
	assert_string_equal(f[0].name, "term");
	assert_string_equal(notice_raw(&n, &f[0], raw), "7");
	assert_true(notice_full(&n, &f[0], name, raw));
	assert_string_equal(name, "term_full");
	assert_string_equal(raw, "0000007000001abc");
	assert_false(notice_full(&n, &f[1], name, raw));
	assert_string_equal(f[1].name, "refusal");
	assert_string_equal(notice_raw(&n, &f[1], raw), "rank");
	assert_null(f[2].name);
}

static void an_address_is_told_with_its_port(void **state)
{
	struct notice n = {.kind = NOTICE_PATH_CHANGED, .path_changed.addr.port = 5252};

	(void)state;
	n.path_changed.addr.ip[10] = n.path_changed.addr.ip[11] = 0xff;
	n.path_changed.addr.ip[12] = 10;
	n.path_changed.addr.ip[15] = 3;
	assert_string_equal(text_of(n, "b"),
			    "Member b is reached at another address, 10.0.0.3:5252");
	n.path_changed.addr = (struct addr){.ip = {0xfe, 0x80, [15] = 1}, .port = 7, .scope = 3};
	assert_string_equal(text_of(n, "b"),
			    "Member b is reached at another address, [fe80::1%3]:7");
}

static const char *called(const void *from, node_id id)
{
	(void)from;
	return id == 1 ? "alpha" : id == 2 ? "beta\x1b[31m" : NULL;
}

static bool found(const void *from, node_id id, struct addr *ret)
{
	(void)from;
	*ret = (struct addr){.ip = {[10] = 255, 255, 10, 0, 0, (uint8_t)id}, .port = 5252};
	return id < 3;
}

static void each_host_of_a_line_has_its_name_and_address(void **state)
{
	const struct notice_hosts hosts = {called, found, NULL};
	struct notice n = {.kind = NOTICE_ORDERED, .peer = 1, .ordered = {ORDER_EXCLUDE, 2, 1000}};
	char buf[NOTICE_TEXT_MAX];

	(void)state;
	assert_string_equal(notice_text_of(&n, &hosts, buf, sizeof(buf)),
			    "User 1000 on alpha (10.0.0.1:5252) has ordered: exclude "
			    "beta\\x1b[31m (10.0.0.2:5252)");
	n.ordered.whom = 3; /* whom nobody knows */
	assert_non_null(
		strstr(notice_text_of(&n, &hosts, buf, sizeof(buf)), "exclude 0000000000000003"));
	n.ordered.whom = 0;
	assert_null(strstr(notice_text_of(&n, &hosts, buf, sizeof(buf)), "exclude "));
	n = (struct notice){.kind = NOTICE_PATH_CHANGED,
			    .peer = 1,
			    .path_changed = {
				    .addr = {.ip = {[10] = 255, 255, 10, 0, 0, 9}, .port = 5252}}};
	assert_string_equal(notice_text_of(&n, &hosts, buf, sizeof(buf)),
			    "Member alpha is reached at another address, 10.0.0.9:5252");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_have_units_that_suit),
		cmocka_unit_test(an_exclusion_shows_the_figure_that_is_its_reason),
		cmocka_unit_test(a_foreign_hand_is_told_by_what_it_did),
		cmocka_unit_test(a_limit_is_told_in_its_own_unit),
		cmocka_unit_test(a_refusal_is_told_with_address_reason_and_remedy),
		cmocka_unit_test(a_deputy_is_named_or_there_is_none),
		cmocka_unit_test(a_peers_name_cannot_draw_on_the_terminal),
		cmocka_unit_test(a_peers_name_is_no_template),
		cmocka_unit_test(a_peer_without_name_goes_by_its_id),
		cmocka_unit_test(every_notice_has_words_whatever_its_fields),
		cmocka_unit_test(no_two_kinds_share_a_word_or_a_message_id),
		cmocka_unit_test(fields_are_plain_for_programs),
		cmocka_unit_test(an_address_is_told_with_its_port),
		cmocka_unit_test(each_host_of_a_line_has_its_name_and_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
