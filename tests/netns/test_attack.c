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
#define WHEN		  SANDBOX_DIR "/treason" /* the traitor begins once this exists */
#define MAX_CORRECTION_NS NS_PER_S
#define ONE_S		  10.0 /* they follow one master within ... */
#define SETTLED_S	  20.0
#define CHAT_S		  10

static void put_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

/* Four hosts, and one that will do as @treason says; they are a group. */
static void begin_with(struct group *g, const char *treason)
{
	g->host[TRAITOR].program = BERKD_TRAITOR_PATH;
	setenv("BERKD_TREASON_WHEN", WHEN, 1);
	setenv("BERKD_TREASON", treason, 1);
	group_start(g);
	wait_until(g, group_is_settled, NULL);
}

/* The traitor is a member, and never the master. */
static void let_it_follow(struct group *g)
{
	host_config(&g->host[TRAITOR], "[node]\npriority = 0\n");
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

/* True: and in the end all have settled.  Who followed a lying master, and was moved, may refuse to
 * be moved back. */
static bool attack(struct group *g, unsigned number, const char *treason, double seconds)
{
	uint64_t before[N_HOSTS] = {0};
	int64_t most = 0;

	begin_with(g, treason);
	size_t from = g->n_samples;

	for (unsigned i = 0; i < TRAITOR; i++) {
		before[i] = steps(g, i);
	}
	put_file(WHEN);
	group_run(g, seconds);
	host_stop(&g->host[TRAITOR], SIGKILL);
	int64_t stopped = truth_now();
	uint64_t n_steps = 0;

	for (unsigned i = 0; i < TRAITOR; i++) {
		most = ns_max(most, moved_ns(g, from, i));
		n_steps += steps(g, i) - before[i];
	}
	bool led = group_until(g, SLOW * ONE_S, honest_follow_one, NULL);
	double led_s = seconds_since(stopped);
	bool one = group_until(g, SETTLED_S, honest_are_one, NULL);

	lane_figure(number,
		    "honest clocks moved by at most %.3f ms in %.0f s, %u steps; one master %.1f s "
		    "after, %s %.1f s",
		    (double)most / 1e6, seconds, (unsigned)n_steps, led_s,
		    one ? "settled after" : "not settled within", seconds_since(stopped));
	assert_int_equal(n_steps, 0);
	assert_true(most < MAX_CORRECTION_NS);
	assert_true(led);
	return one;
}

static void a_year_is_not_stepped(struct group *g)
{
	(void)attack(g, 1, "T1", 20);
}

static void a_rate_moves_nobody_for_long(struct group *g)
{
	assert_true(attack(g, 2, "T2", 60));
}

static void the_last_term_ends_no_election(struct group *g)
{
	assert_true(attack(g, 3, "T3", 10));
	int master = group_master(g, HONEST);
	unsigned rest = HONEST & ~(1U << master);

	/* Without its master, too. */
	host_stop(&g->host[master], SIGKILL);
	int64_t killed = truth_now();

	wait_until(g, group_is_settled, &rest);
	lane_figure(3, "another master %.1f s after the master died", seconds_since(killed));
}

static void ghosts_push_nobody_out(struct group *g)
{
	assert_true(attack(g, 5, "T5", 20));
	assert_bounds_hold(g, HONEST);
}

static void a_swollen_group_is_none(struct group *g)
{
	assert_true(attack(g, 6, "T6", 15));
}

static void the_ends_of_time_harm_nobody(struct group *g)
{
	assert_true(attack(g, 16, "T16", 10));
	assert_bounds_hold(g, HONEST);
}

static void whatever_it_says_moves_nobody(struct group *g)
{
	(void)attack(g, OF_NO_CASE, "any", 60);
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

	begin_with(g, "T17");
	(void)snprintf(path, sizeof(path), "%s/chat", g->host[0].dir);
	pid_t pid = follow_chat(&g->host[0], path);

	put_file(WHEN);
	group_run(g, CHAT_S);
	host_stop(&g->host[TRAITOR], SIGKILL);
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
	lane_figure(
		17,
		"%u lines of one identity shown in %u s (it may say %u at once and %u a second), "
		"%u with raw characters, %u under another's name alone",
		shown, CHAT_S, CHAT_OWN_LINES, CHAT_PER_S, raw, unnamed);
	assert_in_range(shown, 1, CHAT_OWN_LINES + 2 * CHAT_S * CHAT_PER_S);
	assert_int_equal(raw, 0);
	assert_int_equal(unnamed, 0);
	assert_true(group_until(g, SLOW * ONE_S, honest_are_one, NULL));
}

/* One case to a lane: what an attack leaves behind is no matter of another. */
static const struct lane lanes_inside[] = {
	LANE("any", N_HOSTS, TEST(whatever_it_says_moves_nobody)),
	LANE("T2", N_HOSTS, TEST(a_rate_moves_nobody_for_long)),
	LANE("T1", N_HOSTS, TEST(a_year_is_not_stepped)),
	LANE("T3", N_HOSTS, TEST(the_last_term_ends_no_election)),
	LANE("T5", N_HOSTS, TEST(ghosts_push_nobody_out)),
	LANE("T6", N_HOSTS, TEST(a_swollen_group_is_none)),
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
