/* test_chat.c - one order on all hosts, each line once, whatever the network and the masters do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berk/rng.h"
#include "core/rules/chat_master.h"
#include "core/rules/chat_member.h"

#define HOSTS 5
#define LOG   64
#define OWN   64

struct host {
	struct chat chat;
	struct wire_chat_line log[LOG], own[OWN];
	char shown[65536];
	size_t n_shown;
};

static struct host host[HOSTS];

static int setup(void **state)
{
	(void)state;
	memset(host, 0, sizeof(host));
	for (unsigned i = 0; i < HOSTS; i++) {
		chat_init(&host[i].chat, &(struct chat_rings){host[i].log, host[i].own, LOG, OWN},
			  i + 1, (uint64_t)(i + 3) << 20);
	}
	return 0;
}

static void show(struct host *h)
{
	const struct wire_chat_line *line;

	while (chat_show(&h->chat, &line)) {
		h->n_shown += (size_t)snprintf(h->shown + h->n_shown, sizeof(h->shown) - h->n_shown,
					       "%.*s\n", line->len, line->text);
	}
}

static enum chat_verdict type(struct host *h, const char *text)
{
	return chat_type(&h->chat, text, strlen(text), "host", 1);
}

/* Everything between @from (a member) and @m (the master), as often as needed, without loss. */
static void sync_with(struct host *m, struct host *h)
{
	struct wire_chat_post post;
	struct wire_chat_lines lines;
	uint64_t from = h->chat.last.index + 1;

	while (chat_outbox(&h->chat, &post)) {
		(void)chat_on_post(&m->chat, h->chat.self, &post);
		chat_acked(&h->chat, chat_origin_seq(&m->chat, h->chat.self));
	}
	chat_acked(&h->chat, chat_origin_seq(&m->chat, h->chat.self)); /* as each poll says */
	if (!chat_on_poll(&h->chat, m->chat.stable, m->chat.last, &from)) {
		from = h->chat.last.index + 1;
	}
	for (int i = 0; i < 1000 && chat_lines_from(&m->chat, from, &lines); i++) {
		uint64_t pull = 0;

		if (chat_on_lines(&h->chat, &lines, &pull) == CHAT_GAP) {
			from = pull;
		} else {
			from = h->chat.last.index + 1;
		}
	}
}

static void a_line_of_the_master_is_shown_when_stable(void **state)
{
	(void)state;
	chat_lead(&host[0].chat, 10);
	assert_int_equal(type(&host[0], "one"), CHAT_OK);
	show(&host[0]);
	assert_string_equal(host[0].shown, "");
	chat_set_stable(&host[0].chat, 1);
	show(&host[0]);
	show(&host[0]);
	assert_string_equal(host[0].shown, "one\n");
}

static void a_line_sent_twice_enters_once(void **state)
{
	struct wire_chat_post post;

	(void)state;
	chat_lead(&host[0].chat, 10);
	(void)type(&host[1], "a");
	assert_true(chat_outbox(&host[1].chat, &post));
	assert_int_equal(chat_on_post(&host[0].chat, 2, &post), 1);
	assert_int_equal(chat_on_post(&host[0].chat, 2, &post), 0);
	assert_int_equal(chat_on_post(&host[0].chat, 3, &post), 0); /* not its own line */
	assert_int_equal(host[0].chat.last.index, 1);
}

static void a_gap_in_an_origins_lines_waits(void **state)
{
	struct wire_chat_post post;

	(void)state;
	chat_lead(&host[0].chat, 10);
	(void)type(&host[1], "a");
	sync_with(&host[0], &host[1]);
	(void)type(&host[1], "b");
	(void)type(&host[1], "c");
	assert_true(chat_outbox(&host[1].chat, &post));
	assert_int_equal(post.n, 2);
	post.after = post.line[0].origin_seq;
	post.line[0] = post.line[1];
	post.n = 1;
	assert_int_equal(chat_on_post(&host[0].chat, 2, &post), 0);
}

static void bad_text_and_a_full_outbox_are_refused(void **state)
{
	char text[WIRE_CHAT_TEXT_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(chat_type(&host[0].chat, text, sizeof(text), "h", 0), CHAT_BAD_TEXT);
	assert_int_equal(chat_type(&host[0].chat, text, 0, "h", 0), CHAT_BAD_TEXT);
	assert_int_equal(chat_type(&host[0].chat, "\xff", 1, "h", 0), CHAT_BAD_TEXT);
	for (int i = 0; i < OWN; i++) {
		assert_int_equal(type(&host[0], "x"), CHAT_OK);
	}
	assert_int_equal(type(&host[0], "x"), CHAT_FULL);
}

static void a_new_master_keeps_the_place_of_shown_lines(void **state)
{
	(void)state;
	chat_lead(&host[0].chat, 10);
	(void)type(&host[0], "a");
	(void)type(&host[0], "b");
	sync_with(&host[0], &host[1]);
	chat_set_stable(&host[0].chat, 2);
	show(&host[0]);
	/* Host 1 has both lines but has not heard that they are stable; host 0 dies. */
	chat_lead(&host[1].chat, 11);
	(void)type(&host[1], "c");
	sync_with(&host[1], &host[2]);
	chat_set_stable(&host[1].chat, 3);
	sync_with(&host[1], &host[2]);
	show(&host[1]);
	assert_string_equal(host[1].shown, "a\nb\nc\n");
	assert_memory_equal(host[1].shown, host[0].shown, host[0].n_shown);
}

static void a_losing_tail_gives_way_and_its_lines_go_again(void **state)
{
	(void)state;
	chat_lead(&host[0].chat, 10);
	(void)type(&host[0], "lost?"); /* nobody got it */
	chat_lead(&host[1].chat, 11);
	(void)type(&host[1], "first");
	chat_set_stable(&host[1].chat, 1);
	chat_follow(&host[0].chat);
	sync_with(&host[1], &host[0]);
	sync_with(&host[1], &host[0]);
	chat_set_stable(&host[1].chat, 2);
	sync_with(&host[1], &host[2]);
	show(&host[1]);
	assert_string_equal(host[1].shown, "first\nlost?\n");
}

/* A master makes a line of another host, of the last number that this life has. */
static void a_line_that_a_master_made_hides_none_under_the_next(void **state)
{
	struct wire_chat_line made = {.origin = 2, .len = 3, .text = "lie", .name = "host"};

	(void)state;
	chat_lead(&host[0].chat, 10);
	(void)type(&host[1], "a");
	sync_with(&host[0], &host[1]);
	made.pos = (struct chat_pos){10, 2};
	made.origin_seq = host[1].chat.out_seq | 0xfffff;
	chat_append(&host[0].chat, &made);
	sync_with(&host[0], &host[1]);
	sync_with(&host[0], &host[2]);
	assert_true(host[1].chat.is_forged);
	(void)chat_begin_life(&host[1].chat, UINT64_C(99) << 20);
	chat_lead(&host[2].chat, 11);
	(void)type(&host[1], "b");
	sync_with(&host[2], &host[1]);
	chat_set_stable(&host[2].chat, host[2].chat.last.index);
	show(&host[2]);
	assert_string_equal(host[2].shown, "a\nlie\na\nb\n"); /* it was not firm yet */
}

static void a_late_joiner_starts_at_the_oldest_kept(void **state)
{
	char text[16];

	(void)state;
	chat_lead(&host[0].chat, 10);
	for (int i = 1; i <= 3 * LOG; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(type(&host[0], text), CHAT_OK);
		chat_set_stable(&host[0].chat, (uint64_t)i);
		chat_make_firm(&host[0].chat, UINT64_MAX);
	}
	sync_with(&host[0], &host[1]);
	show(&host[1]);
	(void)snprintf(text, sizeof(text), "%d\n", 2 * LOG + 1);
	assert_memory_equal(host[1].shown, text, strlen(text));
	assert_non_null(chat_get(&host[1].chat, 3 * LOG));
	assert_null(chat_get(&host[1].chat, 1));
}

static void lines_wait_while_nothing_is_stable_and_none_is_lost(void **state)
{
	struct wire_chat_post post;
	char text[16];

	(void)state;
	chat_lead(&host[0].chat, 10);
	for (unsigned i = 0; i < HOSTS; i++) {
		for (unsigned k = 0; k < 40; k++) {
			(void)snprintf(text, sizeof(text), "%u.%u", i, k);
			assert_int_equal(type(&host[i], text), CHAT_OK);
		}
	}
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 1; i < HOSTS; i++) {
			if (chat_outbox(&host[i].chat, &post)) {
				(void)chat_on_post(&host[0].chat, i + 1, &post);
			}
			chat_acked(&host[i].chat, chat_origin_seq(&host[0].chat, i + 1));
		}
		assert_true(host[0].chat.last.index - host[0].chat.stable <= LOG / 2);
		if (round >= 50) {
			chat_set_stable(&host[0].chat, host[0].chat.stable + 5);
			show(&host[0]);
		}
	}
	for (unsigned i = 0; i < HOSTS; i++) {
		for (unsigned k = 0; k < 40; k++) {
			(void)snprintf(text, sizeof(text), "%u.%u\n", i, k);
			assert_non_null(strstr(host[0].shown, text));
		}
	}
}

static void a_member_with_a_long_past_follows_a_master_that_began_anew(void **state)
{
	(void)state;
	chat_lead(&host[1].chat, 10);
	for (int i = 1; i <= 3 * LOG; i++) {
		assert_int_equal(type(&host[1], "old"), CHAT_OK);
		chat_set_stable(&host[1].chat, (uint64_t)i);
		chat_make_firm(&host[1].chat, UINT64_MAX);
	}
	show(&host[1]);
	host[1].n_shown = 0;
	chat_follow(&host[1].chat);
	chat_lead(&host[0].chat, 11);
	(void)type(&host[0], "new");
	chat_set_stable(&host[0].chat, 1);
	sync_with(&host[0], &host[1]);
	show(&host[1]);
	assert_string_equal(host[1].shown, "new\n");
}

/* Five hosts, masters that come and go, lost and doubled messages; at the end all lines are
 * everywhere. */
/* A bad master may say that its log begins near the last index: no later line would have one. */
static void no_message_takes_a_log_near_the_last_index(void **state)
{
	(void)state;
	struct host *h = &host[0];
	struct wire_chat_lines m = {.prev = {.index = (UINT64_C(1) << 32) + 1},
				    .n = 1,
				    .line = {{.pos = {1, (UINT64_C(1) << 32) + 2},
					      .origin = 9,
					      .origin_seq = 1,
					      .len = 1,
					      .text = "x"}}};
	uint64_t from;

	assert_int_equal(chat_on_lines(&h->chat, &m, &from), CHAT_OK);
	assert_int_equal(h->chat.last.index, 0);
	m.prev.index--;
	m.line[0].pos.index--;
	assert_int_equal(chat_on_lines(&h->chat, &m, &from), CHAT_OK);
	assert_true(h->chat.last.index == m.line[0].pos.index);
}

static void no_line_goes_beyond_the_last_index(void **state)
{
	(void)state;
	struct host *h = &host[0];
	struct wire_chat_lines m = {.prev = {.index = CHAT_INDEX_MAX - 2},
				    .stable = CHAT_INDEX_MAX - 1,
				    .n = 1,
				    .line = {{.pos = {1, CHAT_INDEX_MAX - 1},
					      .origin = 9,
					      .origin_seq = 1,
					      .len = 1,
					      .text = "x"}}};
	uint64_t from;

	h->chat.last.index = CHAT_INDEX_MAX - 3; /* so many lines have been */
	assert_int_equal(chat_on_lines(&h->chat, &m, &from), CHAT_OK);
	chat_lead(&h->chat, 2);
	for (unsigned k = 0; k < 3; k++) {
		assert_int_equal(type(h, "y"), CHAT_OK);
		chat_set_stable(&h->chat, h->chat.last.index);
	}
	assert_true(h->chat.last.index == CHAT_INDEX_MAX);
	assert_true(chat_own_next(&h->chat) == h->chat.out_seq - 2);
}

static void random_weather_changes_no_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct rng r;
		unsigned master = 0, typed = 0;
		uint64_t term = 10;
		char text[32];

		(void)setup(NULL);
		rng_seed(&r, seed);
		chat_lead(&host[0].chat, term);
		for (int t = 0; t < 600; t++) {
			struct host *m = &host[master], *h = &host[rng_below(&r, HOSTS)];
			struct wire_chat_post post;
			struct wire_chat_lines lines;
			uint64_t pull, from;
			unsigned holds[HOSTS] = {0};

			if (t < 400 && rng_below(&r, 8) == 0) {
				(void)snprintf(text, sizeof(text), "line %u", typed);
				typed += type(h, text) == CHAT_OK;
			}
			if (t < 500 &&
			    rng_below(&r, 60) == 0) { /* the best log of any three leads next */
				unsigned best = (unsigned)rng_below(&r, HOSTS);

				for (unsigned k = 0; k < 3; k++) {
					unsigned c = (best + k) % HOSTS;

					if (chat_pos_after(host[c].chat.last,
							   host[best].chat.last)) {
						best = c;
					}
				}
				chat_follow(&m->chat);
				master = best;
				m = &host[master];
				chat_lead(&m->chat, ++term);
			}
			if (h != m && rng_below(&r, 5) > 0) { /* a fifth of all exchanges is lost */
				if (chat_outbox(&h->chat, &post)) {
					(void)chat_on_post(&m->chat, h->chat.self, &post);
				}
				chat_acked(&h->chat, chat_origin_seq(&m->chat, h->chat.self));
				from = h->chat.last.index + 1;
				for (int k = 0; k < 40 && chat_lines_from(&m->chat, from, &lines);
				     k++) {
					from = chat_on_lines(&h->chat, &lines, &pull) == CHAT_GAP
						       ? pull
						       : h->chat.last.index + 1;
				}
				(void)chat_on_poll(&h->chat, m->chat.stable, m->chat.last, &pull);
			}
			for (uint64_t i = m->chat.last.index; i > m->chat.stable; i--) {
				unsigned n = 0;

				for (unsigned k = 0; k < HOSTS; k++) {
					struct chat_pos at = {term, i};

					holds[k] = host[k].chat.last.index >= i &&
						   chat_has(&host[k].chat, at);
					n += holds[k];
				}
				if (n >= 3) {
					chat_set_stable(&m->chat, i);
					break;
				}
			}
			show(h);
			show(m);
		}
		for (int k = 0; k < 3; k++) { /* calm */
			for (unsigned i = 0; i < HOSTS; i++) {
				if (i != master) {
					sync_with(&host[master], &host[i]);
				}
			}
			chat_set_stable(&host[master].chat, host[master].chat.last.index);
		}
		for (unsigned i = 0; i < HOSTS; i++) {
			uint64_t pull;

			(void)chat_on_poll(&host[i].chat, host[master].chat.stable,
					   host[master].chat.last, &pull);
			show(&host[i]);
		}
		for (unsigned i = 0; i < HOSTS; i++) {
			if (typed <= LOG / 2) {
				assert_string_equal(host[i].shown, host[master].shown);
			}
			for (unsigned k = 0; k < typed; k++) {
				(void)snprintf(text, sizeof(text), "line %u\n", k);
				const char *at = strstr(host[i].shown, text);

				assert_true(at == NULL || strstr(at + 1, text) == NULL);
				assert_true(at != NULL || typed > LOG / 2);
			}
		}
	}
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_of_the_master_is_shown_when_stable),
		T(a_line_sent_twice_enters_once),
		T(a_gap_in_an_origins_lines_waits),
		T(bad_text_and_a_full_outbox_are_refused),
		T(a_new_master_keeps_the_place_of_shown_lines),
		T(a_losing_tail_gives_way_and_its_lines_go_again),
		T(a_line_that_a_master_made_hides_none_under_the_next),
		T(a_late_joiner_starts_at_the_oldest_kept),
		T(lines_wait_while_nothing_is_stable_and_none_is_lost),
		T(a_member_with_a_long_past_follows_a_master_that_began_anew),
		T(no_line_goes_beyond_the_last_index),
		T(no_message_takes_a_log_near_the_last_index),
		T(random_weather_changes_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
