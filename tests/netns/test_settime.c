/* test_settime.c - an operator sets the time of the group, on any of its hosts, and reads there
 * what comes of it. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_HOSTS 4
#define WATCHER 3U /* it may not lead, and does not set its clock */
#define SLEW_NS (20 * NS_PER_MS)

static char said[16384]; /* by berkctl */

static unsigned a_member(const struct group *g)
{
	return group_master(g, GROUP_ALL) == 0 ? 1 : 0;
}

/* How far the clock of host @i is from the machine's time of day at the start. */
static int64_t now_ns(struct group *g, unsigned i)
{
	const struct group_sample *s = group_sample_now(g);

	assert_true(s->known[i]);
	return s->offset_ns[i];
}

static void assert_said(const char *text)
{
	if (!strstr(said, text)) {
		fail_msg("it lacks \"%s\":\n%s", text, said);
	}
}

static bool all_show(struct group *g, void *arg)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (host_berkctl(&g->host[i], said, sizeof(said), "status", NULL) != 0 ||
		    !strstr(said, arg)) {
			return false;
		}
	}
	return true;
}

static void dry_run_says_how_long_it_takes_and_changes_nothing(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) { /* the master, members, and one who may never lead */
		const struct host *h = &g->host[i];

		assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "--dry-run",
					      "+20ms", NULL),
				 0);
		print_message("%s: %s", h->name, said);
		assert_said("would be slewed by +20.0 ms");
		assert_said("nothing was done");
		assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "-20ms",
					      "--dry-run", NULL),
				 0);
		assert_said("would be slewed by -20.0 ms");
		assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "--dry-run",
					      "--step", "+1h", NULL),
				 0);
		assert_said("would be set by");
	}
	assert_int_equal(host_berkctl(&g->host[0], said, sizeof(said), "status", NULL), 0);
	assert_null(strstr(said, "ordered"));
}

static void what_the_master_refuses_is_told_where_it_was_ordered(struct group *g)
{
	const struct host *h = &g->host[a_member(g)];

	assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "+3h", NULL), 1);
	assert_said("longer than a day");
	assert_said("--step");
	assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "--step",
				      "1999-12-31 12:00", NULL),
			 1);
	assert_said("before the build date of berkd");
}

static void member_slews_the_group_and_all_stay_together(struct group *g)
{
	unsigned m = a_member(g), steered = group_mask(g, 1U << WATCHER);
	int64_t before = now_ns(g, m);
	unsigned jumps = g->n_jumps;
	char ordered[64], done[] = "slewed", *name = g->host[m].name;

	(void)snprintf(ordered, sizeof(ordered), "on %s ordered", name);
	assert_int_equal(host_berkctl(&g->host[m], said, sizeof(said), "settime", "+20ms", NULL),
			 0);
	assert_said("is being slewed by +20.0 ms");
	wait_until(g, all_show, ordered);
	assert_said("left");
	print_message("%s", strstr(said, "time slewed"));
	size_t from = g->n_samples;

	for (unsigned i = 0; i < 50; i++) {
		group_run(g, 0.5);
		assert_bounds_hold(g, steered);
	}
	assert_together(g, from, steered);
	assert_true(all_show(g, done));
	assert_null(strstr(said, " left"));
	int64_t moved = now_ns(g, m) - before;

	print_message("group time moved by %.3f ms\n", (double)moved / (double)NS_PER_MS);
	/* Its own drift, of 50 ppm and half a minute, is in it. */
	assert_in_range(moved, SLEW_NS - 3 * NS_PER_MS, SLEW_NS + 3 * NS_PER_MS);
	assert_int_equal(g->n_jumps, jumps);
	for (unsigned i = 0; i < g->n; i++) {
		assert_true(host_logged(&g->host[i], "Group time is being slewed by"));
		assert_true(host_logged(&g->host[i], "Group time was slewed by"));
	}
}

static bool all_are_at(struct group *g, void *arg)
{
	int64_t to = *(int64_t *)arg;

	for (unsigned i = 0; i < g->n; i++) {
		struct host_reading r;

		if (i != WATCHER && (!host_read(&g->host[i], truth_now(), &r) ||
				     ns_abs(r.wall_ns - to) > 10 * NS_PER_S)) {
			return false;
		}
	}
	return true;
}

/* One that neither leads nor orders. */
static struct host *another(struct group *g, unsigned than)
{
	unsigned i = 0;

	while (i == than || (int)i == group_master(g, GROUP_ALL)) {
		i++;
	}
	return &g->host[i];
}

static bool leads(struct group *g, void *arg)
{
	int m = group_master(g, GROUP_ALL);

	return m >= 0 && &g->host[m] == arg;
}

/* Does the journal of @where tell that somebody on @h has ordered that, and of whom? */
static bool tells_order(const struct host *where, const struct host *h, const char *what,
			const char *whom)
{
	char who[96], line[128];

	(void)snprintf(who, sizeof(who), "User 0 on %s", h->name);
	(void)snprintf(line, sizeof(line), " has ordered: %s%s", what, whom);
	return host_logged(where, who) && host_logged(where, line);
}

static void what_concerns_the_group_is_ordered_on_a_member(struct group *g)
{
	unsigned m = a_member(g);
	const struct host *h = &g->host[m];
	struct host *to = another(g, m);
	const char *name = to->name;
	char held[64];
	static char none[] = "public key";

	assert_int_equal(host_berkctl(h, said, sizeof(said), "exclude", "--dry-run", name, NULL),
			 0);
	print_message("%s", said);
	assert_said("would be left out of the average, and still corrected; clocks that make it: ");
	assert_said("Nothing was done.");
	assert_int_equal(host_berkctl(h, said, sizeof(said), "exclude", name, NULL), 0);
	print_message("%s", said);
	/* Less than a second later: berkctl waits until it is taken. */
	assert_int_equal(host_berkctl(h, said, sizeof(said), "include", name, NULL), 0);
	print_message("%s", said);
	(void)snprintf(held, sizeof(held), "on %s has ordered, and no clock is corrected", h->name);
	assert_int_equal(host_berkctl(h, said, sizeof(said), "hold", "--timeout", "1min", NULL), 0);
	print_message("%s", said);
	wait_until(g, all_show, held);
	assert_int_equal(host_berkctl(to, said, sizeof(said), "check", NULL), 1);
	assert_said("the group is held for another");
	assert_int_equal(host_berkctl(h, said, sizeof(said), "resume", NULL), 0);
	print_message("%s", said);
	wait_until(g, all_show, none);
	assert_null(strstr(said, "is held"));
	const struct host *before = &g->host[group_master(g, GROUP_ALL)];

	assert_int_equal(host_berkctl(h, said, sizeof(said), "transfer", name, NULL), 0);
	print_message("%s", said);
	wait_until(g, leads, to);
	(void)snprintf(held, sizeof(held), " %s (", name);
	assert_true(tells_order(before, h, "transfer", held));
	assert_true(tells_order(before, h, "exclude", held));
	assert_int_equal(host_berkctl(h, said, sizeof(said), "step", NULL), 0);
	assert_true(tells_order(h, h, "step", ""));
}

/* Of a local time, as an operator reads it off a watch. */
static void one_who_may_not_lead_steps_the_group_to_a_time_of_day(struct group *g)
{
	time_t t = time(NULL) + 3600;
	char text[64], ordered[64];
	struct tm tm;

	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
	assert_int_equal(host_berkctl(&g->host[WATCHER], said, sizeof(said), "settime", "--step",
				      text, NULL),
			 0);
	print_message("%s", said);
	assert_said("is being set by");
	int64_t to = (int64_t)t * NS_PER_S;

	assert_true(group_until(g, 8, all_are_at, &to));
	(void)snprintf(ordered, sizeof(ordered), "on %s ordered", g->host[WATCHER].name);
	wait_until(g, all_show, ordered);
	assert_said("time set");
}

/* A hardware clock that shows the time of the group by now, to a second: in this program's own
 * file system. */
static pid_t start_rtc(void)
{
	assert_int_equal(mount("tmpfs", "/sys/class", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/sys/class/rtc", 0755), 0);
	assert_int_equal(mkdir("/sys/class/rtc/rtc0", 0755), 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0) {
		FILE *f = fopen("/sys/class/rtc/rtc0/new", "we");

		if (!f || fprintf(f, "%lld\n", (long long)time(NULL) + 3600) < 0 ||
		    fclose(f) != 0 ||
		    rename("/sys/class/rtc/rtc0/new", "/sys/class/rtc/rtc0/since_epoch") != 0) {
			_exit(1);
		}
		(void)usleep(50000);
	}
	return pid;
}

static void the_hardware_clock_tells_the_time_to_slew_or_to_step_to(struct group *g)
{
	const struct host *h = &g->host[a_member(g)];
	pid_t rtc = start_rtc();
	char ordered[64];

	(void)usleep(200000);
	(void)snprintf(ordered, sizeof(ordered), "on %s ordered", h->name);
	int dry = host_berkctl(h, said, sizeof(said), "settime", "--step", "--from-rtc",
			       "--dry-run", NULL);
	bool both = strstr(said, "would be set by") != NULL;
	int status = host_berkctl(h, said, sizeof(said), "settime", "--from-rtc", NULL);

	(void)kill(rtc, SIGKILL);
	(void)waitpid(rtc, NULL, 0);
	assert_int_equal(umount("/sys/class"), 0);
	assert_true(dry == 0 && both);
	print_message("%s", said);
	assert_int_equal(status, 0);
	assert_said("is being slewed by");
	wait_until(g, all_show, ordered);
	assert_said("time slewed");
	/* To move nothing more ends it. */
	group_run(g, 2);
	assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "+0s", NULL), 0);
	group_run(g, 2);
	assert_int_equal(host_berkctl(h, said, sizeof(said), "status", NULL), 0);
	assert_null(strstr(said, " left"));
	assert_true(host_logged(h, "has ended"));
}

static bool order_is_taken(struct group *g, void *arg)
{
	(void)arg;
	return host_berkctl(&g->host[WATCHER], said, sizeof(said), "settime", "--step", "--dry-run",
			    "+1h", NULL) == 0;
}

/* Before anything moves. */
static void who_takes_no_order_is_named_with_what_to_write(struct group *g)
{
	struct host *deaf = &g->host[a_member(g)];
	const struct host *h = &g->host[WATCHER];
	unsigned jumps = g->n_jumps;
	char named[64];

	(void)snprintf(named, sizeof(named), "  %s: its masters = ", deaf->name);
	host_config(deaf, "[clock]\nmax_drift = 1000ppm\n");
	assert_int_equal(host_berkctl(deaf, said, sizeof(said), "reload", NULL), 0);
	group_run(g, 3);
	for (unsigned dry = 0; dry < 2; dry++) {
		assert_int_equal(host_berkctl(h, said, sizeof(said), "settime", "--step", "+1h",
					      dry ? "--dry-run" : NULL, NULL),
				 1);
		print_message("%s", said);
		assert_said("nothing was done");
		assert_said(named);
		assert_said("orders = members");
		assert_said("the key of this host: ");
		assert_said("the key of the master: ");
	}
	group_run(g, 3);
	assert_int_equal(g->n_jumps, jumps);
	host_config(deaf, "[group]\norders = members\n[clock]\nmax_drift = 1000ppm\n");
	assert_int_equal(host_berkctl(deaf, said, sizeof(said), "reload", NULL), 0);
	wait_until(g, order_is_taken, NULL);
}

static void who_has_no_master_is_told(struct group *g)
{
	const struct host *h = &g->host[WATCHER];

	net_up(&g->hub, "h4", false);
	int status = host_berkctl(h, said, sizeof(said), "settime", "+1ms", NULL);

	print_message("%s", said);
	assert_int_equal(status, 1);
	assert_said("may have carried the order out");
	net_up(&g->hub, "h4", true);
}

static void prepare(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		host_config(&g->host[i],
			    i == WATCHER
				    ? "[group]\norders = members\n[node]\nmode = observe\n"
				      "priority = 0\n[clock]\nmax_drift = 1000ppm\n"
				    : "[group]\norders = members\n[clock]\nmax_drift = 1000ppm\n");
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = prepare,
					       .start = true,
					       .settled = 7};
	static const struct test tests[] = {
		TEST(dry_run_says_how_long_it_takes_and_changes_nothing),
		TEST(what_the_master_refuses_is_told_where_it_was_ordered),
		TEST(member_slews_the_group_and_all_stay_together),
		TEST(what_concerns_the_group_is_ordered_on_a_member),
		TEST(one_who_may_not_lead_steps_the_group_to_a_time_of_day),
		TEST(the_hardware_clock_tells_the_time_to_slew_or_to_step_to),
		TEST(who_takes_no_order_is_named_with_what_to_write),
		TEST(who_has_no_master_is_told),
	};

	return RUN_TESTS(&fixture, tests);
}
