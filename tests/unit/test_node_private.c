/* test_node_private.c - lines of the chat for one host alone, among whole nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/node/private.h"
#include "core/node/state.h"
#include "core/node/table.h"
#include "tests/world/quiet.h"

static node_id id_of(const struct world *w, unsigned i)
{
	return world_status(w, i).id;
}

static enum order_verdict say(struct world *w, unsigned from, unsigned to, const char *text)
{
	return host_order(w, from, ORDER_PRIVATE, id_of(w, to), text, strlen(text));
}

static struct peer *peer_of(const struct world *w, unsigned i, unsigned of)
{
	return peer_find(w->host[i].node, id_of(w, of));
}

/* Nobody but @to has shown a line, and nobody has it in the log. */
static void assert_shown_to(const struct world *w, unsigned to, const char *lines)
{
	for (unsigned i = 0; i < w->n; i++) {
		assert_string_equal(quiet_deeds(w, i)->private, i == to ? lines : "");
		assert_string_equal(quiet_deeds(w, i)->chat, "");
		assert_int_equal(world_status(w, i).chat_last, 0);
	}
}

static unsigned n_done(const struct world *w, unsigned i, enum private_outcome outcome)
{
	return quiet_deeds(w, i)->n_done[outcome];
}

/* Members, which do not poll each other; from the master; to the master. */
static void a_private_line_is_shown_by_its_addressee_alone(void **state)
{
	static const unsigned pair[][2] = {{2, 3}, {0, 3}, {2, 0}};
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	for (unsigned k = 0; k < 3; k++) {
		const unsigned from = pair[k][0], to = pair[k][1];

		assert_int_equal(say(w, from, to, "to you"), ORDER_SENT);
		quiet_run(w, 0.01);
		assert_shown_to(w, to, "to you\n");
		assert_int_equal(quiet_deeds(w, to)->private_from, id_of(w, from));
		assert_int_equal(n_done(w, from, PRIVATE_SHOWN), 1);
		quiet_run(w, 6); /* it is not repeated any more */
		assert_shown_to(w, to, "to you\n");
		quiet_deeds(w, to)->private[0] = '\0';
		memset(quiet_deeds(w, from)->n_done, 0, sizeof(quiet_deeds(w, from)->n_done));
	}
}

static void forget_session(struct world *w, unsigned i, unsigned of)
{
	struct peer *p = peer_of(w, i, of);

	memset(&p->session.now, 0, sizeof(p->session.now));
	memset(&p->session.before, 0, sizeof(p->session.before));
	memset(&p->session.next, 0, sizeof(p->session.next));
	assert_false(session_can_send(&p->session));
}

/* However long it was not answered there: whoever types does not wait for that. */
static void members_without_a_session_make_one_for_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	forget_session(w, 2, 3);
	forget_session(w, 3, 2);
	for (size_t k = 0; k < w->host[2].node->store.n_contacts; k++) {
		struct contact *c = &w->host[2].node->store.contacts[k];

		c->next_try = mono_add(w->host[2].node->step.now, 30 * NS_PER_S);
	}
	assert_int_equal(say(w, 2, 3, "hello"), ORDER_SENT);
	quiet_run(w, 0.1); /* nor for the next repeat, once there is one */
	assert_shown_to(w, 3, "hello\n");
	assert_int_equal(n_done(w, 2, PRIVATE_SHOWN), 1);
}

/* Each knows the master alone, and where the others are by its word.  One that is started again,
 * and has lost its table, has no keys and calls nobody else. */
static void hosts_that_know_only_the_master_find_each_other(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].contacts = 1;
		w->host[i].config.discovery = false;
	}
	quiet_begin_under_0(w, 20);
	assert_false(session_can_send(&peer_of(w, 2, 3)->session));
	assert_int_equal(say(w, 2, 3, "hello"), ORDER_SENT);
	quiet_run(w, 0.1);
	assert_shown_to(w, 3, "hello\n");
	host_crash(w, 3);
	w->host[3].disk.n_row = 0;
	host_boot(w, 3);
	quiet_run(w, 20);
	assert_int_equal(say(w, 2, 3, "again"), ORDER_SENT);
	quiet_run(w, 5);
	assert_shown_to(w, 3, "hello\nagain\n");
	assert_int_equal(n_done(w, 2, PRIVATE_SHOWN), 2);
}

/* A third of all packets is lost: the line or its answer come again, and each is shown once. */
static void what_is_lost_is_repeated_and_shown_once(void **state)
{
	struct world *w = *state;
	char all[4096] = "";

	quiet_begin_under_0(w, 20);
	w->net.loss = 0.33;
	for (unsigned k = 0; k < 20; k++) {
		char text[2] = {(char)('a' + k), 0};

		assert_int_equal(say(w, 2, 3, text), ORDER_SENT);
		quiet_run(w, 6);
		strcat(strcat(all, text), "\n");
	}
	w->net.loss = 0;
	assert_in_range(n_done(w, 2, PRIVATE_SHOWN), 19, 20);
	assert_int_equal(n_done(w, 2, PRIVATE_SHOWN) + n_done(w, 2, PRIVATE_SILENT), 20);
	assert_string_equal(quiet_deeds(w, 3)->private, all);
}

static void who_is_unknown_or_away_gets_none(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	assert_int_equal(host_order(w, 2, ORDER_PRIVATE, 4711, "x", 1), ORDER_NO_SUCH_PEER);
	assert_int_equal(say(w, 2, 2, "to myself"), ORDER_NO_SUCH_PEER);
	assert_int_equal(say(w, 2, 3, "\xff"), ORDER_BAD_TEXT);
	assert_int_equal(say(w, 2, 3, ""), ORDER_BAD_TEXT);
	host_crash(w, 3);
	quiet_run(w, 30);
	assert_int_equal(say(w, 2, 3, "too late"), ORDER_ABSENT);
	assert_int_equal(say(w, 2, 4, "in time"), ORDER_SENT); /* nothing is left of those */
	quiet_run(w, 1);
	assert_shown_to(w, 4, "in time\n");
}

/* Nobody would see it, and it is kept nowhere: so its sender is told. */
static void where_nobody_follows_the_chat_it_is_not_shown(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	w->host[3].chat_unread = true;
	assert_int_equal(say(w, 2, 3, "anybody?"), ORDER_SENT);
	quiet_run(w, 1);
	assert_int_equal(n_done(w, 2, PRIVATE_UNREAD), 1);
	assert_shown_to(w, 3, "");
	w->host[3].chat_unread = false;
	assert_int_equal(say(w, 2, 3, "now?"), ORDER_SENT);
	quiet_run(w, 1);
	assert_shown_to(w, 3, "now?\n");
}

/* It dies, or says goodbye, before it has answered. */
static void an_addressee_that_leaves_meanwhile_is_told(void **state)
{
	struct world *w = *state;
	struct node_event bye = {.type = EV_STOP};

	quiet_begin_under_0(w, 20);
	host_crash(w, 3);
	assert_int_equal(say(w, 2, 3, "are you there?"), ORDER_SENT);
	quiet_run(w, 4);
	assert_int_equal(n_done(w, 2, PRIVATE_SILENT), 0);
	quiet_run(w, 1.5);
	assert_int_equal(n_done(w, 2, PRIVATE_SILENT), 1);
	w->net.cut[2] |= UINT64_C(1) << 4; /* the line is lost, and its goodbye is not */
	assert_int_equal(say(w, 2, 4, "and you?"), ORDER_SENT);
	quiet_run(w, 0.1);
	assert_int_equal(say(w, 2, 1, "wait"), ORDER_CHAT_FULL); /* one at a time */
	host_event(w, 4, &bye);
	quiet_run(w, 1);
	assert_int_equal(n_done(w, 2, PRIVATE_SILENT), 2); /* at once */
}

/* Whose daemon keeps to no pace is held by the addressee; who keeps to it waits by himself. */
static void one_host_fills_nobodys_screen_alone(void **state)
{
	struct world *w = *state;
	unsigned n_taken = 0;

	quiet_begin_under_0(w, 20);
	for (unsigned k = 0; k < 2 * PRIVATE_LINES; k++) {
		n_taken += say(w, 4, 3, "y") == ORDER_SENT;
		quiet_run(w, 0.002);
	}
	assert_in_range(n_taken, PRIVATE_LINES, PRIVATE_LINES + 2);
	assert_int_equal(n_done(w, 4, PRIVATE_SHOWN), n_taken);
	for (unsigned k = 0; k < 2 * PRIVATE_LINES; k++) {
		w->host[2].node->chat.private.pace = (struct chat_pace){0};
		assert_int_equal(say(w, 2, 3, "x"), ORDER_SENT);
		quiet_run(w, 0.002);
	}
	assert_in_range(n_done(w, 2, PRIVATE_SHOWN), PRIVATE_LINES, PRIVATE_LINES + 2);
	assert_int_equal(n_done(w, 2, PRIVATE_SHOWN) + n_done(w, 2, PRIVATE_FULL),
			 2 * PRIVATE_LINES);
	assert_int_equal(quiet_deeds(w, 3)->n_limit[LIMIT_CHAT], 1);
	quiet_run(w, 1);
	assert_int_equal(say(w, 2, 3, "z"), ORDER_SENT);
	quiet_run(w, 0.1);
	assert_non_null(strchr(quiet_deeds(w, 3)->private, 'z'));
}

/* An answer to another line, or of another host, is none. */
static void only_the_addressee_answers(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	host_stop(w, 3);
	assert_int_equal(say(w, 2, 3, "well?"), ORDER_SENT);
	struct node *n = w->host[2].node;
	struct wire_msg answer = {.type = WIRE_PRIVATE_REPLY,
				  .private_reply = {n->chat.private.line.origin_seq,
						    PRIVATE_SHOWN}};

	assert_int_equal(private_deadline(n).ns, n->step.now.ns + NS_PER_S / 2);
	private_on_message(n, peer_of(w, 2, 4), &answer);
	assert_int_equal(n->chat.private.to, id_of(w, 3));
	answer.private_reply.origin_seq--;
	private_on_message(n, peer_of(w, 2, 3), &answer);
	assert_int_equal(n->chat.private.to, id_of(w, 3));
	host_continue(w, 3);
	quiet_run(w, 1);
	assert_shown_to(w, 3, "well?\n");
}

/* A packet that was long under way shows nothing a second time. */
static void a_line_that_comes_late_is_not_shown_again(void **state)
{
	struct world *w = *state;
	struct wire_msg late = {.type = WIRE_PRIVATE};

	quiet_begin_under_0(w, 20);
	assert_int_equal(say(w, 2, 3, "one"), ORDER_SENT);
	quiet_run(w, 0.1);
	late.private_line = w->host[2].node->chat.private.line;
	assert_int_equal(say(w, 2, 3, "two"), ORDER_SENT);
	quiet_run(w, 0.1);
	private_on_message(w->host[3].node, peer_of(w, 3, 2), &late); /* no step: it may not act */
	assert_shown_to(w, 3, "one\ntwo\n");
}

/* The numbers of its next life are others, and count anew. */
static void a_host_that_was_started_again_is_heard(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 20);
	for (unsigned k = 0; k < 4; k++) {
		assert_int_equal(say(w, 2, 3, "hello"), ORDER_SENT);
		quiet_run(w, 0.1);
		host_crash(w, 2);
		host_boot(w, 2);
		quiet_run(w, 20);
	}
	assert_shown_to(w, 3, "hello\nhello\nhello\nhello\n");
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_private_line_is_shown_by_its_addressee_alone),
		T(members_without_a_session_make_one_for_it),
		T(hosts_that_know_only_the_master_find_each_other),
		T(what_is_lost_is_repeated_and_shown_once),
		T(who_is_unknown_or_away_gets_none),
		T(where_nobody_follows_the_chat_it_is_not_shown),
		T(an_addressee_that_leaves_meanwhile_is_told),
		T(one_host_fills_nobodys_screen_alone),
		T(only_the_addressee_answers),
		T(a_line_that_comes_late_is_not_shown_again),
		T(a_host_that_was_started_again_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
