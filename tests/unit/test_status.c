/* test_status.c - what somebody reads who is woken at night: is this clock right, with whom, what is
 * wrong, and what is to be done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "berkctl/check.h"
#include "berkctl/legend.h"
#include "berkctl/member.h"
#include "tests/unit/command.h"
#include "tests/unit/screens.h"
#include "tests/world/node.h"

#define ROWS 24 /* of a terminal */

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		n += *text == '\n';
	}
	return n;
}

static size_t widest_line(const char *text)
{
	size_t widest = 0;

	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		widest = n > widest ? n : widest;
	}
	return widest;
}

/* --- The status --- */

static void status_says_that_nothing_is_wrong_and_with_whom_it_is(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);

	list(t, &e);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "n is member, synchronised: within ");
	assert_shows(t, " of group time\n  no problem\n  group        2 hosts");
	assert_shows(t, "\n  with         other\n");
	assert_hides(t, "missing");
	assert_hides(t, "PROBLEM");
}

static void status_of_an_open_group_fits_a_terminal(void **state)
{
	struct screens *t = *state;
	struct node_config c = t->reign.stage.config;

	c.open_group = true;
	node_reconfigure(t->reign.stage.node, &c);
	command_columns = 80;
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	command_columns = 0;
	assert_true(widest_line(t->text) <= 80);
	assert_shows(t, "\n               `berkctl keygen /etc/berkd/group.key`\n");
}

static void status_names_who_is_missing(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);

	e.state = MEMBER_SILENT;
	list(t, &e);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "\n  with         nobody\n");
	assert_shows(t, "\n  missing      other (silent)\n");
}

static void configure_strangers(struct screens *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct config_peer *p = &t->config.peers[t->config.n_peers++];

		snprintf(p->text, sizeof(p->text), "stranger%zu", t->config.n_peers - 1);
	}
}

/* What check says, as much as fits one screen. */
static void status_says_what_is_wrong_and_what_to_do(void **state)
{
	struct screens *t = *state;

	configure_strangers(t, 3);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "\n  PROBLEM      peer stranger0, no-address: its name has no address; ");
	assert_shows(t, "\n  PROBLEM      peer stranger2, ");
	assert_hides(t, "no problem");
	assert_hides(t, " more");
	configure_strangers(t, 2);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "\n               and 2 more: berkctl check\n");
	assert_hides(t, "stranger3");
	command_columns = 80;
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	command_columns = 0;
	assert_true(widest_line(t->text) <= 80);
	assert_true(count_lines(t->text) < ROWS);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "PROBLEM: peer stranger4, no-address: its name has no address; see peers");
}

/* The first line answers, and what stands below it can be typed. */
static void without_a_daemon_status_says_so_and_how_to_start_it(void **state)
{
	struct screens *t = *state;
	char path[sizeof(t->config.control_path)];

	memcpy(path, t->config.control_path, sizeof(path));
	snprintf(t->config.control_path, sizeof(path), "/nonexistent/control");
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_UNREACHABLE);
	memcpy(t->config.control_path, path, sizeof(path));
	assert_ptr_equal(strstr(t->text,
				"berkctl: berkd does not run here (/nonexistent/control: "),
			 t->text);
	assert_shows(t, "Start it: systemctl start berkd\n");
	assert_shows(t, "journalctl -u berkd -n 50\n");
}

static int tell_remedy(const struct ctl *ctl)
{
	(void)ctl;
	legend_tell(stdout, "it is gone; see `berkctl members --all`, or look at the cable", 0, 4);
	return CTL_OK;
}

/* A command is there to be copied; and who searches a pipe finds what he looks for. */
static void command_is_not_broken_at_the_end_of_a_line(void **state)
{
	struct screens *t = *state;

	command_columns = 30;
	assert_int_equal(run(t, tell_remedy, plain, NULL), CTL_OK);
	assert_string_equal(t->text, " it is gone; see\n    `berkctl members --all`,\n"
				     "    or look at the cable\n");
	command_columns = 10; /* no room, and none to be gained */
	assert_int_equal(run(t, tell_remedy, plain, NULL), CTL_OK);
	assert_shows(t, "\n    `berkctl members --all`,\n    or\n");
	command_columns = 0;
	assert_int_equal(run(t, tell_remedy, plain, NULL), CTL_OK);
	assert_string_equal(t->text, " it is gone; see `berkctl members --all`, or look at the "
				     "cable\n");
}

/* --- Why --- */

/* The words of the daemon stand for any host; what is typed is of this one, and there. */
static void why_gives_a_command_that_can_be_typed(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	char other[] = "other", *host[] = {other};
	struct ctl why = plain;

	why.argc = 1;
	why.argv = host;
	e.reason = REASON_OPERATOR;
	list(t, &e);
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_shows(t, "other does not count: operator\n  Was excluded by an operator.  To take "
			"it in again, run `berkctl include other`.\n");
	command_columns = 40;
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	command_columns = 0;
	assert_shows(t, "\n  Was excluded by an operator. To take\n  it in again, run\n"
			"  `berkctl include other`.\n");
	why.json = true;
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_shows(t, "To take it in again, run `berkctl include HOST`.");
	assert_hides(t, "master_name");
	host[0] = (char[]){"nobody"};
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_FAILED);
	assert_shows(t, "no host \"nobody\" is known; see: berkctl members --all");
}

static void a_name_may_hold_the_word_that_stands_for_it(void **state)
{
	json_t *answer = json_pack("{s:b,s:s,s:s,s:s,s:{s:s,s:s,s:s}}", "counts", false,
				   "master_name", "alpha", "lack_text", "it is alone", "text",
				   "See on the master: berkctl forget HOST, and HOST.", "member",
				   "name", "HOST-HOST", "state", "unseen", "reason", "none");
	char text[512] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	member_print_why(to, false, answer);
	fclose(to);
	assert_non_null(strstr(
		text, "\n  See on the master (alpha): berkctl forget HOST-HOST, and HOST-HOST.\n"));
	assert_non_null(strstr(text, "\n  this clock is not synchronised: it is alone\n"));
	json_decref(answer);
}

/* As a part of the sentence that the daemon has given. */
static void the_place_where_it_is_to_be_done_has_its_name(void **state)
{
	json_t *answer = json_pack("{s:b,s:s,s:s,s:{s:s,s:s,s:s}}", "counts", false, "master_name",
				   "alpha", "text", reason_remedy(REASON_NEWCOMER), "member",
				   "name", "beta", "state", "settled", "reason", "newcomer");
	char text[512] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	member_print_why(to, false, answer);
	fclose(to);
	assert_non_null(strstr(text, "\n  wait for a minute; if it stays so, see on the master "
				     "(alpha) what REACH and DELAY are: `berkctl members -v`\n"));
	json_decref(answer);
}

/* It is not only not averaged. */
static void why_of_this_host_says_what_its_clock_lacks(void **state)
{
	struct screens *t = *state;
	struct node_event slept = {.type = EV_CLOCK_STEPPED, .stepped.suspend_ns = 60 * NS_PER_S};
	char self[] = "n", *host[] = {self};
	struct ctl why = plain;

	why.argc = 1;
	why.argv = host;
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_hides(t, "not synchronised");
	stage_event(&t->reign.stage, &slept);
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_shows(t,
		     "\n  this clock is not synchronised: its master has not corrected it yet; ");
	assert_shows(t, "\n  clock       ");
}

/* --- All hosts --- */

static void members_in_full_are_a_block_a_host_where_it_is_narrow(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	struct ctl verbose = plain;

	verbose.verbose = true;
	list(t, &e);
	command_columns = 70; /* the public key is wider, with the name before it */
	assert_int_equal(run(t, cmd_members, verbose, NULL), CTL_OK);
	command_columns = 0;
	assert_shows(t, "\n other\n  ROLE        member\n");
	assert_hides(t, "HOST");
	assert_hides(t, "\n\n");
	const char *at = strstr(t->text, "\n other\n");

	assert_non_null(strstr(at, "\n  PUBLIC KEY  "));
	assert_null(strstr(at + 1, "\n other\n"));
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_shows(t, "\nAs measured by the master, ");
}

static void trimmed_host_has_a_weight_of_nothing(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);

	e.weight = 0;
	list(t, &e);
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_hides(t, " 0 %");
	e.reason = REASON_TRIMMED;
	list(t, &e);
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_shows(t, "     0 %  \n");
}

/* --- The findings --- */

static const char *finding(const json_t *findings, size_t i)
{
	const char *text = json_string_value(json_array_get(findings, i));

	return text ? text : "";
}

/* What follows from being alone is not said besides. */
static void who_is_alone_has_one_problem(void **state)
{
	json_t *s =
		json_pack("{s:b,s:s,s:s,s:b,s:i,s:i}", "synced", false, "lack", "company",
			  "lack_text", "it is alone", "island", true, "n_alive", 1, "n_table", 1);
	json_t *alone = check_findings(s, NULL, NULL);

	(void)state;
	assert_int_equal(json_array_size(alone), 1);
	assert_string_equal(finding(alone, 0), "this clock is not synchronised: it is alone");
	(void)json_object_set_new(s, "lack", json_string("line"));
	json_t *led_by_nobody = check_findings(s, NULL, NULL);

	assert_int_equal(json_array_size(led_by_nobody), 3);
	assert_non_null(strstr(finding(led_by_nobody, 0), "this clock is not synchronised"));
	assert_non_null(strstr(finding(led_by_nobody, 1), "there is no master"));
	(void)json_object_set_new(s, "synced", json_true());
	(void)json_object_set_new(s, "date_confirmed", json_true());
	(void)json_object_set_new(s, "island", json_false());
	json_t *unbounded = check_findings(s, NULL, NULL);

	assert_string_equal(finding(unbounded, 1),
			    "the bound of this clock is not known; see `berkctl doctor`");
	json_decref(unbounded);
	json_decref(led_by_nobody);
	json_decref(alone);
	json_decref(s);
}

/* A clock that is not on group time is far off, and does not count: that is one problem. */
static void who_is_not_synchronised_is_not_told_of_again(void **state)
{
	json_t *s = json_pack("{s:b,s:b,s:s,s:s,s:s,s:i,s:i}", "synced", false, "date_confirmed",
			      true, "lack", "key", "lack_text", "why", "master", "12", "bound_ns",
			      1000, "max_skew_ns", 10);
	json_t *members = json_pack("[{s:s,s:b,s:s,s:s,s:b}]", "name", "beta", "self", true,
				    "state", "new", "reason", "refuses", "exact", true);
	json_t *lacking = check_findings(s, members, NULL);

	(void)state;
	assert_int_equal(json_array_size(lacking), 1);
	assert_string_equal(finding(lacking, 0), "this clock is not synchronised: why");
	(void)json_object_set_new(s, "synced", json_true());
	json_t *synced = check_findings(s, members, NULL);

	assert_int_equal(json_array_size(synced), 2);
	assert_non_null(strstr(finding(synced, 0), "the bound of this clock, 1.00 us, is beyond"));
	assert_non_null(strstr(finding(synced, 1), "beta does not count (refuses): takes no"));
	json_decref(synced);
	json_decref(lacking);
	json_decref(members);
	json_decref(s);
}

static json_t *refused(const char *address, const char *reason, int64_t ago)
{
	return json_pack("{s:s,s:s,s:s,s:I}", "address", address, "reason", reason, "text", "why",
			 "last_ago_ns", (json_int_t)ago);
}

/* A host calls from each of its addresses. */
static void whoever_is_refused_for_one_reason_is_one_problem(void **state)
{
	json_t *s = json_pack("{s:b,s:b,s:s,s:i}", "synced", true, "date_confirmed", true, "master",
			      "12", "bound_ns", 1);
	json_t *knocks = json_pack("{s:[],s:[o,o,o,o,o,o,o]}", "peers", "refused",
				   refused("9.9.9.9:1", "other-key", INT64_MAX),
				   refused("1.1.1.1:1", "other-key", 1),
				   refused("[fe80::1%2]:1", "other-version", 1),
				   refused("2.2.2.2:1", "other-key", 1),
				   refused("3.3.3.3:1", "other-key", 1),
				   refused("4.4.4.4:1", "other-key", 1),
				   refused("5.5.5.5:1", "other-key", 1));
	json_t *findings = check_findings(s, NULL, knocks);

	(void)state;
	assert_int_equal(json_array_size(findings), 2);
	assert_string_equal(finding(findings, 0),
			    "refused 1.1.1.1:1, 2.2.2.2:1, 3.3.3.3:1 and 2 more, other-key: why");
	assert_string_equal(finding(findings, 1), "refused [fe80::1%2]:1, other-version: why");
	json_decref(findings);
	json_decref(knocks);
	json_decref(s);
}

static void host_that_does_not_count_has_a_reason_in_words(void **state)
{
	json_t *s = json_pack("{s:b,s:b,s:s,s:i}", "synced", true, "date_confirmed", true, "master",
			      "12", "bound_ns", 1);
	json_t *members = json_pack("[{s:s,s:s,s:s,s:b}]", "name", "beta", "state", "settled",
				    "reason", "operator", "exact", true);
	json_t *findings = check_findings(s, members, NULL);

	(void)state;
	assert_string_equal(finding(findings, 0),
			    "beta does not count (operator): was excluded by an operator; see "
			    "`berkctl why beta`");
	json_decref(findings);
	json_decref(members);
	json_decref(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_screens, close_screens)
	const struct CMUnitTest tests[] = {
		TEST(status_says_that_nothing_is_wrong_and_with_whom_it_is),
		TEST(status_of_an_open_group_fits_a_terminal),
		TEST(status_names_who_is_missing),
		TEST(status_says_what_is_wrong_and_what_to_do),
		TEST(without_a_daemon_status_says_so_and_how_to_start_it),
		TEST(command_is_not_broken_at_the_end_of_a_line),
		TEST(why_gives_a_command_that_can_be_typed),
		TEST(why_of_this_host_says_what_its_clock_lacks),
		cmocka_unit_test(a_name_may_hold_the_word_that_stands_for_it),
		cmocka_unit_test(the_place_where_it_is_to_be_done_has_its_name),
		TEST(members_in_full_are_a_block_a_host_where_it_is_narrow),
		TEST(trimmed_host_has_a_weight_of_nothing),
		cmocka_unit_test(who_is_alone_has_one_problem),
		cmocka_unit_test(who_is_not_synchronised_is_not_told_of_again),
		cmocka_unit_test(whoever_is_refused_for_one_reason_is_one_problem),
		cmocka_unit_test(host_that_does_not_count_has_a_reason_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
