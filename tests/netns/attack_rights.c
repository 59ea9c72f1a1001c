/* attack_rights.c - cases T4, T7 and T13 to T15: who has the group's key and is not listed, or has
 * an identity that is made to be like another's; and what a local user, or a file that is none, can
 * do to a daemon. */
#include "netns/attack.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path_in(const struct host *h, const char *name)
{
	static char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	return path;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* --- T4: taken off the list --- */

enum { STRANGER = 4, LIST_HOSTS };
#define GONE_S	   1.0
#define UNPINNED_S 6.0
#define NOT_PINNED "its public key is not in members = here"

/* How long after @began @done comes, which is asked without a pause; it must come. */
static double until_s(int64_t began, struct group *g, bool (*done)(struct group *, void *))
{
	while (!done(g, NULL)) {
		assert_true(seconds_since(began) < WAIT_S);
		usleep(10000);
	}
	return seconds_since(began);
}

/* Nobody counts the stranger, and each has said why. */
static bool all_have_refused(struct group *g, void *arg)
{
	for (unsigned i = 0; i < STRANGER; i++) {
		char state[ASK_TEXT_MAX];

		(void)member_text(&g->host[i], &g->host[STRANGER], "state", state);
		if (state[0] && strcmp(state, "left") != 0) {
			return false;
		}
	}
	return !arg;
}

/* Does anybody follow the stranger? */
static bool it_leads_some(struct group *g, void *arg)
{
	for (unsigned i = 0; i < STRANGER; i++) {
		if (group_master(g, 1U << i | 1U << STRANGER) == STRANGER) {
			return true;
		}
	}
	return arg != NULL;
}

static void who_is_taken_off_the_list_is_gone_within_a_second(struct group *g)
{
	char members[1024] = "[group]\nmembers =", key[80], out[1024];

	treason_plan(g, STRANGER, "T4");
	for (unsigned i = 0; i < STRANGER; i++) {
		json_t *status = host_ask(&g->host[i], "status");

		(void)snprintf(key, sizeof(key), " %s\n\t", /* a list goes on in indented lines */
			       json_string_value(json_object_get(status, "public_key")));
		json_decref(status);
		strcat(members, key);
	}
	strcat(members, "\n");
	for (unsigned i = 0; i < STRANGER; i++) {
		host_config(&g->host[i], members);
	}
	int64_t began = truth_now();

	for (unsigned i = 0; i < STRANGER; i++) {
		if (host_berkctl(&g->host[i], out, sizeof(out), "reload", NULL) != 0) {
			fail_msg("reload: %s", out);
		}
	}
	int64_t reloaded = truth_now();

	treason_begin(); /* it says that it is the master of the next term */
	double gone_s = until_s(reloaded, g, all_have_refused);

	assert_never(g, UNPINNED_S, it_leads_some, NULL);
	unsigned rest = GROUP_ALL & ~(1U << STRANGER);
	uint64_t n_said = treason_count(WIRE_POLL);

	assert_true(n_said > 0);
	assert_true(group_until(g, SLOW * 10.0, group_is_settled, &rest));
	lane_figure(4,
		    "off members = and reloaded on four hosts in %.2f s: refused by all within "
		    "%.2f s more, its %u polls as a master lead nobody in %.0f s",
		    (double)(reloaded - began) / 1e9, gone_s, (unsigned)n_said, UNPINNED_S);
	/* Asking all of them takes as long on a machine that is loaded; test_expel has it without. */
	assert_true(gone_s < 10 * GONE_S);
}

/* --- T7: two of one tag --- */

enum { ORIGINAL, WITNESS, OTHER, TWIN, TWIN_HOSTS };
#define SAME_TAG "its id ends as that of another host does"
#define TWIN_S	 6.0

/* Identities as files of the state, whose ids have the same last 36 bits: secrets 42828 and 134235
 * of test_trust_node.c. */
static const char identity_of_original[] =
	"00014ca700000000000000000000000000000000000000000000000000000000 935d33a6e9fa04d1\n";
static const char identity_of_twin[] =
	"00015b0c02000000000000000000000000000000000000000000000000000000 d618fc0b8ea95402\n";

static bool all_have_named_the_twin(struct group *g, void *arg)
{
	bool all = !arg;

	for (unsigned i = 0; i < TWIN; i++) {
		all = all && host_logged(&g->host[i], SAME_TAG);
	}
	return all;
}

static bool witness_knows_the_twin(struct group *g, void *arg)
{
	char state[ASK_TEXT_MAX];

	(void)member_text(&g->host[WITNESS], &g->host[TWIN], "state", state);
	return arg || state[0];
}

static bool witness_refuses_the_twin(struct group *g, void *arg)
{
	return !arg && host_logged(&g->host[WITNESS], SAME_TAG);
}

static void a_twin_keeps_nobody_out(struct group *g)
{
	unsigned original_and_rest = GROUP_ALL & ~(1U << TWIN);

	write_text(path_in(&g->host[ORIGINAL], "state/identity"), identity_of_original, 0600);
	write_text(path_in(&g->host[TWIN], "state/identity"), identity_of_twin, 0600);
	for (unsigned i = 0; i < TWIN; i++) {
		host_start(&g->host[i]);
	}
	wait_until(g, group_is_settled, NULL);
	/* It is the one who calls: who is called names whom it refuses. */
	host_config(&g->host[TWIN], "[network]\ndiscovery = no\n"
				    "peers = 10.82.75.1 10.82.75.2 10.82.75.3\n");
	int64_t began = truth_now();

	host_start(&g->host[TWIN]);
	double refused_s = until_s(began, g, all_have_named_the_twin);

	assert_true(group_until(g, 1, group_is_settled, &original_and_rest));
	/* The original is away, and who starts again hears of the twin first. */
	host_stop(&g->host[ORIGINAL], SIGKILL);
	host_stop(&g->host[WITNESS], SIGKILL);
	unlink(path_in(&g->host[WITNESS], "log"));
	host_start(&g->host[WITNESS]);
	wait_until(g, witness_refuses_the_twin, NULL);
	assert_never(g, TWIN_S, witness_knows_the_twin, NULL);
	began = truth_now();
	host_start(&g->host[ORIGINAL]);

	wait_until(g, group_is_settled, &original_and_rest);
	lane_figure(7,
		    "a twin is refused by all three within %.2f s, by one that starts while the "
		    "original is off, too; the original is back after %.1f s",
		    refused_s, seconds_since(began));
}

/* --- T13: any user asks for the status --- */

static bool answers(struct group *g, void *h)
{
	return status_int(h, "poll_ns") > 0 && g;
}

/* Of this sandbox. */
static size_t count_processes(void)
{
	glob_t found;

	assert_int_equal(glob("/proc/[0-9]*", GLOB_NOSORT, NULL, &found), 0);
	size_t n = found.gl_pathc;

	globfree(&found);
	return n;
}

/* What a user without rights says by berkctl over this socket; the exit status. */
static int user_asks(const struct host *h, const char *socket, const char *what)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
		       "setpriv --reuid=65534 --regid=65534 --clear-groups %s --socket %s/%s %s "
		       ">/dev/null 2>&1",
		       BERKCTL_PATH, h->dir, socket, what);
	int status = system(command);

	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Any user learns the status of a daemon that runs, orders nothing, and starts none. */
static void asking_starts_and_stops_nothing(struct group *g)
{
	static const char *const orders[] = {"stepdown", "reload", "step", "settime 2030-01-01"};
	struct host *h = &g->host[0];
	int status;

	host_start(h);
	wait_until(g, answers, h);
	size_t before = count_processes();

	assert_int_equal(user_asks(h, "status", "status"), 0);
	assert_int_equal(user_asks(h, "status", "members"), 0);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_not_equal(user_asks(h, "status", orders[i]), 0);
		assert_int_not_equal(user_asks(h, "control", orders[i]), 0);
	}
	assert_int_equal(host_berkctl(h, (char[64]){0}, 64, "reload", NULL), 0); /* root may */
	assert_false(host_ended(h, 0, &status));
	assert_true(answers(g, h));
	assert_int_equal(count_processes(), before);
	assert_int_equal(host_stop(h, SIGTERM), 0);
	assert_int_not_equal(user_asks(h, "status", "status"), 0);
	assert_int_not_equal(user_asks(h, "status", "check"), 0);
	lane_figure(13,
		    "a user asks for the status, and is answered; gives %zu orders over either "
		    "socket, and is refused; asks a daemon that is off, and none starts (with "
		    "systemd: tests/kernel/test_systemd.sh)",
		    sizeof(orders) / sizeof(orders[0]));
	assert_int_equal(count_processes(), before - 1);
}

/* --- T14: files that are none, keys that are no secret --- */

#define GOOD_KEY  "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66\n"
#define ZERO_KEY  "0000000000000000000000000000000000000000000000000000000000000000\n"
#define AT_ONCE_S 10.0 /* no reload, start or end takes longer on any machine, unless it hangs */

static void put_fifo(const char *path)
{
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
}

/* A reload is refused; how long that took, in seconds. */
static double refused_reload_s(const struct host *h)
{
	char out[1024];
	int64_t began = truth_now();

	assert_int_not_equal(host_berkctl(h, out, sizeof(out), "reload", NULL), 0);
	assert_non_null(strstr(out, "not a regular file"));
	return seconds_since(began);
}

/* A daemon with this key does not start; it says @why. */
static void assert_key_refused(struct host *h, const char *text, mode_t mode, const char *why)
{
	int status;

	write_text(path_in(h, "key"), text, mode);
	unlink(path_in(h, "log"));
	host_start(h);
	assert_true(host_ended(h, WAIT_S, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	assert_true(host_logged(h, why));
}

static void what_is_no_file_hangs_nobody(struct group *g)
{
	struct host *h = &g->host[0];
	char text[256];

	write_text(path_in(h, "key"), GOOD_KEY, 0600);
	(void)snprintf(text, sizeof(text), "[group]\nkey_file = %s\n", path_in(h, "key"));
	host_config(h, text);
	host_start(h);
	wait_until(g, answers, h);
	put_fifo(path_in(h, "key"));
	double key_s = refused_reload_s(h);

	unlink(path_in(h, "key"));
	write_text(path_in(h, "key"), GOOD_KEY, 0600);
	put_fifo(path_in(h, "berkd.conf.d/60-more.conf"));
	double conf_s = refused_reload_s(h);

	assert_true(answers(g, h));
	int64_t began = truth_now();

	assert_int_equal(host_stop(h, SIGTERM), 0);
	double end_s = seconds_since(began);

	unlink(path_in(h, "berkd.conf.d/60-more.conf"));
	(void)snprintf(text, sizeof(text),
		       "cd %s && for f in *; do rm $f && mkfifo $f || exit 1; done",
		       path_in(h, "state"));
	assert_int_equal(system(text), 0);
	began = truth_now();
	host_start(h);
	wait_until(g, answers, h);
	double start_s = seconds_since(began);

	assert_int_equal(host_stop(h, SIGTERM), 0);
	assert_key_refused(h, GOOD_KEY, 0666, "others can read it");
	assert_key_refused(h, ZERO_KEY, 0600, "nobody's secret");
	lane_figure(14,
		    "reload with a FIFO as key refused in %.0f ms, as drop-in in %.0f ms, end by "
		    "SIGTERM "
		    "in %.0f ms; start with FIFOs as all state files in %.0f ms; a key of mode "
		    "0666, or "
		    "of zeros, refused",
		    1e3 * key_s, 1e3 * conf_s, 1e3 * end_s, 1e3 * start_s);
	assert_true(key_s < AT_ONCE_S && conf_s < AT_ONCE_S && end_s < AT_ONCE_S);
	host_config(h, "");
}

/* --- T15: what a daemon that was taken over would have --- */

/* The number after @key in /proc/PID/status, in base @base. */
static unsigned long long process_field(pid_t pid, const char *key, int base)
{
	char path[64], line[256];
	unsigned long long value = 99;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)) == 0) {
			value = strtoull(line + strlen(key), NULL, base);
		}
	}
	(void)fclose(f);
	return value;
}

/* How many lines of what readelf says of berkd match. */
static unsigned elf_lines(const char *option, const char *pattern)
{
	char command[512];
	unsigned n = 0;

	(void)snprintf(command, sizeof(command), "readelf -W %s %s | grep -cE '%s'", option,
		       BERKD_PATH, pattern);
	FILE *f = popen(command, "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &n), 1);
	(void)pclose(f);
	return n;
}

static void nothing_of_root_is_left(struct group *g)
{
	struct host *h = &g->host[0];

	host_start(h);
	wait_until(g, answers, h);
	unsigned long long caps = process_field(h->pid, "CapEff:", 16),
			   privs = process_field(h->pid, "NoNewPrivs:", 10),
			   seccomp = process_field(h->pid, "Seccomp:", 10);
	unsigned now = elf_lines("-d", "BIND_NOW"), pie = elf_lines("-h", "DYN"),
		 chk = elf_lines("--dyn-syms", "_chk@");

	lane_figure(
		15,
		"started as root, with a clock of its own: CapEff %llx, NoNewPrivs %llu, Seccomp "
		"%llu (the user: tests/kernel/test_group.sh); BIND_NOW %u, PIE %u, %u "
		"functions fortified",
		caps, privs, seccomp, now > 0, pie > 0, chk);
	assert_true(caps == 0 && privs == 1 && seccomp == 2);
	assert_true(now > 0 && pie > 0 && chk > 0);
}

const struct lane lanes_rights[] = {
	LANE("T4", LIST_HOSTS, TEST(who_is_taken_off_the_list_is_gone_within_a_second)),
	LANE("T7", TWIN_HOSTS, TEST(a_twin_keeps_nobody_out)),
	LANE("T13-T15", 1, TEST(asking_starts_and_stops_nothing),
	     TEST(what_is_no_file_hangs_nobody), TEST(nothing_of_root_is_left)),
};
const size_t n_lanes_rights = sizeof(lanes_rights) / sizeof(lanes_rights[0]);
