/* test_attack.c - each case of field of what attackers did (part T), on real daemons, with its
 * figure.  Here a traitor among five, with all keys of a member, says what it likes: the clocks of
 * the others are slewed by less than max_correction within a minute, none of them steps, and they
 * follow one master within ten seconds after it is gone.  Who has no key is in attack_outside.c, and
 * who has one, but no right to use it, or a file or a socket, in attack_rights.c.
 *
 * The lanes run beside each other: each is a group in a sandbox of its own, and mostly sleeps. */
#include "netns/attack.h"

#include "berk/limits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRAITOR = 4, N_HOSTS };
#define AT_ONCE		  8
#define N_CASES		  17
#define HONEST		  0x0fU
#define MAX_CORRECTION_NS NS_PER_S
#define ONE_S		  10.0 /* they follow one master within ... */
#define SETTLED_S	  20.0
#define CHAT_S		  10
#define ELECTED_S	  20.0
#define NAMES_S		  30.0	    /* all pages of a roster of 129 hosts have come by then */
#define TABLE_MAX	  (128 + 1) /* what berkd has room for, and itself */
#define GHOSTS_MAX                                                                                 \
	(128 / 8 + 1) /* an eighth of berkd's table, and one more: tests/unit/test_hearsay.c */

void treason_plan(struct group *g, unsigned traitor, const char *treason)
{
	g->host[traitor].program = BERKD_TRAITOR_PATH;
	setenv("BERKD_TREASON_WHEN", TREASON_WHEN, 1);
	setenv("BERKD_TREASON_SAID", TREASON_SAID, 1);
	setenv("BERKD_TREASON", treason, 1);
	group_start(g);
	wait_until(g, group_is_settled, NULL);
}

void treason_begin(void)
{
	int fd = open(TREASON_WHEN, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

uint64_t treason_count(enum wire_type type)
{
	struct treason t;
	FILE *f = fopen(TREASON_SAID, "re");

	assert_non_null(f);
	assert_int_equal(fread(&t, sizeof(t), 1, f), 1);
	(void)fclose(f);
	return t.said[type] + t.bent[type];
}

/* The traitor is a member, and never the master. */
static void let_it_follow(struct group *g)
{
	host_config(&g->host[TRAITOR], "[node]\npriority = 0\n");
}

/* It is whom all elect, or who is next. */
static void let_it_lead(struct group *g)
{
	host_config(&g->host[TRAITOR], "[node]\npriority = 255\n");
}

static bool it_leads(struct group *g, void *arg)
{
	return !arg && group_master(g, GROUP_ALL) == TRAITOR;
}

static bool it_leads_or_is_next(struct group *g, void *arg)
{
	return it_leads(g, arg) || group_deputy(g, GROUP_ALL) == TRAITOR;
}

/* Whoever began the group makes way for it; on a machine that is loaded an election may go astray. */
static void have_it_elected(struct group *g)
{
	char out[1024];

	for (unsigned k = 0; k < ATTEMPTS && !it_leads(g, NULL); k++) {
		wait_until(g, it_leads_or_is_next, NULL);
		int master = group_master(g, GROUP_ALL);

		if (master >= 0 && master != TRAITOR) {
			(void)host_berkctl(&g->host[master], out, sizeof(out), "transfer", NULL);
		}
		(void)group_until(g, ELECTED_S, it_leads, NULL);
	}
	wait_until(g, it_leads, NULL);
	wait_until(g, group_is_settled, NULL);
}

/* How far host @i's clock went from where it was, since sample @from. */
static int64_t moved_ns(const struct group *g, size_t from, unsigned i)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	for (size_t k = from; k < g->n_samples; k++) {
		if (g->sample[k].known[i]) {
			lo = ns_min(lo, g->sample[k].offset_ns[i]);
			hi = ns_max(hi, g->sample[k].offset_ns[i]);
		}
	}
	return hi > lo ? hi - lo : 0;
}

static uint64_t steps(struct group *g, unsigned i)
{
	return group_sample_now(g)->n_steps[i];
}

/* All honest hosts follow one of them, in one term. */
static bool honest_follow_one(struct group *g, void *arg)
{
	int master = group_master(g, HONEST);

	return !arg && master >= 0 && master != TRAITOR;
}

/* And all have settled. */
static bool honest_are_one(struct group *g, void *arg)
{
	unsigned honest = HONEST;

	return honest_follow_one(g, arg) && group_is_settled(g, &honest);
}

struct attack {
	unsigned number; /* of the case */
	const char *treason;
	bool leads;			       /* it begins as the master that all have elected */
	enum wire_type type;		       /* of what it must have said; 0: whatever is drawn */
	double seconds, honest_s;	       /* of the attack, and before it */
	bool (*wrong)(struct group *, void *); /* what may never be while it goes on; or NULL */
};

/* Messages of the traitor that were none of an honest host's, of any type for 0. */
static uint64_t count_said(enum wire_type type)
{
	uint64_t n = 0;

	for (int k = 1; k < WIRE_TYPE_MAX_; k++) {
		n += !type || k == (int)type ? treason_count((enum wire_type)k) : 0;
	}
	return n;
}

/* It did say so; how often. */
static uint64_t assert_said(enum wire_type type)
{
	uint64_t n = count_said(type);

	if (n == 0) {
		fail_msg("the traitor has said nothing of type %d", (int)type);
	}
	return n;
}

/* True: and in the end all have settled.  Who followed a lying master, and was moved, may refuse to
 * be moved back. */
static bool attack(struct group *g, const struct attack *a)
{
	uint64_t before[N_HOSTS] = {0};
	int64_t most = 0;

	treason_plan(g, TRAITOR, a->treason);
	if (a->leads) {
		have_it_elected(g);
	}
	group_run(g, a->honest_s);
	size_t from = g->n_samples;

	for (unsigned i = 0; i < TRAITOR; i++) {
		before[i] = steps(g, i);
	}
	treason_begin();
	if (a->wrong) {
		assert_never(g, a->seconds, a->wrong, NULL);
	} else {
		group_run(g, a->seconds);
	}
	host_stop(&g->host[TRAITOR], SIGKILL);
	int64_t stopped = truth_now();
	uint64_t n_steps = 0, n_said = assert_said(a->type);

	for (unsigned i = 0; i < TRAITOR; i++) {
		most = ns_max(most, moved_ns(g, from, i));
		n_steps += steps(g, i) - before[i];
	}
	bool led = group_until(g, SLOW * ONE_S, honest_follow_one, NULL);
	double led_s = seconds_since(stopped);
	bool one = group_until(g, SETTLED_S, honest_are_one, NULL);

	lane_figure(
		a->number,
		"%s%u lies told in %.0f s; honest clocks moved by at most %.3f ms, %u steps; one "
		"master %.1f s after, %s %.1f s",
		a->leads ? "as the master, " : "", (unsigned)n_said, a->seconds, (double)most / 1e6,
		(unsigned)n_steps, led_s, one ? "settled after" : "not settled within",
		seconds_since(stopped));
	assert_int_equal(n_steps, 0);
	assert_true(most < MAX_CORRECTION_NS);
	assert_true(led);
	return one;
}

static void a_year_is_not_stepped(struct group *g)
{
	(void)attack(g, &(struct attack){.number = 1,
					 .treason = "T1",
					 .leads = true,
					 .type = WIRE_CORRECT,
					 .seconds = 20});
}

static void a_rate_moves_nobody_for_long(struct group *g)
{
	assert_true(attack(g, &(struct attack){.number = 2,
					       .treason = "T2",
					       .leads = true,
					       .type = WIRE_CORRECT,
					       .seconds = 60}));
}

static void the_last_term_ends_no_election(struct group *g)
{
	assert_true(attack(
		g,
		&(struct attack){.number = 3, .treason = "T3", .type = WIRE_PING, .seconds = 10}));
	int master = group_master(g, HONEST);

	/* Without its master, too. */
	assert_true(master >= 0);
	unsigned rest = HONEST & ~(1U << master);

	host_stop(&g->host[master], SIGKILL);
	int64_t killed = truth_now();

	wait_until(g, group_is_settled, &rest);
	lane_figure(3, "another master %.1f s after the master died", seconds_since(killed));
}

/* Who stands in the table of host @i: hosts of this group, and others. */
static void count_rows(const struct group *g, unsigned i, unsigned *ret_real, unsigned *ret_ghosts)
{
	json_t *reply = host_ask(&g->host[i], "members");
	const json_t *row;
	size_t k;

	*ret_real = *ret_ghosts = 0;
	json_array_foreach(json_object_get(reply, "members"), k, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));

		if (name && strncmp(name, "host", 4) == 0) {
			++*ret_real;
		} else {
			++*ret_ghosts;
		}
	}
	json_decref(reply);
}

/* Ghosts take more than their share of a table, or the place of a host; or the group is larger than
 * anybody can name. */
static bool table_is_wrong(struct group *g, void *arg)
{
	for (unsigned i = 0; i < TRAITOR; i++) {
		int64_t n_table = status_int(&g->host[i], "n_table");
		unsigned real, ghosts;

		count_rows(g, i, &real, &ghosts);
		if (real != N_HOSTS || ghosts > GHOSTS_MAX || n_table > TABLE_MAX) {
			print_message("host %u: %u hosts and %u ghosts in its table, a group of "
				      "%d\n",
				      i + 1, real, ghosts, (int)n_table);
			return true;
		}
	}
	return arg != NULL;
}

/* No host that is not counts in the end. */
static bool honest_count_themselves(struct group *g, void *arg)
{
	for (unsigned i = 0; i < TRAITOR; i++) {
		if (status_int(&g->host[i], "n_table") > N_HOSTS) {
			return false;
		}
	}
	return !arg;
}

static void ghosts_push_nobody_out(struct group *g)
{
	assert_true(attack(g, &(struct attack){.number = 5,
					       .treason = "T5",
					       .type = WIRE_ROSTER,
					       .seconds = 20,
					       .wrong = table_is_wrong}));
	wait_until(g, honest_count_themselves, NULL);
	assert_bounds_hold(g, HONEST);
}

/* Not of newcomers: while the pages of the first roster come, a host believes its master that there are
 * more than were named yet. */
static void a_swollen_group_is_none(struct group *g)
{
	assert_true(attack(g, &(struct attack){.number = 6,
					       .treason = "T6",
					       .leads = true,
					       .type = WIRE_POLL,
					       .seconds = 15,
					       .honest_s = NAMES_S,
					       .wrong = table_is_wrong}));
	wait_until(g, honest_count_themselves, NULL);
}

static void the_ends_of_time_harm_nobody(struct group *g)
{
	assert_true(attack(g, &(struct attack){.number = 16,
					       .treason = "T16",
					       .type = WIRE_REPLY,
					       .seconds = 10}));
	assert_bounds_hold(g, HONEST);
}

static void whatever_it_says_moves_nobody(struct group *g)
{
	(void)attack(g, &(struct attack){.number = OF_NO_CASE, .treason = "any", .seconds = 60});
}

/* --- The chat --- */

static pid_t follow_chat(const struct host *h, const char *path)
{
	char control[128];
	const char *argv[] = {BERKCTL_PATH, "--socket", control, "chat", "--follow", NULL};

	(void)snprintf(control, sizeof(control), "%s/control", h->dir);
	return host_spawn(h, path, argv);
}

/* What a line of the traitor holds beside its number, and no screen may get. */
static bool is_raw(const char *line)
{
	static const char *const raw[] = {"\xe2\x80\xae", "\xf3\xa0\x80\x81", "\xc2\xad",
					  "\xe1\xa0\x8e", "\xe2\xa0\x80",     "\xe3\x85\xa4"};

	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (strstr(line, raw[i])) {
			return true;
		}
	}
	return false;
}

/* T17: one identity fills nobody's screen, shows nothing that nobody sees, and is told from the
 * host whose name it claims. */
static void one_host_does_not_fill_the_chat(struct group *g)
{
	char path[128], *line = NULL;
	size_t size = 0;
	unsigned shown = 0, raw = 0, unnamed = 0;
	int status;

	treason_plan(g, TRAITOR, "T17");
	(void)snprintf(path, sizeof(path), "%s/chat", g->host[0].dir);
	pid_t pid = follow_chat(&g->host[0], path);

	treason_begin();
	group_run(g, CHAT_S);
	host_stop(&g->host[TRAITOR], SIGKILL);
	uint64_t n_said = assert_said(WIRE_CHAT_POST);

	group_run(g, 1);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	FILE *f = fopen(path, "re");

	while (f && getline(&line, &size, f) >= 0) {
		shown += strstr(line, "word ") != NULL;
		raw += is_raw(line);
		unnamed += strstr(line, " host1: word") != NULL;
	}
	free(line);
	assert_non_null(f);
	(void)fclose(f);
	lane_figure(17,
		    "%u messages of %u lines each; %u lines of one identity shown in %u s (it may "
		    "say %u at once and %u a second), "
		    "%u with raw characters, %u under another's name alone",
		    (unsigned)n_said, WIRE_CHAT_LINES_MAX, shown, CHAT_S, CHAT_OWN_LINES,
		    CHAT_PER_S, raw, unnamed);
	assert_in_range(shown, 1, CHAT_OWN_LINES + 2 * CHAT_S * CHAT_PER_S);
	assert_int_equal(raw, 0);
	assert_int_equal(unnamed, 0);
	assert_true(group_until(g, SLOW * ONE_S, honest_are_one, NULL));
}

/* One case to a lane: what an attack leaves behind is no matter of another. */
static const struct lane lanes_inside[] = {
	LANE("any", N_HOSTS, TEST(whatever_it_says_moves_nobody)),
	LANE("T2", N_HOSTS, TEST(a_rate_moves_nobody_for_long, .before = let_it_lead)),
	LANE("T1", N_HOSTS, TEST(a_year_is_not_stepped, .before = let_it_lead)),
	LANE("T3", N_HOSTS, TEST(the_last_term_ends_no_election)),
	LANE("T5", N_HOSTS, TEST(ghosts_push_nobody_out, .before = let_it_follow)),
	LANE("T6", N_HOSTS, TEST(a_swollen_group_is_none, .before = let_it_lead)),
	LANE("T16", N_HOSTS, TEST(the_ends_of_time_harm_nobody, .before = let_it_follow)),
	LANE("T17", N_HOSTS, TEST(one_host_does_not_fill_the_chat, .before = let_it_follow)),
};
#define N_INSIDE (sizeof(lanes_inside) / sizeof(lanes_inside[0]))

int main(void)
{
	static struct lane lanes[LANES_MAX];
	size_t n = N_INSIDE;

	memcpy(lanes, lanes_inside, sizeof(lanes_inside)); /* the longest come first */
	memcpy(lanes + n, lanes_outside, n_lanes_outside * sizeof(lanes[0]));
	n += n_lanes_outside;
	memcpy(lanes + n, lanes_rights, n_lanes_rights * sizeof(lanes[0]));
	return lanes_run(lanes, n + n_lanes_rights, AT_ONCE, N_CASES);
}
