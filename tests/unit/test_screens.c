/* test_screens.c - what berkctl shows of a node: the real commands, over the real socket, of a
 * node on the stage that follows a puppet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <config.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berkctl/check.h"
#include "common/notice.h"
#include "core/wire/discover.h"
#include "tests/unit/command.h"
#include "tests/unit/screens.h"
#include "tests/world/node.h"

#define AHEAD_NS (2 * NS_PER_MS)

/* The number behind @key, and behind its labels, in the text. */
static double number(const struct screens *t, const char *key)
{
	const char *at = strstr(t->text, key);

	if (!at) {
		fail_msg("no \"%s\" in:\n%s", key, t->text);
	}
	at += strlen(key);
	return strtod(*at == '{' ? strchr(at, '}') + 1 : at, NULL);
}

/* The master finds the clock of the node @ahead_ns ahead of group time, and says so; there is no
 * time to slew it. */
static void find_clock_ahead(struct screens *t, int64_t ahead_ns)
{
	t->reign.wall_less_raw_ns -= ahead_ns;
	(void)reign_poll(&t->reign);
	struct wire_msg m = reign_correction(&t->reign);

	reign_say(&t->reign, &m);
}

/* --- One sign: a clock less group time --- */

static void clock_that_is_ahead_has_a_positive_offset_everywhere(void **state)
{
	struct screens *t = *state;
	struct ctl stream = plain;
	char text[256];

	find_clock_ahead(t, AHEAD_NS);
	struct node_status s = reign_status(&t->reign);

	assert_in_range(s.offset_ns, AHEAD_NS - NS_PER_US, AHEAD_NS + NS_PER_US);
	assert_in_range(t->corrected.correction.offset_ns, AHEAD_NS - NS_PER_US,
			AHEAD_NS + NS_PER_US);
	(void)notice_text(&t->corrected, "beta", text, sizeof(text));
	assert_non_null(strstr(text, "offset +"));

	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "2.00 ms ahead of group time");
	assert_int_equal(run(t, cmd_status, json(), NULL), CTL_OK);
	assert_true(number(t, "\"offset_ns\":") > AHEAD_NS / 2.0);
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_shows(t, "  +2.00 ms");
	assert_int_equal(run(t, cmd_members, json(), NULL), CTL_OK);
	assert_true(number(t, "\"offset_ns\":") > AHEAD_NS / 2.0);
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_shows(t, "\nberkd_up 1\n");
	assert_shows(t, "# HELP berkd_offset_seconds The clock less group time");
	assert_true(number(t, "\nberkd_offset_seconds ") > AHEAD_NS / 2e9);
	assert_true(number(t, "\nberkd_member_offset_seconds") > AHEAD_NS / 2e9);
	(void)run(t, cmd_monitor, plain, "offset");
	assert_shows(t, "offset +2.00 ms");
	stream.bound_ns = NS_PER_S;
	assert_int_equal(run(t, cmd_waitsync, stream, NULL), CTL_OK);
	assert_shows(t, "n is member, synchronised: within ");
}

static void clock_that_is_behind_is_said_to_be_behind(void **state)
{
	struct screens *t = *state;

	find_clock_ahead(t, -AHEAD_NS);
	assert_true(reign_status(&t->reign).offset_ns < -AHEAD_NS / 2);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "2.00 ms behind group time");
}

/* --- The wait --- */

/* The host slept: its master has to correct it anew. */
static void let_it_sleep(struct screens *t)
{
	struct node_event ev = {.type = EV_CLOCK_STEPPED, .stepped.suspend_ns = 60 * NS_PER_S};

	stage_event(&t->reign.stage, &ev);
}

static void wait_whose_time_is_up_says_what_is_missing(void **state)
{
	struct screens *t = *state;
	struct ctl wait = plain;

	wait.timeout_ns = 0;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_OK);
	wait.bound_ns = 1;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_TIMED_OUT);
	assert_shows(t, "berkctl: the time is up: it is synchronised, but its bound is ");
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_hides(t, "joined anew");
	let_it_sleep(t);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "  joined anew  0 ago: it was suspended\n");
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_TIMED_OUT);
	assert_shows(t, "berkctl: the time is up: its master has not corrected it yet; ");
}

static void wait_shows_what_is_missing_while_it_waits(void **state)
{
	struct screens *t = *state;

	let_it_sleep(t);
	(void)run(t, cmd_waitsync, plain, "waits, because");
	assert_shows(t, "  waits, because its master has not corrected it yet; ");
}

static void wait_is_over_when_so_many_are_here(void **state)
{
	struct screens *t = *state;
	struct ctl wait = plain;

	wait.timeout_ns = 0;
	wait.hosts = 9;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_TIMED_OUT);
	assert_shows(t, "the time is up: 2 of 9 hosts are here; see `berkctl members --all`");
	wait.hosts = 2;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_OK);
}

/* What is not given is as the configuration says, and what is given as it is given. */
static void wait_is_for_what_is_configured(void **state)
{
	struct screens *t = *state;
	struct ctl wait = plain;

	t->config.wait_hosts = 9;
	t->config.wait_timeout_ns = 0;
	t->config.wait_bound_ns = 1;
	wait.configured = true;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_TIMED_OUT);
	assert_shows(t, "2 of 9 hosts are here");
	wait.hosts = 2;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_TIMED_OUT);
	assert_shows(t, "not within 1 ns");
	wait.bound_ns = NS_PER_S;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_OK);
	wait.configured = false;
	wait.bound_ns = wait.hosts = -1;
	assert_int_equal(run(t, cmd_waitsync, wait, NULL), CTL_OK);
}

static void pass_time(struct screens *t)
{
	stage_hold(&t->reign.stage, 20 * NS_PER_MS);
}

/* One line of a terminal, written again and again, and never wider than that. */
static void wait_shows_on_a_terminal_how_far_it_is(void **state)
{
	struct screens *t = *state;
	struct ctl wait = plain;

	command_columns = 100;
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	wait.hosts = 9;
	wait.bound_ns = 1;
	(void)run(t, cmd_waitsync, wait, "[....................]");
	assert_shows(t, "  waits, because 2 of 9 hosts are here");
	assert_shows(t, "\r0 s: member, 2 of 9 hosts, bound ");
	assert_shows(t, ", wanted 1 ns [....................]");
	wait.bound_ns = NS_PER_S;
	(void)run(t, cmd_waitsync, wait, "[####################]");
	assert_shows(t, ", wanted 1.00 s [####################]");
	command_columns = 30;
	t->reloading = pass_time;
	(void)run(t, cmd_waitsync, wait, "hosts    \r"); /* no half of a figure */
	assert_shows(t, "\r0 s: member, 2 of 9 hosts    \r");
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	(void)run(t, cmd_waitsync, wait, "see `berkctl members --all`");
	assert_hides(t, "\r");
	command_columns = 0;
}

/* The master is silent, so the bound grows; and then it corrects this host again. */
static void come_back(struct screens *t)
{
	stage_hold(&t->reign.stage, 20 * NS_PER_MS);
	if (strchr(t->text, '[') && reign_poll(&t->reign)) {
		const struct wire_msg m = reign_correction(&t->reign);

		reign_say(&t->reign, &m);
	}
}

static void wait_shows_how_far_the_bound_has_come(void **state)
{
	struct screens *t = *state;
	struct ctl wait = plain;

	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	stage_hold(&t->reign.stage, 1000 * NS_PER_S);
	wait.bound_ns = 10 * NS_PER_US;
	t->reloading = come_back;
	command_columns = 100;
	(void)run(t, cmd_waitsync, wait, "[#");
	command_columns = 0;
	assert_shows(t, ", wanted 10.0 us [....................]");
	assert_shows(t, ", wanted 10.0 us [###################.]");
}

/* --- Who is missing, and who knocks --- */

static struct ctl all(void)
{
	struct ctl c = plain;

	c.all = true;
	return c;
}

/* A peer of that name in the configuration, at 10.0.0.@host, and at a second address of which
 * nothing is known. */
static const struct addr *configure_peer(struct screens *t, const char *name, uint8_t host)
{
	struct config_peer *p = &t->config.peers[t->config.n_peers++];

	snprintf(p->text, sizeof(p->text), "%s", name);
	p->n_addr = 2;
	for (unsigned i = 0; i < 2; i++) {
		p->addr[i] = (struct addr){.ip = {[10] = 255, 255, 10, 0, (uint8_t)i, host},
					   .port = 5252};
		assert_true(node_add_contact(t->reign.stage.node, &p->addr[i], (int)i));
	}
	return &p->addr[0];
}

/* A HELLO, or a multicast, of another group from there. */
static void call_of_another_group(struct screens *t, const struct addr *from, bool multicast)
{
	static const uint8_t rnd[SESSION_RAND_LEN];
	uint8_t packet[WIRE_PACKET_MAX];
	struct node_event ev = {.type = EV_RX};
	struct trust other = t->reign.stage.puppet[1].trust;
	struct session session;

	other.group_key[0] ^= 1;
	session_init(&session, 1);
	ev.rx.data = packet;
	ev.rx.len = multicast ? discover_encode(&other, rnd, packet, sizeof(packet))
			      : session_hello(&session, &other, rnd, (mono_t){0}, packet,
					      sizeof(packet));
	ev.rx.from = *from;
	stage_event(&t->reign.stage, &ev);
}

static void status_says_when_the_group_is_open(void **state)
{
	struct screens *t = *state;
	struct node_config c = t->reign.stage.config;

	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_hides(t, "open group");
	c.open_group = true;
	node_reconfigure(t->reign.stage.node, &c);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, ", open group");
	assert_shows(t, "berkctl keygen /etc/berkd/group.key");
	assert_shows(t, "others may move this clock by 5.00 s in all until the next boot (0");
	c.insecure = true;
	node_reconfigure(t->reign.stage.node, &c);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, ", open group");
	assert_shows(t, "none, and insecure");
}

static void status_says_for_how_long_the_daemon_runs(void **state)
{
	struct screens *t = *state;

	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "\n  berkd        " PACKAGE_VERSION ", running for 0\n");
	reign_lead(&t->reign, 90, 0);
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, ", running for 90.0 s\n");
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_in_range(number(t, "\nberkd_uptime_seconds "), 90, 91);
}

static void check_names_each_peer_that_is_missing(void **state)
{
	struct screens *t = *state;

	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_OK);
	(void)configure_peer(t, "gamma", 3);
	snprintf(t->config.peers[t->config.n_peers++].text, 8, "delta");
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "PROBLEM: peer gamma (10.0.0.3:5252), never-met: it has never answered; ");
	assert_shows(t, "PROBLEM: peer delta, no-address: its name has no address; ");
	assert_int_equal(run(t, cmd_check, json(), NULL), CTL_FAILED);
	assert_shows(t, "\"healthy\": false");
	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_shows(t, "gamma");
	assert_shows(t, "never-met");
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_hides(t, "gamma");
}

/* Who may not stand for election stays with it, and its bound is good for minutes. */
static void check_names_a_master_that_is_silent(void **state)
{
	struct screens *t = *state;

	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_OK);
	stage_wait(&t->reign.stage, 4 * NS_PER_S);
	assert_true(reign_status(&t->reign).synced);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "PROBLEM: the master, ");
	assert_shows(t, ", is silent: see that berkd runs there");
	reign_lead(&t->reign, 1, 0);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_OK);
}

static void members_all_says_so_when_nothing_is_missing(void **state)
{
	struct screens *t = *state;

	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_shows(t, "No peer is configured, and no packet was refused.");
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_hides(t, "No peer");
	(void)configure_peer(t, "gamma", 3);
	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_hides(t, "No peer");
}

/* Of the group, and of a member, as its master tells: what the daemon gives no text for. */
static void check_says_what_to_do_about_each_problem(void **state)
{
	json_t *s = json_pack("{s:b,s:b,s:b,s:b,s:b,s:i,s:i,s:i,s:i}", "synced", true,
			      "date_confirmed", true, "tripped", true, "open_spent", true, "island",
			      true, "n_alive", 1, "n_table", 3, "bound_ns", 1, "max_skew_ns", 10);
	json_t *members = json_pack("[{s:s,s:s,s:s,s:s,s:b}]", "name", "beta", "id", "1234",
				    "state", "silent", "reason", "none", "exact", true);
	json_t *findings = check_findings(s, members, NULL);

	(void)state;
	assert_int_equal(json_array_size(findings), 5);
	assert_non_null(strstr(json_string_value(json_array_get(findings, 0)),
			       "there is no master: an election takes some seconds; if none"));
	assert_non_null(strstr(json_string_value(json_array_get(findings, 1)),
			       "steered no more: masters have moved it too far"));
	assert_non_null(strstr(json_string_value(json_array_get(findings, 2)),
			       "`berkctl keygen /etc/berkd/group.key` makes a key"));
	assert_non_null(strstr(json_string_value(json_array_get(findings, 3)),
			       "1 of 3 hosts in sight; see that the others are up"));
	assert_string_equal(json_string_value(json_array_get(findings, 4)),
			    "beta does not count (silent): it has not answered lately; see "
			    "`berkctl why beta`");
	json_decref(findings);
	json_decref(members);
	json_decref(s);
}

static void check_names_two_hosts_of_one_name(void **state)
{
	json_t *s = json_pack("{s:s,s:b,s:b,s:i}", "master", "12", "synced", true, "date_confirmed",
			      true, "bound_ns", 1);
	json_t *members = json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s}]",
				    "name", "beta", "id", "12", "state", "settled", "name", "beta",
				    "id", "34", "state", "left", "name", "", "id", "56", "state",
				    "settled", "name", "", "id", "78", "state", "settled");
	json_t *before = check_findings(s, members, NULL);

	(void)state;
	assert_int_equal(json_array_size(before), 0);
	json_object_set_new(json_array_get(members, 1), "state", json_string("new"));
	json_t *findings = check_findings(s, members, NULL);

	assert_int_equal(json_array_size(findings), 1);
	assert_string_equal(json_string_value(json_array_get(findings, 0)),
			    "two hosts have the name beta, with the ids 12 and 34: give each a "
			    "name of its own in [node]");
	json_object_set_new(json_array_get(members, 0), "state", json_string("left"));
	json_t *after = check_findings(s, members, NULL);

	assert_int_equal(json_array_size(after), 0);
	json_decref(after);
	json_decref(findings);
	json_decref(before);
	json_decref(members);
	json_decref(s);
}

static void check_names_a_refused_peer_once(void **state)
{
	struct screens *t = *state;

	call_of_another_group(t, configure_peer(t, "gamma", 3), false);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "PROBLEM: peer gamma (10.0.0.3:5252), other-key: it has another group key");
	assert_hides(t, "refused");
	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_shows(t, "REFUSED");
}

static void check_names_whoever_was_refused_within_a_minute(void **state)
{
	static const struct addr stranger = {.ip = {[10] = 255, 255, 10, 0, 0, 9}, .port = 5252};
	struct screens *t = *state;

	call_of_another_group(t, &stranger, false);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "PROBLEM: refused 10.0.0.9:5252, other-key: it has another group key");
	reign_lead(&t->reign, 61, 0);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_OK);
	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_shows(t, "10.0.0.9:5252");
	struct ctl c = all();

	c.json = true;
	assert_int_equal(run(t, cmd_members, c, NULL), CTL_OK);
	assert_shows(t, "\"reason\": \"other-key\"");
}

/* How many more findings does check have in a table of @n_table hosts, when a call of another
 * group was refused? */
static size_t findings_of_another_group(int n_table)
{
	json_t *s = json_pack("{s:i}", "n_table", n_table);
	json_t *knocks =
		json_pack("{s:[],s:[{s:s,s:s,s:s,s:i}]}", "peers", "refused", "address",
			  "10.0.0.9:5252", "reason", "other-group", "text", "x", "last_ago_ns", 1);
	json_t *without = check_findings(s, NULL, NULL), *with = check_findings(s, NULL, knocks);
	size_t more = json_array_size(with) - json_array_size(without);

	json_decref(s);
	json_decref(knocks);
	json_decref(without);
	json_decref(with);
	return more;
}

static void another_group_is_a_problem_only_for_a_host_that_is_alone(void **state)
{
	static const struct addr stranger = {.ip = {[10] = 255, 255, 10, 0, 0, 9}, .port = 5252};
	struct screens *t = *state;
	struct node_config c = t->reign.stage.config;

	c.discovery = true;
	node_reconfigure(t->reign.stage.node, &c);
	call_of_another_group(t, &stranger, true);
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_OK);
	assert_int_equal(run(t, cmd_members, all(), NULL), CTL_OK);
	assert_shows(t, "other-group");

	assert_int_equal(findings_of_another_group(2), 0);
	assert_int_equal(findings_of_another_group(1), 1);
}

/* --- Widths --- */

static size_t widest_line(const char *text)
{
	size_t widest = 0;

	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		widest = n > widest ? n : widest;
	}
	return widest;
}

static const char long_name[] = "an-excavator-with-a-long-name";

/* The longest of all that is shown; without accents, so that a byte is a column. */
static void tables_fit_a_terminal_or_are_blocks(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	struct ctl verbose = plain;

	e.offset_ns = -123456789;
	e.reason = REASON_FALSETICKER;
	e.delay_ns = 123 * NS_PER_MS;
	list(t, &e);
	verbose.verbose = verbose.all = true;
	command_columns = 80;
	assert_int_equal(run(t, cmd_members, verbose, NULL), CTL_OK);
	assert_true(widest_line(t->text) <= 80);
	assert_shows(t, " HOST         ROLE    STATE ");

	snprintf(e.name, sizeof(e.name), "%s", long_name);
	list(t, &e);
	command_columns = 40;
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_hides(t, "HOST");
	assert_shows(t, " an-excavator-with-a-long-name\n  ROLE     member\n  STATE    ");
	assert_shows(t, "\n  WHY NOT  falseticker\n");
	assert_true(widest_line(t->text) <= 40);
	command_columns = 0; /* what a program reads has one form */
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_shows(t, "HOST");
	assert_true(widest_line(t->text) > 80);
}

/* --- One word --- */

static void term_is_the_same_small_number_everywhere(void **state)
{
	struct screens *t = *state;
	struct notice n = {.kind = NOTICE_FOLLOWS_MASTER, .follows_master = {t->reign.term}};
	char full[64];

	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "; term 1, round");
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_true(number(t, "\nberkd_term ") == 1);
	assert_int_equal(run(t, cmd_status, json(), NULL), CTL_OK);
	assert_true(number(t, "\"term\":") == 1);
	snprintf(full, sizeof(full), "\"term_full\": \"%016" PRIx64 "\"", t->reign.term);
	assert_shows(t, full);
	(void)notice_text(&n, "beta", full, sizeof(full));
	assert_string_equal(full, "Following master beta, term 1");
}

static void trimmed_host_counts(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	char other[] = "other", *host[] = {other};
	struct ctl why = plain;

	why.argc = 1;
	why.argv = host;
	e.reason = REASON_TRIMMED;
	e.weight = 0;
	list(t, &e);
	assert_int_equal(run(t, cmd_members, plain, NULL), CTL_OK);
	assert_shows(t, "other");
	assert_null(strstr(t->text, "trimmed"));
	assert_int_equal(run(t, cmd_members, json(), NULL), CTL_OK);
	assert_shows(t, "\"trimmed\": true");
	assert_null(strstr(t->text, "\"reason\": \"trimmed\""));
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_shows(t, "other counts, but is trimmed this round\n");
	assert_shows(t, "Nothing is to be done");
}

static void why_ends_with_what_to_do(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	char other[] = "other", *host[] = {other};
	struct ctl why = plain;
	char remedy[512];

	why.argc = 1;
	why.argv = host;
	for (int r = REASON_NEWCOMER; r < REASON_MAX_; r++) {
		e.reason = (uint8_t)r;
		list(t, &e);
		assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
		assert_shows(t, reason_text((enum reason)r) + 1);
		(void)snprintf(remedy, sizeof(remedy), "%s", reason_remedy((enum reason)r) + 1);
		*strstr(strcat(remedy, "HOST"), "HOST") = '\0'; /* whose name it has there */
		assert_shows(t, remedy);
	}
	e.reason = REASON_NEWCOMER; /* of an earlier day */
	e.state = MEMBER_SILENT;
	list(t, &e);
	assert_int_equal(run(t, cmd_why, why, NULL), CTL_OK);
	assert_shows(t, "other does not count: silent\n");
	assert_shows(t, member_state_remedy(MEMBER_SILENT));
}

/* --- Nothing frozen, nothing made up --- */

static void bound_of_another_host_grows_until_it_is_unknown(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	char other[] = "other", *host[] = {other};
	struct ctl of_other = json();

	of_other.argc = 1;
	of_other.argv = host;
	list(t, &e);
	assert_int_equal(run(t, cmd_why, of_other, NULL), CTL_OK);
	assert_true(number(t, "\"bound_ns\":") < 1.1e6);
	reign_lead(&t->reign, 60, 0);
	assert_int_equal(run(t, cmd_why, of_other, NULL), CTL_OK);
	assert_shows(t, "\"state\": \"silent\"");
	assert_true(number(t, "\"bound_ns\":") > 1e6 + 60 * 2 * 1e5);
	assert_int_equal(run(t, cmd_diff, of_other, NULL), CTL_OK);
	assert_true(number(t, "\"bound_ns\":") > 1e6 + 60 * 2 * 1e5);
	e.state = MEMBER_LEFT;
	list(t, &e);
	assert_int_equal(run(t, cmd_diff, of_other, NULL), CTL_OK);
	assert_hides(t, "_ns");
	of_other.json = false;
	assert_int_equal(run(t, cmd_diff, of_other, NULL), CTL_OK);
	assert_shows(t, "unknown");
	assert_int_equal(run(t, cmd_why, of_other, NULL), CTL_OK);
	assert_shows(t, "clock       not measured\n");
	assert_hides(t, "oscillator");
	assert_hides(t, "round trip");
}

/* --- Why not, and how wide --- */

static void waitsync_says_which_condition_failed(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;

	c.timeout_ns = 0;
	c.bound_ns = 1000;
	assert_int_equal(run(t, cmd_waitsync, c, NULL), CTL_TIMED_OUT);
	assert_shows(t, "the time is up: it is synchronised, but its bound is ");
	assert_shows(t, "not within 1.00 us");
	stage_wait(&t->reign.stage, 3600 * NS_PER_S);
	c.bound_ns = -1;
	assert_int_equal(run(t, cmd_waitsync, c, NULL), CTL_TIMED_OUT);
	assert_shows(t, "the time is up: its bound is half a second or more; see");
}

static void lead_alone(struct screens *t)
{
	struct node_config config = node_config_default();

	config.min_hosts = 1;
	config.ceiling = (wall_t){INT64_MAX};
	close_stage(t);
	stage_open(&t->reign.stage, &config, 0, 8);
	stage_wait(&t->reign.stage, 10 * NS_PER_S);
	assert_int_equal(reign_status(&t->reign).role, ROLE_MASTER);
	open_control(t);
}

static void host_that_leads_cannot_exclude_itself(void **state)
{
	struct screens *t = *state;
	char self[] = "n", *host[] = {self};
	struct ctl c = plain;

	lead_alone(t);
	c.argc = 1;
	c.argv = host;
	assert_int_equal(run(t, cmd_exclude, c, NULL), CTL_FAILED);
	assert_shows(t, "berkctl: n leads: hand over first");
	assert_int_equal(run(t, cmd_forget, c, NULL), CTL_FAILED); /* nor would it after that */
	assert_shows(t, "berkctl: that host is here");
}

/* Who has forgotten it is reminded. */
static void a_hold_is_shown_until_it_is_over(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;

	lead_alone(t);
	c.dry_run = true;
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_OK);
	assert_shows(t,
		     "No clock of the group would be corrected for 10 min 0 s, or until `berkctl "
		     "resume`; each bound grows by 120 ms at most meanwhile.\n"
		     "Nothing was done.\n");
	assert_int_equal(run(t, cmd_resume, c, NULL), CTL_FAILED);
	assert_shows(t, "berkctl: the group is not held");
	c.dry_run = false;
	c.timeout_ns = 1801 * NS_PER_S;
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_USAGE);
	assert_shows(t, "berkctl: --timeout of hold is 1s to 30min\n");
	c.timeout_ns = NS_PER_S - 1;
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_USAGE);
	assert_shows(t, "berkctl: --timeout of hold is 1s to 30min\n");
	c.timeout_ns = 1800 * NS_PER_S;
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_OK);
	c.timeout_ns = 60 * NS_PER_S;
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_OK);
	assert_shows(t, "No clock of the group is corrected for 60.0 s, or until `berkctl resume`");
	assert_int_equal(run(t, cmd_check, plain, NULL), CTL_FAILED);
	assert_shows(t, "the group is held for another ");
	assert_int_equal(run(t, cmd_status, plain, NULL), CTL_OK);
	assert_shows(t, "  PROBLEM      the group is held for another ");
	assert_null(strstr(strstr(t->text, "for another") + 1, "for another")); /* once */
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_shows(t, "\nberkd_held 1\n");
	assert_int_equal(run(t, cmd_resume, plain, NULL), CTL_OK);
	assert_shows(t, "The clocks of the group are corrected again, ");
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_shows(t, "\nberkd_held 0\n");
	(void)run(t, cmd_check, plain, NULL);
	assert_null(strstr(t->text, "is held"));
}

/* And each refusal says how to come to the other. */
static void a_slew_and_a_hold_exclude_each_other(void **state)
{
	struct screens *t = *state;
	char second[] = "+1s", nothing[] = "+0s", *when[] = {second};
	struct ctl c = plain, settime = plain;

	lead_alone(t);
	c.timeout_ns = 60 * NS_PER_S;
	settime.argc = 1;
	settime.argv = when;
	assert_int_equal(run(t, cmd_settime, settime, NULL), CTL_OK);
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_FAILED);
	assert_shows(t, "berkctl: group time is being slewed, and a hold would not stop that: wait "
			"until it is done, or end it with `berkctl settime +0s`\n");
	when[0] = nothing;
	assert_int_equal(run(t, cmd_settime, settime, NULL), CTL_OK);
	assert_int_equal(run(t, cmd_hold, c, NULL), CTL_OK);
	when[0] = second;
	assert_int_equal(run(t, cmd_settime, settime, NULL), CTL_FAILED);
	assert_shows(t, "berkctl: the group is held: run `berkctl resume` first, or wait until the "
			"hold ends (`berkctl status`)\n");
}

/* In a sentence, with figures; and what is done, likewise. */
static void each_order_says_what_it_would_do(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;

	lead_alone(t);
	c.dry_run = true;
	assert_int_equal(run(t, cmd_forget, c, NULL), CTL_OK);
	assert_shows(t, "Whoever is out of sight would count no more until they are back; hosts in "
			"the table: 1 instead of 1.\n"
			"Nothing was done.\n");
	assert_int_equal(run(t, cmd_step, c, NULL), CTL_OK);
	assert_shows(t, "The clock of this host would be set to group time, ");
	assert_shows(t, "from where it is.\nNothing was done.\n");
	assert_int_equal(run(t, cmd_transfer, c, NULL), CTL_FAILED);
	assert_shows(t, "berkctl: there is no deputy to hand over to; the master stays");
	c.dry_run = false;
	assert_int_equal(run(t, cmd_forget, c, NULL), CTL_OK);
	assert_shows(t, "Whoever is out of sight counts no more until they are back; hosts in ");
	assert_int_equal(t->n_forgotten, 1);
	c.json = true;
	assert_int_equal(run(t, cmd_forget, c, NULL), CTL_OK);
	assert_shows(t, "\"n_after\": 1");
}

static void each_line_of_members_fits_a_terminal(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);
	struct ctl c = plain;

	c.verbose = true;
	list(t, &e);
	assert_int_equal(run(t, cmd_members, c, NULL), CTL_OK);
	assert_shows(t, "WHY NOT");
	assert_shows(t, "CLOSURE");
	assert_shows(t, "ADDRESS");
	assert_shows(t, "PUBLIC KEY");
	for (const char *line = t->text; *line; line += strcspn(line, "\n") + 1) {
		assert_true(strcspn(line, "\n") <= 100);
	}
}

/* Prometheus takes any name as it is; a terminal is not to do what a name says. */
static void metrics_move_no_cursor(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);

	snprintf(e.name, sizeof(e.name), "%s", "\x1b[2Jother");
	list(t, &e);
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	assert_shows(t, "{host=\"\x1b[2Jother\",");
	command_columns = 80;
	assert_int_equal(run(t, cmd_metrics, plain, NULL), CTL_OK);
	command_columns = 0;
	assert_shows(t, "{host=\"?\",");
	assert_hides(t, "\x1b");
}

/* What else it says is of the machine that the test runs on. */
static void doctor_asks_the_daemon_and_gives_each_remedy_a_line(void **state)
{
	struct screens *t = *state;
	struct ctl c = plain;

	c.config = "/nonexistent/berkd.conf";
	assert_int_equal(run(t, cmd_doctor, c, NULL), CTL_FAILED);
	assert_shows(t, "failure  configuration: There is no configuration");
	assert_shows(t, "\n         Remedy: Take the one that comes with berkd");
	assert_shows(t, "daemon: berkd " PACKAGE_VERSION " runs");
	assert_shows(t, " warning");
	assert_hides(t, "berkd does not run");
	for (const char *line = t->text; *line; line += strcspn(line, "\n") + 1) {
		assert_true(strcspn(line, "\n") <= 80 ||
			    strncmp(line, "         Remedy: ", 17) == 0);
		assert_true(line[strcspn(line, "\n")] == '\n');
	}
	c.json = true;
	assert_int_equal(run(t, cmd_doctor, c, NULL), CTL_FAILED);
	assert_shows(t, "\"healthy\": false");
	assert_shows(t, "\"check\": \"no-config\"");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_screens, close_screens)
	const struct CMUnitTest tests[] = {
		TEST(clock_that_is_ahead_has_a_positive_offset_everywhere),
		TEST(clock_that_is_behind_is_said_to_be_behind),
		TEST(wait_whose_time_is_up_says_what_is_missing),
		TEST(wait_shows_what_is_missing_while_it_waits),
		TEST(wait_is_over_when_so_many_are_here),
		TEST(wait_is_for_what_is_configured),
		TEST(wait_shows_on_a_terminal_how_far_it_is),
		TEST(wait_shows_how_far_the_bound_has_come),
		TEST(status_says_when_the_group_is_open),
		TEST(status_says_for_how_long_the_daemon_runs),
		TEST(check_names_each_peer_that_is_missing),
		TEST(check_names_a_master_that_is_silent),
		TEST(members_all_says_so_when_nothing_is_missing),
		TEST(check_says_what_to_do_about_each_problem),
		TEST(check_names_two_hosts_of_one_name),
		TEST(check_names_a_refused_peer_once),
		TEST(check_names_whoever_was_refused_within_a_minute),
		TEST(another_group_is_a_problem_only_for_a_host_that_is_alone),
		TEST(tables_fit_a_terminal_or_are_blocks),
		TEST(term_is_the_same_small_number_everywhere),
		TEST(trimmed_host_counts),
		TEST(why_ends_with_what_to_do),
		TEST(bound_of_another_host_grows_until_it_is_unknown),
		TEST(waitsync_says_which_condition_failed),
		TEST(host_that_leads_cannot_exclude_itself),
		TEST(each_order_says_what_it_would_do),
		TEST(a_hold_is_shown_until_it_is_over),
		TEST(a_slew_and_a_hold_exclude_each_other),
		TEST(each_line_of_members_fits_a_terminal),
		TEST(metrics_move_no_cursor),
		TEST(doctor_asks_the_daemon_and_gives_each_remedy_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
