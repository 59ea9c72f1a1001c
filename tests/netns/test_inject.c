/* test_inject.c - whatever call of the system, or piece of memory, is refused to a daemon, once or
 * from then on: it goes on, or it ends by itself and says why; no signal ends it, it hangs nowhere,
 * and its clock makes no step.
 *
 * All of it takes half an hour: INJECT_EVERY=1 (make inject).  Else each 47th is refused, from
 * the third on. */
#include "netns/lib/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERY	 47
#define FIRST	 3
#define READY_S	 3.0
#define RUN_S	 0.3
#define END_S	 20.0 /* no stop takes longer, on a machine that is loaded */
#define TICK_S	 0.02
#define TEXT_MAX 65536

struct run {
	char what[64];	   /* for inject.so; empty: nothing is refused */
	double patience_s; /* until it is ready */
	bool ready, ended, hangs;
	int status;
	char log[TEXT_MAX]; /* of this run, its end */
};

static off_t log_size(const struct host *h)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/log", h->dir);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void read_log(const struct host *h, off_t from, struct run *r)
{
	char path[128];
	off_t size = log_size(h);
	ssize_t n = 0;

	from = size - from < TEXT_MAX - 1 ? from : size - (TEXT_MAX - 1);
	(void)snprintf(path, sizeof(path), "%s/log", h->dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = pread(fd, r->log, TEXT_MAX - 1, from);
		close(fd);
	}
	r->log[n > 0 ? n : 0] = '\0';
}

static bool has_ended(struct host *h, struct run *r)
{
	r->ended = r->ended || waitpid(h->pid, &r->status, WNOHANG) == h->pid;
	return r->ended;
}

static bool is_ready(const struct host *h)
{
	char out[64];

	return host_berkctl(h, out, sizeof(out), "--json", "status", NULL) == 0;
}

/* One life of host 0: it starts, is asked, reads its configuration again, and is stopped. */
static void live(struct group *g, struct run *r)
{
	struct host *h = &g->host[0];
	char config[128], log[128];
	const char *argv[] = {h->program, "--config", config, NULL};
	off_t from = log_size(h);

	(void)snprintf(config, sizeof(config), "%s/berkd.conf", h->dir);
	(void)snprintf(log, sizeof(log), "%s/log", h->dir);
	(void)setenv("LD_PRELOAD", INJECT_PATH, 1);
	(void)setenv("INJECT", r->what[0] ? r->what : "calls 0", 1);
	h->pid = host_spawn(h, log, argv);
	(void)unsetenv("LD_PRELOAD");
	(void)unsetenv("INJECT");
	for (double s = 0; s < r->patience_s && !r->ready && !has_ended(h, r); s += TICK_S) {
		group_run(g, TICK_S);
		r->ready = is_ready(h);
	}
	if (!has_ended(h, r)) {
		kill(h->pid, SIGHUP);
		group_run(g, RUN_S);
		kill(h->pid, SIGTERM);
	}
	for (double s = 0; s < END_S && !has_ended(h, r); s += TICK_S) {
		group_run(g, TICK_S);
	}
	if (!r->ended) {
		r->hangs = true;
		r->status = host_stop(h, SIGKILL);
	}
	h->pid = 0;
	read_log(h, from, r);
}

/* On a machine that is loaded, ours may come before the daemon takes signals. */
static bool is_too_early(const struct run *r)
{
	int sig = WTERMSIG(r->status);

	return !r->ready && (sig == SIGHUP || sig == SIGTERM);
}

static const char *wrong_with(const struct run *r)
{
	if (r->hangs) {
		return "it hangs";
	}
	if (WIFSIGNALED(r->status) && !is_too_early(r)) {
		return "a signal ended it";
	}
	if (WIFEXITED(r->status) && WEXITSTATUS(r->status) != 0 && !strstr(r->log, "Giving up: ")) {
		return "it ended and did not say why";
	}
	return NULL;
}

static unsigned n_wrong, n_went_on, n_ended;

static void refuse(struct group *g, const char *kind, unsigned long n, const char *how)
{
	static struct run r;
	struct host_reading before, after;

	r = (struct run){.patience_s = READY_S};
	(void)snprintf(r.what, sizeof(r.what), "%s %lu%s", kind, n, how);
	g->n_samples = 0; /* nobody asks for the record, which has its end */
	(void)host_read(&g->host[0], truth_now(), &before);
	live(g, &r);
	const char *wrong = wrong_with(&r);

	if (host_read(&g->host[0], truth_now(), &after) && after.n_steps != before.n_steps) {
		wrong = "its clock made a step";
	}
	n_went_on += WIFEXITED(r.status) && WEXITSTATUS(r.status) == 0;
	n_ended += WIFEXITED(r.status) && WEXITSTATUS(r.status) != 0;
	if (wrong || getenv("INJECT_VERBOSE")) {
		n_wrong += wrong != NULL;
		print_message("%s: %s, status %x\n%s\n", r.what, wrong ? wrong : "well",
			      (unsigned)r.status, r.log);
	}
}

static void refuse_each(struct group *g, const char *kind, unsigned long n_all)
{
	const char *text = getenv("INJECT_EVERY");
	unsigned long every = text ? strtoul(text, NULL, 10) : EVERY;
	unsigned long first = every < FIRST ? 1 : FIRST;

	assert_true(every > 0);
	n_wrong = n_went_on = n_ended = 0;
	print_message("%s: one in %lu of %lu, from number %lu on\n", kind, every, n_all, first);
	for (unsigned long n = first; n <= n_all; n += every) {
		refuse(g, kind, n, "");
		refuse(g, kind, n, " on");
	}
	print_message("  it went on %u times, and ended with a reason %u times\n", n_went_on,
		      n_ended);
	assert_int_equal(n_wrong, 0);
}

/* Of a life of which nothing is refused. */
static void count_all(struct group *g, unsigned long *ret_calls, unsigned long *ret_pieces)
{
	static struct run r;

	r = (struct run){.patience_s = WAIT_S};
	live(g, &r);
	const char *at = strstr(r.log, "inject: ");

	assert_true(r.ready && WIFEXITED(r.status) && WEXITSTATUS(r.status) == 0);
	assert_non_null(at);
	assert_int_equal(sscanf(at, "inject: %lu calls, %lu pieces", ret_calls, ret_pieces), 2);
	assert_true(*ret_calls > 100 && *ret_pieces > 100);
}

static unsigned long n_calls, n_pieces;

static void begin(struct group *g)
{
	if (n_calls == 0) {
		(void)host_stop(&g->host[0], SIGTERM);
		count_all(g, &n_calls, &n_pieces);
	}
}

static void a_call_is_refused(struct group *g)
{
	refuse_each(g, "calls", n_calls);
}

static void memory_is_refused(struct group *g)
{
	refuse_each(g, "memory", n_pieces);
}

/* Else it is the history that most calls read. */
static void prepare(struct group *g)
{
	host_config(&g->host[0], "[state]\nhistory = 64K\n");
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2,
					       .prepare = prepare,
					       .start = true,
					       .settled = 3};
	static const struct test tests[] = {
		TEST(a_call_is_refused, .before = begin),
		TEST(memory_is_refused),
	};

	return RUN_TESTS(&fixture, tests);
}
