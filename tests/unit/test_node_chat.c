/* test_node_chat.c - the chat of a group of whole nodes.  Its rules alone: test_chat.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/node/state.h"
#include "tests/world/quiet.h"

static struct world *begun(void **state, double seconds)
{
	quiet_begin(*state, seconds);
	return *state;
}

static void chat_lines_come_once_and_in_one_order(void **state)
{
	struct world *w = begun(state, 10);

	for (int k = 0; k < 10; k++) {
		for (unsigned i = 0; i < w->n; i++) {
			char text[3] = {(char)('a' + i), (char)('0' + k), 0};

			assert_int_equal(quiet_chat(w, i, text), ORDER_OK);
		}
	}
	quiet_run(w, 5);
	assert_int_equal(strlen(quiet_deeds(w, 0)->chat), 50 * 3);
	for (unsigned i = 1; i < w->n; i++) {
		assert_string_equal(quiet_deeds(w, i)->chat, quiet_deeds(w, 0)->chat);
	}
	assert_int_equal(quiet_chat(w, 0, "\xff"), ORDER_BAD_TEXT);
}

static void chat_survives_the_master(void **state)
{
	struct world *w = begun(state, 20);
	unsigned m = (unsigned)world_master(w, 0);

	for (int k = 0; k < 40; k++) {
		for (unsigned i = 0; i < w->n; i++) {
			char text[4] = {(char)('a' + i), (char)('0' + k / 10), (char)('0' + k % 10),
					0};

			if (w->host[i].up) {
				quiet_chat(w, i, text);
			}
		}
		quiet_run(w, 0.0003);
		if (k == 10) {
			host_crash(w, m);
		}
	}
	quiet_run(w, 20);
	const char *first = NULL;

	for (unsigned i = 0; i < w->n; i++) {
		const char *shown = quiet_deeds(w, i)->chat;

		if (!w->host[i].up) {
			continue;
		}
		first = first ? first : shown;
		assert_string_equal(shown, first);
		for (int k = 0; k < 40; k++) { /* each own line is there, once */
			char text[5] = {(char)('a' + i), (char)('0' + k / 10), (char)('0' + k % 10),
					'\n', 0};
			const char *at = strstr(first, text);

			assert_non_null(at);
			assert_null(strstr(at + 1, text));
		}
	}
}

/* Its cable is pulled while it leads.  @n_lines are said there meanwhile, one by one. */
static void talk_on_an_island(struct world *w, unsigned m, unsigned n_lines, const char *others)
{
	quiet_isolate(w, m);
	quiet_run(w, 15);
	assert_true(world_status(w, m).island);
	for (unsigned k = 0; k < n_lines; k++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "i%02u", k);
		assert_int_equal(quiet_chat(w, m, text), ORDER_OK);
		quiet_run(w, 0.01);
	}
	assert_non_null(strstr(quiet_deeds(w, m)->chat, "i00\n")); /* shown where it was said */
	if (others) {						   /* say this */
		assert_int_equal(quiet_chat(w, (m + 1) % w->n, others), ORDER_OK);
		quiet_run(w, 1);
	}
	quiet_rejoin(w, m);
	quiet_run(w, 20);
}

/* Each host has shown each of these lines, once. */
static void assert_shown_by_all(struct world *w, const char *const *line, unsigned n)
{
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < n; k++) {
			const char *at = strstr(quiet_deeds(w, i)->chat, line[k]);

			if (!at || strstr(at + 1, line[k])) {
				fail_msg("h%u: \"%.*s\" is not shown once", i,
					 (int)strcspn(line[k], "\n"), line[k]);
			}
		}
	}
}

static void what_was_said_on_a_cut_off_master_reaches_all_when_it_is_back(void **state)
{
	struct world *w = *state;
	const char *const lines[] = {"before\n", "i00\n",	 "i01\n",
				     "i69\n",	 "other side\n", "after\n"};

	quiet_begin_under_0(w, 20);
	assert_int_equal(quiet_chat(w, 0, "before"), ORDER_OK);
	quiet_run(w, 1);
	talk_on_an_island(w, 0, 70, "other side");
	assert_false(world_status(w, 0).island);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_CHAT_CUT], 1); /* it is told */
	assert_shown_by_all(w, lines, sizeof(lines) / sizeof(lines[0]) - 1);
	assert_int_equal(quiet_chat(w, 0, "after"), ORDER_OK);
	quiet_run(w, 5);
	assert_shown_by_all(w, lines, sizeof(lines) / sizeof(lines[0]));
}

/* Nothing else calls for a post, nor shows that the island's log lost. */
static void it_does_so_too_when_the_others_said_nothing(void **state)
{
	struct world *w = *state;
	const char *const lines[] = {"i00\n", "i01\n"};

	quiet_begin_under_0(w, 20);
	talk_on_an_island(w, 0, 2, NULL);
	assert_shown_by_all(w, lines, sizeof(lines) / sizeof(lines[0]));
}

/* Say @text until it is refused; returns how often it was taken. */
static unsigned say_all(struct world *w, unsigned i, const char *text)
{
	unsigned n = 0;

	while (quiet_chat(w, i, text) == ORDER_OK) {
		n++;
		quiet_run(w, 0.003);
		assert_true(n < 2 * CHAT_OWN_LINES);
	}
	assert_int_equal(quiet_chat(w, i, text), ORDER_CHAT_FULL);
	return n;
}

static unsigned count_shown(struct world *w, unsigned i, char c)
{
	unsigned n = 0;

	for (const char *at = quiet_deeds(w, i)->chat; *at; at++) {
		n += *at == c;
	}
	return n;
}

/* Hosts 0 and 1 are apart from the others; then not. */
static void cut_pair(struct world *w, bool cut)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->net.cut[i] = cut ? (i < 2 ? UINT64_C(0x1c) : UINT64_C(3)) : 0;
	}
}

/* Neither a master nor its member takes what it could not keep until the group is whole. */
static void an_island_takes_no_more_than_it_can_say_again(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	assert_int_equal(quiet_chat(w, 0, "b"), ORDER_OK);
	assert_int_equal(quiet_chat(w, 1, "b"), ORDER_OK);
	quiet_run(w, 2);
	cut_pair(w, true);
	quiet_run(w, 15);
	assert_true(world_status(w, 1).island);
	assert_int_equal(say_all(w, 0, "x"), CHAT_OWN_LINES);
	assert_int_equal(say_all(w, 1, "y"), CHAT_OWN_LINES);
	cut_pair(w, false);
	while (world_status(w, 1).island) {
		quiet_run(w, 0.01);
	}
	quiet_run(w, 2); /* each post as soon as the one before is in the log */
	assert_int_equal(count_shown(w, 4, 'y'), CHAT_OWN_LINES);
	quiet_run(w, 28);
	assert_int_equal(quiet_chat(w, 1, "z"), ORDER_OK);
	quiet_run(w, 2);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(count_shown(w, i, 'b'), 2);
		assert_int_equal(count_shown(w, i, 'x'), CHAT_OWN_LINES);
		assert_int_equal(count_shown(w, i, 'y'), CHAT_OWN_LINES);
		assert_int_equal(count_shown(w, i, 'z'), 1);
	}
}

/* Hosts 0 and 1 said hundreds of lines apart; then both masters die, and whoever is elected has
 * to take these lines over from host 1.  (That the packets do not become more and more,
 * quiet_run() sees.) */
static void a_new_master_takes_over_hundreds_of_lines(void **state)
{
	struct world *w = *state;

	w->host[3].config.priority = 140;
	quiet_begin_under_0(w, 20);
	cut_pair(w, true);
	quiet_run(w, 15);
	int other = world_master(w, 0);

	for (unsigned i = 2; i < w->n; i++) {
		if (world_status(w, i).role == ROLE_MASTER) {
			other = (int)i;
		}
	}
	assert_true(other >= 2);
	(void)say_all(w, 0, "x");
	host_crash(w, 0);
	host_crash(w, (unsigned)other);
	cut_pair(w, false);
	quiet_run(w, 30);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(count_shown(w, i, 'x'), w->host[i].up ? CHAT_OWN_LINES : 0);
	}
}

/* P22: the log goes on where it was, on those who stayed and on those who came back. */
static void the_chat_survives_the_restart_of_a_majority(void **state)
{
	struct world *w = begun(state, 20);
	uint64_t last;

	for (unsigned k = 0; k < 30; k++) {
		assert_int_equal(quiet_chat(w, k % 5, "a"), ORDER_OK);
		quiet_run(w, 0.1);
	}
	quiet_run(w, 2);
	last = world_status(w, 4).chat_stable;
	assert_int_equal(last, 30);
	for (unsigned i = 0; i < w->n; i++) { /* three of five, or the master and all but one */
		if (i < 3 || world_status(w, i).role == ROLE_MASTER) {
			host_crash(w, i);
		}
	}
	quiet_run(w, 1);
	for (unsigned i = 0; i < w->n; i++) {
		if (!w->host[i].up) {
			host_boot(w, i);
			assert_int_equal(world_status(w, i).chat_stable, 30);
			assert_non_null(node_chat_line(w->host[i].node, 1));
		}
	}
	quiet_run(w, 20);
	assert_int_equal(quiet_chat(w, 0, "b"), ORDER_OK);
	assert_int_equal(quiet_chat(w, 4, "b"), ORDER_OK);
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).chat_stable, last + 2);
		assert_int_equal(count_shown(w, i, 'a'), 30); /* nobody shows them again */
		assert_int_equal(count_shown(w, i, 'b'), 2);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_CHAT_CUT], 0);
	}
}

/* Host @i, whose daemon keeps to no pace, says "x" each millisecond. */
static void flood(struct world *w, unsigned i, double seconds)
{
	for (unsigned k = 0; k < seconds * 1000; k++) {
		w->host[i].node->chat.own = (struct chat_pace){0};
		(void)quiet_chat(w, i, "x");
		quiet_run(w, 0.001);
	}
}

/* T17: one identity had 6800 lines shown in 10 s. */
static void one_host_fills_nobodys_screen(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	flood(w, 1, 10);
	for (unsigned i = 0; i < w->n; i++) {
		assert_in_range(count_shown(w, i, 'x'), CHAT_OWN_LINES,
				CHAT_OWN_LINES + 11 * CHAT_PER_S);
	}
	assert_in_range(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED], 1, 2);
	assert_int_equal(quiet_chat(w, 3, "y"), ORDER_OK); /* the others are heard meanwhile */
	quiet_run(w, 1);
	assert_int_equal(count_shown(w, 2, 'y'), 1);
	/* Who keeps to the pace waits by himself, and loses nothing. */
	while (quiet_chat(w, 4, "z") == ORDER_OK) {
		quiet_run(w, 0.003);
		assert_true(count_shown(w, 2, 'z') < 2 * CHAT_OWN_LINES);
	}
	quiet_run(w, 2);
	assert_in_range(count_shown(w, 2, 'z'), CHAT_OWN_LINES, CHAT_OWN_LINES + 5 * CHAT_PER_S);
	assert_int_equal(quiet_chat(w, 4, "z"), ORDER_OK);
}

/* T17 on a machine so busy that its master lost the lease: 1086 lines in 10 s. */
static void nor_does_it_under_one_master_after_another(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	flood(w, 2, 5);
	host_crash(w, 0);
	flood(w, 2, 10);
	assert_int_equal(world_master(w, 0), 1);
	for (unsigned i = 3; i < w->n; i++) {
		assert_in_range(count_shown(w, i, 'x'), CHAT_OWN_LINES,
				CHAT_OWN_LINES + 16 * CHAT_PER_S);
	}
}

/* Whoever copies a whole log at once, and leads next, has counted no more than one may say at once:
 * who said all of it is heard. */
static void a_long_log_silences_nobody_under_the_next_master(void **state)
{
	struct world *w = *state;

	w->host[2].config.priority = w->host[4].config.priority = 0;
	quiet_begin_under_0(w, 20);
	host_crash(w, 3);
	flood(w, 2, 20);
	quiet_run(w, 80); /* what waits is shown, too */
	assert_true(count_shown(w, 4, 'x') > 2 * CHAT_OWN_LINES);
	host_boot(w, 3);
	quiet_run(w, 20);
	host_crash(w, 0);
	host_crash(w, 1);
	quiet_run(w, 20);
	assert_int_equal(world_master(w, 0), 3);
	assert_int_equal(quiet_chat(w, 2, "y"), ORDER_OK);
	quiet_run(w, 2);
	assert_int_equal(count_shown(w, 4, 'y'), 1);
}

/* A master has no master that would hold it: its members do. */
static void a_master_copies_no_more_than_members_take(void **state)
{
	struct world *w = *state;
	const int64_t used_ns = (CHAT_LOG_LINES - 10) * (NS_PER_S / CHAT_COPIED_PER_S);

	quiet_begin_under_0(w, 20);
	for (unsigned i = 1; i < w->n; i++) {
		struct node *n = w->host[i].node;

		n->chat.copied.next = mono_add(n->step.now, used_ns);
	}
	flood(w, 0, 0.5);
	/* What was left, and 200 lines a second since its last step, at most a second before. */
	assert_in_range(count_shown(w, 2, 'x'), 10, 20 + 3 * CHAT_COPIED_PER_S / 2);
	assert_int_equal(quiet_deeds(w, 2)->n_notice[NOTICE_LIMIT_TRIPPED], 1);
	quiet_run(w, 20);
	assert_int_equal(count_shown(w, 2, 'x'), 500); /* they waited */
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(chat_lines_come_once_and_in_one_order),
		T(chat_survives_the_master),
		T(one_host_fills_nobodys_screen),
		T(nor_does_it_under_one_master_after_another),
		T(a_long_log_silences_nobody_under_the_next_master),
		T(a_master_copies_no_more_than_members_take),
		T(the_chat_survives_the_restart_of_a_majority),
		T(a_new_master_takes_over_hundreds_of_lines),
		T(an_island_takes_no_more_than_it_can_say_again),
		T(what_was_said_on_a_cut_off_master_reaches_all_when_it_is_back),
		T(it_does_so_too_when_the_others_said_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
