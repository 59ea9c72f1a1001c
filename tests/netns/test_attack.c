/* test_attack.c - one member of five is a traitor with all its keys: whatever it says, the clocks of
 * the others are slewed by less than max_correction within a minute, none of them steps, and they
 * follow one master within ten seconds after it is gone. */
#include "netns/lib/fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRAITOR = 4, N_HOSTS };
#define HONEST		  0x0fU
#define WHEN		  SANDBOX_DIR "/treason" /* the traitor begins once this exists */
#define MAX_CORRECTION_NS NS_PER_S
#define ONE_S		  10.0 /* they are one group again within ... */
#define SETTLED_S	  20.0
#define JOIN_S		  15.0 /* and a newcomer is one of them */
#define PORT		  5252
#define SLOW		  2 /* ... on a machine that is so much slower than its own time */

static void put_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

/* A group that nobody has attacked yet, and whose hosts have met nobody: what one attack leaves
 * behind is no matter of the next. */
static void begin_anew(struct group *g)
{
	char command[128];

	unlink(WHEN);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		if (g->host[i].pid) {
			host_stop(&g->host[i], SIGKILL);
		}
		(void)snprintf(command, sizeof(command), "rm -rf %s/state/*", g->host[i].dir);
		assert_int_equal(system(command), 0);
	}
	for (unsigned i = 0; i < N_HOSTS; i++) {
		host_start(&g->host[i]);
	}
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

static double seconds_since(int64_t then)
{
	return (double)(truth_now() - then) / 1e9;
}

/* True: and in the end all have settled.  Who followed a lying master, and was moved, may refuse to
 * be moved back. */
static bool attack(struct group *g, const char *name, double seconds)
{
	uint64_t before[N_HOSTS] = {0};
	int64_t most = 0;

	setenv("BERKD_TREASON", name, 1);
	begin_anew(g);
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
	double one_s = seconds_since(stopped);

	print_message("%s: honest clocks moved by at most %.3f ms in %.0f s, %u steps; one master "
		      "%.1f s after, %s %.1f s\n",
		      name, (double)most / 1e6, seconds, (unsigned)n_steps, led_s,
		      one ? "settled" : "not settled within", one_s);
	assert_int_equal(n_steps, 0);
	assert_true(most < MAX_CORRECTION_NS);
	assert_true(led);
	return one;
}

static void a_year_is_not_stepped(struct group *g)
{
	(void)attack(g, "T1", 20);
}

static void a_rate_moves_nobody_for_long(struct group *g)
{
	assert_true(attack(g, "T2", 60));
}

static void the_last_term_ends_no_election(struct group *g)
{
	assert_true(attack(g, "T3", 10));
	int master = group_master(g, HONEST);
	unsigned rest = HONEST & ~(1U << master);

	/* Without its master, too. */
	host_stop(&g->host[master], SIGKILL);
	int64_t killed = truth_now();

	wait_until(g, group_is_settled, &rest);
	print_message("T3: another master %.1f s after the master died\n",
		      (double)(truth_now() - killed) / 1e9);
}

static void ghosts_push_nobody_out(struct group *g)
{
	assert_true(attack(g, "T5", 20));
	assert_bounds_hold(g, HONEST);
}

static void a_swollen_group_is_none(struct group *g)
{
	assert_true(attack(g, "T6", 15));
}

static void whatever_it_says_moves_nobody(struct group *g)
{
	(void)attack(g, "any", 60);
}

/* --- Without a key --- */

/* Whatever comes to @h goes back to its sender: its HELLO, and its own CHALLENGE to that. */
static pid_t mirror_start(const struct host *h)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)}, from;
	uint8_t packet[2048];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	netns_go(&h->ns);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		_exit(1);
	}
	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

		if (n > 0) {
			(void)sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, len);
		}
	}
}

/* T8: a contact that was a mirror is called again, and met. */
static void a_mirror_is_not_oneself_for_good(struct group *g)
{
	int status;

	begin_anew(g);
	host_stop(&g->host[TRAITOR], SIGKILL);
	pid_t mirror = mirror_start(&g->host[TRAITOR]);

	for (unsigned i = 0; i < TRAITOR; i++) { /* they call that address first */
		host_stop(&g->host[i], SIGKILL);
		host_config(&g->host[i], "[network]\npeers = 10.82.75.5\n");
		host_start(&g->host[i]);
	}
	group_run(g, 20);
	kill(mirror, SIGKILL);
	assert_int_equal(waitpid(mirror, &status, 0), mirror);
	assert_true(WIFSIGNALED(status));
	host_start(&g->host[TRAITOR]);
	int64_t began = truth_now();

	wait_until(g, group_is_settled, NULL);
	double took_s = (double)(truth_now() - began) / 1e9;

	print_message("T8: who was a mirror is one of the group %.1f s later\n", took_s);
	assert_true(took_s < SLOW * JOIN_S);
}

static void prepare(struct group *g)
{
	g->host[TRAITOR].program = BERKD_TRAITOR_PATH;
	setenv("BERKD_TREASON_WHEN", WHEN, 1);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS, .prepare = prepare};
	static const struct test tests[] = {
		TEST(a_year_is_not_stepped),
		TEST(a_rate_moves_nobody_for_long),
		TEST(the_last_term_ends_no_election),
		TEST(ghosts_push_nobody_out),
		TEST(a_swollen_group_is_none),
		TEST(whatever_it_says_moves_nobody),
		TEST(a_mirror_is_not_oneself_for_good),
	};

	return RUN_TESTS(&fixture, tests);
}
