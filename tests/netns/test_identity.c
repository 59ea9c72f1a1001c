/* test_identity.c - what a state directory does to a group: its copy on another host makes two of
 * one identity; one that is full makes a member that does not vote. */
#include "netns/lib/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define ORIGINAL 0
#define CLONE	 3
#define REST	 (GROUP_ALL & ~(1U << CLONE))
#define NAMED_S	 10 /* a clone is named by everybody within, ... */
#define SLOW	 3  /* ... on a machine that is this much slower than its own time */

static const char *state_path(const struct host *h, const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/state/%s", h->dir, name);
	return path;
}

/* Small disks, which can be filled. */
static void mount_disks(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (mount("state", state_path(&g->host[i], ""), "tmpfs", 0, "size=64k,mode=700") <
		    0) {
			sandbox_die("tmpfs");
		}
	}
	for (unsigned i = 0; i < g->n; i++) {
		if (i != CLONE) {
			host_start(&g->host[i]);
		}
	}
}

static void copy_identity(const struct host *from, const struct host *to)
{
	char text[512];
	FILE *f = fopen(state_path(from, "identity"), "re");

	assert_non_null(f);
	size_t len = fread(text, 1, sizeof(text), f);

	(void)fclose(f);
	f = fopen(state_path(to, "identity"), "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	(void)fclose(f);
}

/* `berkctl check` of @h fails, and says all of these. */
static bool check_says(const struct host *h, const char *a, const char *b)
{
	char out[4096];

	return host_berkctl(h, out, sizeof(out), "check", NULL) == 1 && strstr(out, a) &&
	       strstr(out, b);
}

/* Which of its addresses that is, is chance. */
static bool names_by_an_address(const struct host *h, unsigned k)
{
	char v4[32], v6[32];

	snprintf(v4, sizeof(v4), "10.82.75.%u", k + 1);
	snprintf(v6, sizeof(v6), "82:75::%u", k + 1);
	return check_says(h, v4, "") || check_says(h, v6, "") || check_says(h, "[fe80::", "");
}

static bool clone_is_named_everywhere(struct group *g, void *arg)
{
	bool named = arg == NULL;

	for (unsigned i = 0; i < g->n; i++) {
		named = named && check_says(&g->host[i], "identity", "remove the state directory");
	}
	return named;
}

static void clone_is_named_on_all_hosts_and_counts_nowhere(struct group *g)
{
	int64_t began = truth_now();

	copy_identity(&g->host[ORIGINAL], &g->host[CLONE]);
	host_start(&g->host[CLONE]);
	wait_until(g, clone_is_named_everywhere, NULL);
	double took_s = (double)(truth_now() - began) / 1e9;

	print_message("named after %.2f s\n", took_s);
	assert_true(took_s < SLOW * NAMED_S);
	assert_true(names_by_an_address(&g->host[ORIGINAL], CLONE));
	assert_true(names_by_an_address(&g->host[CLONE], ORIGINAL));
	group_run(g, 15);
	assert_true(clone_is_named_everywhere(g, NULL)); /* and goes on to be */
	unsigned honest = 1U << 1 | 1U << 2;

	assert_bounds_hold(g, honest);
	int master = group_master(g, honest);

	assert_true(master == 1 || master == 2);
}

static bool all_is_well(struct group *g, void *arg)
{
	bool well = arg == NULL;
	char out[4096];

	for (unsigned i = 0; i < g->n; i++) {
		well = well && host_berkctl(&g->host[i], out, sizeof(out), "check", NULL) == 0;
	}
	return well;
}

static void clone_without_its_state_directory_is_a_host_of_its_own(struct group *g)
{
	host_stop(&g->host[CLONE], SIGTERM);
	(void)unlink(state_path(&g->host[CLONE], "identity"));
	(void)unlink(state_path(&g->host[CLONE], "term"));
	host_start(&g->host[CLONE]);
	wait_until(g, group_is_settled, NULL);
	wait_until(g, all_is_well, NULL);
}

/* --- A disk that is full --- */

static unsigned full; /* neither master nor deputy */

static bool another_leads(struct group *g, void *arg)
{
	int master = group_master(g, GROUP_ALL);

	return master >= 0 && master != *(const int *)arg;
}

static void fill_disk(const struct host *h)
{
	static const char zeros[4096];
	int fd = open(state_path(h, "filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0) {
	}
	(void)close(fd);
}

static void host_with_a_full_disk_follows_a_new_term_and_names_the_disk(struct group *g)
{
	int master = group_master(g, GROUP_ALL), deputy = group_deputy(g, GROUP_ALL);
	char out[512];

	for (full = 0; (int)full == master || (int)full == deputy; full++) {
	}
	struct host *h = &g->host[full];

	fill_disk(h);
	assert_int_equal(host_berkctl(&g->host[master], out, sizeof(out), "transfer", NULL), 0);
	wait_until(g, another_leads, &master);
	wait_until(g, group_is_settled, NULL);
	wait_rounds(g, GROUP_ALL, 5);
	assert_bounds_hold(g, GROUP_ALL);
	assert_int_equal(status_int(h, "term"), status_int(&g->host[deputy], "term"));
	assert_true(status_int(h, "bound_ns") > 0 && status_int(h, "bound_ns") < 100 * NS_PER_MS);
	assert_true(check_says(h, "the state directory", "No space left on device"));
	assert_true(check_says(h, "does not vote", ""));
}

static bool disk_is_well_again(struct group *g, void *arg)
{
	return host_logged(&g->host[full], "can be written again") && all_is_well(g, arg);
}

/* What a restart would know of terms is what the host has granted until now. */
static bool term_is_on_disk(struct group *g, void *arg)
{
	struct host *h = arg;
	char text[64] = "", full_term[ASK_TEXT_MAX];
	FILE *f = fopen(state_path(h, "term"), "re");

	(void)g;
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	(void)fclose(f);
	return strtoull(text, NULL, 10) ==
	       strtoull(status_text(h, "term_full", full_term), NULL, 16);
}

static void disk_with_room_again_is_used_within_a_minute(struct group *g)
{
	struct host *h = &g->host[full];

	assert_false(term_is_on_disk(g, h));
	assert_int_equal(unlink(state_path(h, "filler")), 0);
	wait_until(g, disk_is_well_again, NULL);
	wait_until(g, term_is_on_disk, h); /* it has what it could not take */
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 4,
					       .prepare = mount_disks,
					       .settled = REST};
	static const struct test tests[] = {
		TEST(clone_is_named_on_all_hosts_and_counts_nowhere),
		TEST(clone_without_its_state_directory_is_a_host_of_its_own),
		TEST(host_with_a_full_disk_follows_a_new_term_and_names_the_disk),
		TEST(disk_with_room_again_is_used_within_a_minute),
	};

	return RUN_TESTS(&fixture, tests);
}
