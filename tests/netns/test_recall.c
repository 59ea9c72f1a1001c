/* test_recall.c - the table on disk, by real daemons: two of three that restart without the
 * third say whom they miss and promise nothing; forgotten, it is forgotten everywhere; a table
 * that is damaged costs no start. */
#include "netns/lib/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { A, B, MISSING, N_HOSTS };

static char said[16384]; /* by berkctl */

static const char *state_file(const struct host *h, const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/state/%s", h->dir, name);
	return path;
}

/* Does the table on the disk of @h have a host of that name? */
static bool has_on_disk(const struct host *h, const char *name)
{
	char line[512], last[512];
	FILE *f = fopen(state_file(h, "table"), "re");
	bool found = false;

	while (f && fgets(line, sizeof(line), f)) {
		found |= sscanf(line, "%*s %*s %*s %*s %*s %511s", last) == 1 &&
			 strcmp(last, name) == 0;
	}
	if (f) {
		fclose(f);
	}
	return found;
}

static bool all_are_on_disk(struct group *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < N_HOSTS; i++) {
		for (unsigned k = 0; k < N_HOSTS; k++) {
			if (i != k && !has_on_disk(&g->host[i], g->host[k].name)) {
				return false;
			}
		}
	}
	return true;
}

/* Does a line of the check of @h have all of that? */
static bool check_says(const struct host *h, const char *what, const char *remedy)
{
	char *rest = NULL;

	if (host_berkctl(h, said, sizeof(said), "check", NULL) != 1) {
		return false;
	}
	for (char *line = strtok_r(said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strstr(line, what) && strstr(line, remedy)) {
			print_message("%s: %s\n", h->name, line);
			return true;
		}
	}
	return false;
}

static bool both_have_begun(struct group *g, void *arg)
{
	(void)arg;
	return group_master(g, 1U << A | 1U << B) >= 0 &&
	       host_logged(&g->host[group_master(g, 1U << A | 1U << B)], "no bound is promised");
}

static void assert_missed(struct group *g)
{
	char text[ASK_TEXT_MAX], forget[64];
	const char *name = g->host[MISSING].name;

	snprintf(forget, sizeof(forget), "berkctl forget %s", name);
	for (unsigned i = A; i <= B; i++) {
		const struct host *h = &g->host[i];

		assert_string_equal(member_text(h, &g->host[MISSING], "state", text), "unseen");
		assert_true(check_says(h, name, forget));
		assert_int_equal(status_int(h, "n_table"), N_HOSTS);
		assert_int_equal(status_int(h, "bound_ns"), -1);
		assert_string_equal(status_text(h, "lack", text), "others");
	}
}

static void two_that_restart_without_the_third_say_so(struct group *g)
{
	wait_until(g, all_are_on_disk, NULL);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		host_stop(&g->host[i], SIGKILL);
	}
	host_start(&g->host[A]);
	host_start(&g->host[B]);
	wait_until(g, both_have_begun, NULL);
	group_run(g, 3);
	assert_missed(g);
	group_run(g, 15); /* and waiting makes it no better */
	assert_missed(g);
}

static bool both_are_synced(struct group *g, void *arg)
{
	char text[ASK_TEXT_MAX];

	(void)arg;
	for (unsigned i = A; i <= B; i++) {
		const struct host *h = &g->host[i];

		if (status_int(h, "bound_ns") < 0 || has_on_disk(h, g->host[MISSING].name) ||
		    member_text(h, &g->host[MISSING], "state", text)[0]) {
			return false;
		}
	}
	return true;
}

static void who_is_forgotten_is_so_on_both_and_on_their_disks(struct group *g)
{
	int m = group_master(g, 1U << A | 1U << B);
	const char *name = g->host[MISSING].name;

	assert_true(m >= 0);
	assert_int_equal(host_berkctl(&g->host[m == A ? B : A], said, sizeof(said), "forget", name,
				      NULL),
			 1);
	assert_int_equal(host_berkctl(&g->host[m], said, sizeof(said), "forget", name, NULL), 0);
	assert_non_null(strstr(said, "there: "));
	assert_non_null(strstr(said, g->host[m == A ? B : A].name));
	group_run(g, 3);
	assert_true(check_says(&g->host[m == A ? B : A], name, "berkctl forget"));
	assert_int_equal(host_berkctl(&g->host[m == A ? B : A], said, sizeof(said), "forget", name,
				      NULL),
			 0);
	wait_until(g, both_are_synced, NULL);
	assert_int_equal(host_berkctl(&g->host[m], said, sizeof(said), "check", NULL), 0);
}

static void it_is_back_when_it_is_back(struct group *g)
{
	host_start(&g->host[MISSING]);
	wait_until(g, group_is_settled, NULL);
	wait_until(g, all_are_on_disk, NULL);
}

static void spoil(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "!", 1, 40), 1);
	close(fd);
}

static void a_damaged_table_costs_no_start(struct group *g)
{
	struct host *h = &g->host[B];

	host_stop(h, SIGTERM);
	spoil(state_file(h, "table"));
	host_start(h);
	wait_until(g, group_is_settled, NULL);
	assert_true(host_logged(h, "/table is damaged (line 2 is no host)"));
	assert_true(host_logged(h, "berkctl forget"));
	assert_int_equal(access(state_file(h, "table.damaged"), F_OK), 0);
	wait_until(g, all_are_on_disk, NULL);
}

#define NOWHERE "nowhere.invalid"

static bool all_wait_for_nowhere(struct group *g, void *arg)
{
	int m = group_master(g, GROUP_ALL);

	(void)arg;
	return m >= 0 && status_int(&g->host[m], "n_alive") == N_HOSTS &&
	       check_says(&g->host[m], NOWHERE, "no-address") &&
	       check_says(&g->host[m], "synchronised", "out of sight");
}

static bool master_is_synced(struct group *g, void *arg)
{
	int m = group_master(g, GROUP_ALL);

	(void)arg;
	return m >= 0 && status_int(&g->host[m], "bound_ns") >= 0;
}

static const struct host *begin_with_nowhere(struct group *g, const char *config)
{
	for (unsigned i = 0; i < N_HOSTS; i++) {
		host_config(&g->host[i], config);
		host_stop(&g->host[i], SIGKILL);
		host_start(&g->host[i]);
	}
	wait_until(g, all_wait_for_nowhere, NULL);
	group_run(g, 5);
	assert_false(master_is_synced(g, NULL));
	return &g->host[group_master(g, GROUP_ALL)];
}

/* The name service is asked on, and that changes nothing. */
static void assert_stays_forgotten(struct group *g, const struct host *m)
{
	wait_until(g, master_is_synced, NULL);
	assert_int_equal(kill(m->pid, SIGHUP), 0); /* names are looked up again */
	group_run(g, 5);
	assert_true(master_is_synced(g, NULL));
	assert_true(check_says(m, NOWHERE, "strike it from peers ="));
}

/* It counts, and nobody ever knew its id. */
static void a_name_that_leads_nowhere_is_forgotten_by_name(struct group *g)
{
	const struct host *m = begin_with_nowhere(g, "[network]\npeers = " NOWHERE "\n");

	assert_int_equal(host_berkctl(m, said, sizeof(said), "forget", NOWHERE, NULL), 0);
	assert_stays_forgotten(g, m);
}

/* The order travels to the master, whose own peers it concerns, too. */
static void it_is_forgotten_by_an_order_on_another_host(struct group *g)
{
	const struct host *m = begin_with_nowhere(g, "[group]\norders = members\n"
						     "[network]\npeers = " NOWHERE "\n");
	const struct host *other = m == &g->host[0] ? &g->host[1] : &g->host[0];

	assert_int_equal(host_berkctl(other, said, sizeof(said), "forget", NULL), 0);
	assert_stays_forgotten(g, m);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .start = true,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(two_that_restart_without_the_third_say_so),
		TEST(who_is_forgotten_is_so_on_both_and_on_their_disks),
		TEST(it_is_back_when_it_is_back),
		TEST(a_damaged_table_costs_no_start),
		TEST(a_name_that_leads_nowhere_is_forgotten_by_name),
		TEST(it_is_forgotten_by_an_order_on_another_host),
	};

	return RUN_TESTS(&fixture, tests);
}
