/* test_wire.c - the format is what tests/vectors/wire.txt says, and nothing else gets in.
 *
 *     test_wire --write >tests/vectors/wire.txt       after a deliberate change of the format
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berk/node.h"
#include "berk/utf8.h"
#include "berk/wire.h"

#define LINE_MAX_ 4096

static const struct addr an_address = {
	.ip = {[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 1}, .port = 5252};

static struct wire_chat_line a_line(void)
{
	struct wire_chat_line l = {.pos = {0x1000001, 7},
				   .origin = 0x1122334455667788,
				   .origin_seq = 0x500003,
				   .wall_ns = 1700000000000000001,
				   .len = 7,
				   .name = "alpha"};

	memcpy(l.text, "h\xc3\xa9llo!", 7);
	return l;
}

static struct wire_roster_entry an_entry(void)
{
	return (struct wire_roster_entry){.id = 0xa1,
					  .addr = an_address,
					  .name = "beta",
					  .state = MEMBER_SETTLED,
					  .reason = REASON_TRIMMED,
					  .mode = MODE_REFERENCE,
					  .priority = 100,
					  .offset_ns = -5,
					  .at = {77},
					  .rate = 1e-6,
					  .own_rate = -2e-6,
					  .sd_ns = 300,
					  .delay_ns = 210000,
					  .bound_ns = 400000,
					  .wall_offset_ns = -12,
					  .weight = 333,
					  .phase_ps = -4200,
					  .guest = true,
					  .unrest_ps = 31000,
					  .closure_ns = -1500};
}

/* One good message of each type. */
static struct wire_stamps some_stamps(void)
{
	return (struct wire_stamps){.seq = 9,
				    .raw_life = 7,
				    .rec = {1000},
				    .xmt = {2000},
				    .rec_quality = STAMP_KERNEL,
				    .prev_seq = 8,
				    .prev_xmt = {900},
				    .prev_quality = STAMP_HARDWARE};
}

static struct wire_msg good(enum wire_type type)
{
	struct wire_msg m = {.type = type, .term = 0x2000005};

	switch (type) {
	case WIRE_POLL:
		m.poll = (struct wire_poll){.seq = 9,
					    .round = 12,
					    .poll_ms = 1000,
					    .n_table = 5,
					    .n_alive = 4,
					    .island = false,
					    .group_new = true,
					    .founding = FOUNDING_ORDER,
					    .date_confirmed = true,
					    .leap = LEAP_INSERT,
					    .era = 0xe1,
					    .n_dated = 3,
					    .floor = {1600000000000000000},
					    .ordered = {.at = {1700000000000000000},
							.shift_ns = -3600000000000,
							.host = 0xb1,
							.uid = 1000,
							.way = TIME_SLEWS,
							.dated = true,
							.left_ns = -60000000000},
					    .max_drift_ppb = 100000,
					    .hold = {.left_ms = 60000, .host = 0xb1, .uid = 1000},
					    .n_succession = 2,
					    .succession = {0xb1, 0xb2},
					    .chat_stable = 6,
					    .chat_last = {0x1000001, 7},
					    .chat_acked_seq = 0x500002};
		break;
	case WIRE_REPLY:
		m.reply = (struct wire_reply){.stamps = some_stamps(),
					      .pair = {{2000}, {1700000000000000000}},
					      .clock_epoch = 3,
					      .mode = MODE_OBSERVE,
					      .settled = true,
					      .carried = CARRIED_ONE,
					      .date = DATE_AGREES,
					      .leap = LEAP_DELETE,
					      .refusal = CORRECT_LIMIT,
					      .deaf = DEAF_UNLISTED,
					      .floor_told = true,
					      .floor = {1600000000000000000},
					      .max_drift_ppb = 50000,
					      .priority = 50,
					      .remainder_ns = -77,
					      .bound_ns = 500000,
					      .applied_round = 11,
					      .chat_last = {0x1000001, 7},
					      .name = "gamma"};
		break;
	case WIRE_CORRECT:
		m.correct = (struct wire_correct){.round = 12,
						  .seq = 9,
						  .clock_epoch = 3,
						  .offset_ns = -4000,
						  .rate = -3.5e-5,
						  .pull = -1e-4,
						  .error_ns = 250000,
						  .sd_ns = 400,
						  .growth_ppb = 235000,
						  .may_step = true,
						  .reason = REASON_NEWCOMER};
		break;
	case WIRE_ROSTER:
		m.roster = (struct wire_roster){.first = 4,
						.total = 6,
						.n = 2,
						.entry = {an_entry(), an_entry()}};
		break;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		m.vote = (struct wire_vote){.new_term = 0x3000005,
					    .settled = true,
					    .dated = true,
					    .transfer = type == WIRE_VOTE,
					    .priority = 100};
		break;
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
		m.vote_reply = (struct wire_vote_reply){.new_term = 0x3000005,
							.granted = false,
							.settled = true,
							.refusal = REFUSAL_MASTER_ALIVE,
							.master = 0xc1,
							.n_alive = 4,
							.chat_last = {0, 0}};
		break;
	case WIRE_TRANSFER:
		m.transfer.to = 0xd1;
		break;
	case WIRE_CHAT_POST:
		m.chat_post.after = 0x500002;
		m.chat_post.n = 1;
		m.chat_post.line[0] = a_line();
		break;
	case WIRE_CHAT_LINES:
		m.chat_lines.prev = (struct chat_pos){0x1000001, 6};
		m.chat_lines.stable = 6;
		m.chat_lines.n = 2;
		m.chat_lines.line[0] = a_line();
		m.chat_lines.line[1] = a_line();
		m.chat_lines.line[1].pos.index = 8;
		break;
	case WIRE_CHAT_PULL:
		m.chat_pull.from = 8;
		m.chat_pull.have = (struct chat_pos){0x1000001, 7};
		break;
	case WIRE_PROBE:
		m.probe.seq = 9;
		break;
	case WIRE_PROBE_REPLY:
		m.probe_reply = some_stamps();
		break;
	case WIRE_CLOSURE:
		m.closure = (struct wire_closure){.member = 0xe1, .closure_ns = -1500};
		break;
	case WIRE_ORDER:
		m.order = (struct wire_order){.seq = 0x500001,
					      .shift_ns = -1500000000,
					      .step = true,
					      .dry_run = true,
					      .uid = 1000};
		break;
	case WIRE_ORDER_REPLY:
		m.order_reply = (struct wire_order_reply){.seq = 0x500001,
							  .verdict = ORDER_NOT_TRUSTED,
							  .moved_ns = -1500000000,
							  .takes_ns = 15000000000000,
							  .peer = 0xe1,
							  .n_before = 5,
							  .n_after = 4,
							  .deaf = {.n = 9,
								   .n_named = 2,
								   .host = {{0xe1, DEAF_UNLISTED},
									    {0xe2, DEAF_ENOUGH}}}};
		break;
	case WIRE_REVOKED:
		m.revoked =
			(struct wire_revoked){.list = 3,
					      .n = 2,
					      .entry = {{.id = 0xf1, .number = 1, .revoked = true},
							{.id = 0xf2, .number = 4}}};
		break;
	case WIRE_REVOKED_REPLY:
		m.revoked_reply = (struct wire_revoked_reply){.list = 3, .agrees = 2};
		break;
	case WIRE_PRIVATE:
		m.private_line = a_line();
		m.private_line.pos = (struct chat_pos){0};
		m.private_line.origin = 0;
		break;
	case WIRE_PRIVATE_REPLY:
		m.private_reply = (struct wire_private_reply){.origin_seq = 0x500003,
							      .outcome = PRIVATE_FULL};
		break;
	case WIRE_PING:
		m.ping = (struct wire_ping){.token = 0x123456789abcdef0, .back = true};
		break;
	case WIRE_TESTIMONY:
		m.testimony = (struct wire_testimony){.master = 0xe1,
						      .doubts = true,
						      .raw = {2000},
						      .time = {1700000000000000000},
						      .error_ns = 500000};
		break;
	case WIRE_BYE:
	case WIRE_WITNESS:
	case WIRE_TYPE_MAX_:
		break;
	}
	return m;
}

static const char *const type_name[] = {"",
					"poll",
					"reply",
					"correct",
					"roster",
					"prevote",
					"prevote-reply",
					"vote",
					"vote-reply",
					"transfer",
					"bye",
					"chat-post",
					"chat-lines",
					"chat-pull",
					"ping",
					"probe",
					"probe-reply",
					"closure",
					"order",
					"order-reply",
					"witness",
					"testimony",
					"revoked",
					"revoked-reply",
					"private",
					"private-reply"};

static void to_hex(const uint8_t *p, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		(void)sprintf(out + 2 * i, "%02x", p[i]);
	}
}

static FILE *vectors(void)
{
	const char *dir = getenv("srcdir");
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/wire.txt", dir ? dir : ".");
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	return f;
}

static void every_message_has_the_bytes_of_its_vector(void **state)
{
	char line[LINE_MAX_], name[64], hex[LINE_MAX_], mine[LINE_MAX_];
	unsigned n = 0;
	FILE *f = vectors();

	(void)state;
	while (fgets(line, sizeof(line), f)) {
		uint8_t bytes[WIRE_MESSAGE_MAX];

		if (line[0] == '#' || sscanf(line, "good %63s %4095s", name, hex) != 2) {
			continue;
		}
		for (enum wire_type t = WIRE_POLL; t < WIRE_TYPE_MAX_; t++) {
			if (strcmp(name, type_name[t]) != 0) {
				continue;
			}
			struct wire_msg m = good(t), back;
			size_t len = wire_encode(&m, bytes, sizeof(bytes));

			to_hex(bytes, len, mine);
			assert_string_equal(mine, hex);
			assert_int_equal(wire_decode(bytes, len, &back), WIRE_OK);
			uint8_t again[WIRE_MESSAGE_MAX];

			assert_int_equal(wire_encode(&back, again, sizeof(again)), len);
			assert_memory_equal(again, bytes, len);
			n++;
		}
	}
	(void)fclose(f);
	assert_int_equal(n, WIRE_TYPE_MAX_ - 1);
}

static void every_bad_vector_is_refused_for_its_reason(void **state)
{
	char line[LINE_MAX_], name[64], verdict[64], hex[LINE_MAX_];
	unsigned n = 0;
	FILE *f = vectors();

	(void)state;
	while (fgets(line, sizeof(line), f)) {
		uint8_t bytes[WIRE_MESSAGE_MAX];
		size_t len = 0;
		struct wire_msg m;

		if (sscanf(line, "bad %63s %63s %4095s", name, verdict, hex) != 3) {
			continue;
		}
		for (; sscanf(hex + 2 * len, "%2hhx", &bytes[len]) == 1; len++) {
		}
		assert_string_equal(wire_verdict_name(wire_decode(bytes, len, &m)), verdict);
		assert_string_not_equal(verdict, "ok");
		n++;
	}
	(void)fclose(f);
	assert_true(n >= 20);
}

static bool is_padded(enum wire_type t)
{
	return t == WIRE_POLL || t == WIRE_PROBE || t == WIRE_PREVOTE || t == WIRE_VOTE ||
	       t == WIRE_ORDER || t == WIRE_WITNESS;
}

static bool is_same(const struct wire_msg *m, const uint8_t *bytes, size_t len)
{
	uint8_t again[WIRE_MESSAGE_MAX];

	return wire_encode(m, again, sizeof(again)) == len && memcmp(again, bytes, len) == 0;
}

static void a_message_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	for (enum wire_type t = WIRE_POLL; t < WIRE_TYPE_MAX_; t++) {
		uint8_t bytes[WIRE_MESSAGE_MAX], small[WIRE_MESSAGE_MAX];
		struct wire_msg m = good(t), back;
		size_t len = wire_encode(&m, bytes, sizeof(bytes));

		assert_true(len > 0);
		for (size_t cut = 0; cut < len; cut++) {
			enum wire_verdict v = wire_decode(bytes, cut, &back);

			/* Zero padding may be missing: it is for the size of requests only. */
			assert_true(v == WIRE_TRUNCATED ||
				    (v == WIRE_OK && is_padded(t) && is_same(&back, bytes, len)));
			assert_int_equal(wire_encode(&m, small, cut), 0);
		}
		bytes[len] = is_padded(t);
		assert_int_equal(wire_decode(bytes, len + 1, &back),
				 is_padded(t) ? WIRE_BAD_RANGE : WIRE_TRAILING);
	}
}

static size_t length_of(struct wire_msg m)
{
	uint8_t bytes[WIRE_MESSAGE_MAX];

	if (m.type == WIRE_REPLY) {
		memset(m.reply.name, 'x', NODE_NAME_MAX - 1);
	} else if (m.type == WIRE_POLL) {
		m.poll.n_succession = 0;
	} else if (m.type == WIRE_PRIVATE) {
		m.private_line.len = 1;
		m.private_line.name[1] = '\0';
	}
	return wire_encode(&m, bytes, sizeof(bytes));
}

static void a_request_is_as_long_as_the_longest_reply(void **state)
{
	static const enum wire_type asked[][2] = {{WIRE_POLL, WIRE_REPLY},
						  {WIRE_POLL, WIRE_VOTE_REPLY},
						  {WIRE_PREVOTE, WIRE_PREVOTE_REPLY},
						  {WIRE_VOTE, WIRE_VOTE_REPLY},
						  {WIRE_PROBE, WIRE_PROBE_REPLY},
						  {WIRE_WITNESS, WIRE_TESTIMONY},
						  {WIRE_ORDER, WIRE_ORDER_REPLY},
						  {WIRE_PRIVATE, WIRE_PRIVATE_REPLY}};

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct wire_msg answer = good(asked[i][1]);

		if (answer.type == WIRE_ORDER_REPLY) {
			answer.order_reply.deaf.n = answer.order_reply.deaf.n_named = WIRE_DEAF_MAX;
		}
		assert_true(length_of(good(asked[i][0])) >= length_of(answer));
	}
}

static void random_bytes_never_crash_and_what_decodes_encodes_again(void **state)
{
	uint64_t z = 42;

	(void)state;
	for (int k = 0; k < 200000; k++) {
		uint8_t bytes[WIRE_MESSAGE_MAX], again[WIRE_MESSAGE_MAX];
		struct wire_msg m, back;
		struct wire_msg from = good((enum wire_type)(1 + k % (WIRE_TYPE_MAX_ - 1)));
		size_t len = wire_encode(&from, bytes, sizeof(bytes));

		for (int flips = 0; flips < 1 + k % 3; flips++) {
			z = z * 6364136223846793005U + 1442695040888963407U;
			bytes[(z >> 33) % len] ^= (uint8_t)(1U << (z >> 60 & 7));
		}
		if (wire_decode(bytes, len, &m) == WIRE_OK) {
			size_t n = wire_encode(&m, again, sizeof(again));

			assert_true(n > 0);
			assert_int_equal(wire_decode(again, n, &back), WIRE_OK);
		}
	}
}

static void text_is_utf8_of_the_shortest_form(void **state)
{
	(void)state;
	assert_true(utf8_is_text("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x92", 10));
	assert_false(utf8_is_text("", 0));
	assert_false(utf8_is_text("a\0b", 3));
	assert_false(utf8_is_text("\xc0\x80", 2));	   /* overlong NUL */
	assert_false(utf8_is_text("\xed\xa0\x80", 3));	   /* surrogate */
	assert_false(utf8_is_text("\xf4\x90\x80\x80", 4)); /* beyond U+10FFFF */
	assert_false(utf8_is_text("\xe2\x82", 2));	   /* cut */
	assert_false(utf8_is_text("\xff", 1));
}

static void header_is_checked(void **state)
{
	uint8_t h[WIRE_HEADER_LEN];
	struct wire_header in = {.type = WIRE_DATA, .session = 0x01020304, .counter = 9}, out;

	(void)state;
	wire_header_put(&in, h);
	assert_int_equal(wire_header_get(h, sizeof(h), &out), WIRE_OK);
	assert_int_equal(out.session, 0x01020304);
	assert_int_equal(out.counter, 9);
	assert_int_equal(wire_header_get(h, sizeof(h) - 1, &out), WIRE_TRUNCATED);
	for (unsigned i = 0; i < 4; i++) { /* magic, version, type */
		h[i] ^= 0x40;
		assert_int_equal(wire_header_get(h, sizeof(h), &out),
				 i == 2 ? WIRE_BAD_VERSION : WIRE_BAD_RANGE);
		h[i] ^= 0x40;
	}
	h[2] = WIRE_VERSION - 1;
	assert_int_equal(wire_header_get(h, sizeof(h), &out), WIRE_BAD_VERSION);
	assert_string_equal(wire_verdict_name(WIRE_BAD_VERSION), "bad-version");
	h[0] = 'b'; /* not ours at all: whatever stands there is no version */
	assert_int_equal(wire_header_get(h, sizeof(h), &out), WIRE_BAD_RANGE);
}

/* --- Writing the vectors --- */

static void bad(const char *name, struct wire_msg m, size_t at, const char *bytes, size_t n)
{
	uint8_t b[WIRE_MESSAGE_MAX];
	char hex[LINE_MAX_];
	struct wire_msg back;
	size_t len = wire_encode(&m, b, sizeof(b));

	memcpy(b + at, bytes, n);
	to_hex(b, len, hex);
	printf("bad %s %s %s\n", name, wire_verdict_name(wire_decode(b, len, &back)), hex);
}

static int write_vectors(void)
{
	struct wire_msg undated = good(WIRE_POLL);
	struct wire_msg done = {.type = WIRE_ORDER_REPLY,
				.term = 0x200000500000000,
				.order_reply.seq = 0x500001};
	struct wire_msg exclude = {.type = WIRE_ORDER,
				   .term = 0x200000500000000,
				   .order = {.seq = 0x500001, .what = ORDER_EXCLUDE, .peer = 0xe1}};
	struct wire_msg hold = {.type = WIRE_ORDER,
				.term = 0x200000500000000,
				.order = {.seq = 0x500001, .what = ORDER_HOLD, .hold_ms = 1000}};

	undated.poll.n_dated = 0;
	printf("# Messages as they are on the wire (plaintext), made by test_wire --write.\n"
	       "# good NAME HEX: fields in test_wire.c, good().  bad NAME VERDICT HEX.\n");
	for (enum wire_type t = WIRE_POLL; t < WIRE_TYPE_MAX_; t++) {
		uint8_t b[WIRE_MESSAGE_MAX];
		char hex[LINE_MAX_];
		struct wire_msg m = good(t);

		to_hex(b, wire_encode(&m, b, sizeof(b)), hex);
		printf("good %s %s\n", type_name[t], hex);
	}
	bad("type-0", good(WIRE_PING), 0, "\0", 1);
	bad("type-26", good(WIRE_PING), 0, "\x1a", 1);
	bad("ping-that-brings-nothing-back", good(WIRE_PING), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("ping-back-2", good(WIRE_PING), 17, "\2", 1);
	bad("poll-seq-0", good(WIRE_POLL), 9, "\0\0\0\0", 4);
	bad("poll-interval-0", good(WIRE_POLL), 21, "\0\0\0\0", 4);
	bad("poll-interval-65-s", good(WIRE_POLL), 21, "\0\0\xfd\xe8", 4);
	bad("poll-table-0", good(WIRE_POLL), 25, "\0\0", 2);
	bad("poll-more-alive-than-known", good(WIRE_POLL), 27, "\0\x06", 2);
	bad("poll-nobody-alive", undated, 27, "\0\0", 2);
	bad("poll-island-2", good(WIRE_POLL), 29, "\x02", 1);
	bad("poll-founding-with-a-time", good(WIRE_POLL), 30, "\0", 1);
	bad("poll-more-dated-than-alive", good(WIRE_POLL), 42, "\0\x05", 2);
	bad("poll-founding-3", good(WIRE_POLL), 31, "\x03", 1);
	bad("poll-leap-3", good(WIRE_POLL), 33, "\x03", 1);
	bad("poll-order-at-no-time", good(WIRE_POLL), 52, "\0\0\0\0\0\0\0\0", 8);
	bad("poll-order-before-1970", good(WIRE_POLL), 52, "\x80", 1);
	bad("poll-order-by-for-ever", good(WIRE_POLL), 60, "\x80\0\0\0\0\0\0\0", 8);
	bad("poll-order-by-nobody", good(WIRE_POLL), 68, "\0\0\0\0\0\0\0\0", 8);
	bad("poll-order-of-way-4", good(WIRE_POLL), 80, "\x04", 1);
	bad("poll-order-stepped-and-left", good(WIRE_POLL), 80, "\0", 1);
	bad("poll-order-left-for-ever", good(WIRE_POLL), 82, "\x7f", 1);
	bad("poll-hold-for-an-hour", good(WIRE_POLL), 143, "\0\x36\xee\x80", 4);
	bad("poll-hold-by-nobody", good(WIRE_POLL), 147, "\0\0\0\0\0\0\0\0", 8);
	bad("poll-hold-of-no-time", good(WIRE_POLL), 143, "\0\0\0\0", 4);
	bad("poll-no-hold-by-a-user", good(WIRE_POLL), 143, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	bad("poll-succession-5", good(WIRE_POLL), 90, "\x05", 1);
	bad("poll-deputy-nobody", good(WIRE_POLL), 91, "\0\0\0\0\0\0\0\0", 8);
	bad("poll-stable-beyond-the-log", good(WIRE_POLL), 107, "\0\0\0\0\0\0\0\x08", 8);
	bad("poll-chat-index-huge", good(WIRE_POLL), 123, "\x80", 1);
	bad("poll-drift-of-1001-ppm", good(WIRE_POLL), 139, "\x00\x0f\x46\x28", 4);
	bad("poll-padding-1", good(WIRE_POLL), 160, "\x01", 1);
	bad("probe-seq-0", good(WIRE_PROBE), 9, "\0\0\0\0", 4);
	bad("reply-seq-0", good(WIRE_REPLY), 9, "\0\0\0\0", 4);
	bad("reply-raw-life-0", good(WIRE_REPLY), 13, "\0\0\0\0", 4);
	bad("reply-quality-3", good(WIRE_REPLY), 33, "\x03", 1);
	bad("reply-mode-3", good(WIRE_REPLY), 67, "\x03", 1);
	bad("reply-date-3", good(WIRE_REPLY), 70, "\x03", 1);
	bad("reply-leap-3", good(WIRE_REPLY), 71, "\x03", 1);
	bad("reply-refusal-14", good(WIRE_REPLY), 72, "\x0e", 1);
	bad("reply-deaf-5", good(WIRE_REPLY), 73, "\x05", 1);
	bad("reply-negative-bound", good(WIRE_REPLY), 92, "\xff", 1);
	bad("reply-drift-of-1001-ppm", good(WIRE_REPLY), 124, "\x00\x0f\x46\x28", 4);
	bad("reply-name-of-64", good(WIRE_REPLY), 128, "\x40", 1);
	bad("reply-name-not-utf8", good(WIRE_REPLY), 129, "\xff", 1);
	bad("correct-rate-nan", good(WIRE_CORRECT), 33, "\x7f\xf8\0\0\0\0\0\0", 8);
	bad("correct-rate-infinite", good(WIRE_CORRECT), 33, "\x7f\xf0\0\0\0\0\0\0", 8);
	bad("correct-rate-1", good(WIRE_CORRECT), 33, "\x3f\xf0\0\0\0\0\0\0", 8);
	bad("correct-rate-minus-1", good(WIRE_CORRECT), 33, "\xbf\xf0\0\0\0\0\0\0", 8);
	bad("correct-pull-nan", good(WIRE_CORRECT), 41, "\x7f\xf8\0\0\0\0\0\0", 8);
	bad("correct-negative-error", good(WIRE_CORRECT), 49, "\x80", 1);
	bad("correct-reason-99", good(WIRE_CORRECT), 74, "\x63", 1);
	bad("correct-growth-above-1", good(WIRE_CORRECT), 65, "\0\0\0\0\x40", 5);
	bad("roster-empty", good(WIRE_ROSTER), 13, "\0", 1);
	bad("roster-5-entries", good(WIRE_ROSTER), 13, "\x05", 1);
	bad("roster-beyond-its-end", good(WIRE_ROSTER), 9, "\0\x05", 2);
	bad("roster-of-nobody-at-all", good(WIRE_ROSTER), 11, "\0\0", 2);
	bad("roster-of-514", good(WIRE_ROSTER), 11, "\x02\x02", 2);
	bad("roster-nobody", good(WIRE_ROSTER), 14, "\0\0\0\0\0\0\0\0", 8);
	bad("roster-weight-above-1000", good(WIRE_ROSTER), 113, "\x03\xe9", 2);
	bad("roster-phase-of-hours", good(WIRE_ROSTER), 115, "\x7f", 1);
	bad("roster-negative-unrest", good(WIRE_ROSTER), 123, "\x80", 1);
	bad("vote-reply-granted-and-refused", good(WIRE_VOTE_REPLY), 17, "\x01", 1);
	bad("transfer-to-nobody", good(WIRE_TRANSFER), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("chat-post-3-lines", good(WIRE_CHAT_POST), 17, "\x03", 1);
	bad("chat-post-empty", good(WIRE_CHAT_POST), 17, "\0", 1);
	bad("chat-post-after-itself", good(WIRE_CHAT_POST), 9, "\0\0\0\0\0\x50\0\x03", 8);
	bad("chat-line-empty", good(WIRE_CHAT_POST), 58, "\0\0", 2);
	bad("chat-line-too-long", good(WIRE_CHAT_POST), 58, "\x01\x91", 2);
	bad("chat-line-of-nobody", good(WIRE_CHAT_POST), 34, "\0\0\0\0\0\0\0\0", 8);
	bad("chat-pull-term-without-line", good(WIRE_CHAT_PULL), 25, "\0\0\0\0\0\0\0\0", 8);
	bad("closure-of-nobody", good(WIRE_CLOSURE), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("chat-pull-from-0", good(WIRE_CHAT_PULL), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("order-0", good(WIRE_ORDER), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("order-by-for-ever", good(WIRE_ORDER), 17, "\x80\0\0\0\0\0\0\0", 8);
	bad("order-step-2", good(WIRE_ORDER), 25, "\x02", 1);
	bad("order-reply-0", good(WIRE_ORDER_REPLY), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("order-reply-verdict-25", good(WIRE_ORDER_REPLY), 17, "\x19", 1);
	bad("order-reply-sent", done, 17, "\x0f", 1);
	bad("order-reply-takes-less-than-nothing", good(WIRE_ORDER_REPLY), 26, "\x80", 1);
	bad("order-padding-1", good(WIRE_ORDER), 44, "\x01", 1);
	bad("order-reply-done-by-not-all", good(WIRE_ORDER_REPLY), 17, "\0", 1);
	bad("order-reply-fewer-deaf-than-named", good(WIRE_ORDER_REPLY), 46, "\0\x01", 2);
	bad("order-reply-9-named", good(WIRE_ORDER_REPLY), 48, "\x09", 1);
	bad("order-reply-deaf-nobody", good(WIRE_ORDER_REPLY), 49, "\0\0\0\0\0\0\0\0", 8);
	bad("order-reply-not-deaf", good(WIRE_ORDER_REPLY), 57, "\0", 1);
	bad("order-what-7", exclude, 31, "\x07", 1);
	bad("order-set-time-of-a-host", good(WIRE_ORDER), 39, "\xe1", 1);
	bad("order-hold-999ms", hold, 40, "\0\0\x03\xe7", 4);
	bad("order-hold-for-an-hour", hold, 40, "\0\x36\xee\x80", 4);
	bad("order-hold-of-a-host", hold, 39, "\xe1", 1);
	bad("order-exclude-for-a-second", exclude, 42, "\x03\xe8", 2);
	bad("order-exclude-nobody", exclude, 39, "\0", 1);
	bad("order-include-nobody", exclude, 31, "\x03\0\0\0\0\0\0\0\0", 9);
	bad("order-exclude-by-a-time", exclude, 24, "\x01", 1);
	bad("order-exclude-stepping", exclude, 25, "\x01", 1);
	bad("order-reply-514-before", good(WIRE_ORDER_REPLY), 42, "\x02\x02", 2);
	bad("order-reply-514-after", good(WIRE_ORDER_REPLY), 44, "\x02\x02", 2);
	bad("revoked-list-0", good(WIRE_REVOKED), 9, "\0\0\0\0", 4);
	bad("revoked-nobody", good(WIRE_REVOKED), 13, "\0", 1);
	bad("revoked-65", good(WIRE_REVOKED), 13, "\x41", 1);
	bad("revoked-id-0", good(WIRE_REVOKED), 14, "\0\0\0\0\0\0\0\0", 8);
	bad("revoked-number-0", good(WIRE_REVOKED), 22, "\0\0\0\0\0\0\0\0", 8);
	bad("revoked-2", good(WIRE_REVOKED), 30, "\x02", 1);
	bad("revoked-twice", good(WIRE_REVOKED), 31, "\0\0\0\0\0\0\0\xf1", 8);
	bad("revoked-reply-list-0", good(WIRE_REVOKED_REPLY), 9, "\0\0\0\0", 4);
	bad("private-seq-0", good(WIRE_PRIVATE), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("private-empty", good(WIRE_PRIVATE), 25, "\0\0", 2);
	bad("private-too-long", good(WIRE_PRIVATE), 25, "\x01\x91", 2);
	bad("private-reply-seq-0", good(WIRE_PRIVATE_REPLY), 9, "\0\0\0\0\0\0\0\0", 8);
	bad("private-reply-outcome-3", good(WIRE_PRIVATE_REPLY), 17, "\x03", 1);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_has_the_bytes_of_its_vector),
		cmocka_unit_test(every_bad_vector_is_refused_for_its_reason),
		cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_request_is_as_long_as_the_longest_reply),
		cmocka_unit_test(random_bytes_never_crash_and_what_decodes_encodes_again),
		cmocka_unit_test(text_is_utf8_of_the_shortest_form),
		cmocka_unit_test(header_is_checked),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0) {
		return write_vectors();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
