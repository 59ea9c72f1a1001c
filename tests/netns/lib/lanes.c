/* lanes.c - see lanes.h. */
#include "netns/lib/lanes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASES_MAX  32
#define FIGURE_MAX 400

/* Shared by all lanes; each case is of one of them. */
static char (*figures)[FIGURE_MAX];

struct run {
	pid_t pid; /* 0: it has ended, or has not begun */
	FILE *said;
	int64_t began;
};

void lane_figure(unsigned number, const char *format, ...)
{
	char text[FIGURE_MAX], *all = figures[number];
	size_t len = strlen(all);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	print_message("%s\n", text);
	(void)snprintf(all + len, FIGURE_MAX - len, "%s%s", len ? "; " : "", text);
}

/* Files that are kept are kept apart. */
static void keep_apart(const char *lane)
{
	const char *keep = getenv("BERK_NETNS_DIR");
	char path[512];

	if (keep) {
		(void)snprintf(path, sizeof(path), "%s/%s", keep, lane);
		if (mkdir(path, 0755) < 0 && errno != EEXIST) {
			sandbox_die("%s: %s", path, strerror(errno));
		}
		setenv("BERK_NETNS_DIR", path, 1);
	}
}

static void begin(struct run *r, const struct lane *lane)
{
	r->said = tmpfile();
	r->began = truth_now();
	fflush(stdout);
	r->pid = r->said ? fork() : -1;
	if (r->pid < 0) {
		sandbox_die("%s: %s", lane->name, strerror(errno));
	}
	if (r->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(fileno(r->said), 1) < 0 || dup2(fileno(r->said), 2) < 0) {
			_exit(1);
		}
		keep_apart(lane->name);
		exit(fixture_run(&lane->fixture, lane->tests, lane->n_tests));
	}
}

/* Copy what @r printed, which has ended with @status; returns its exit status. */
static int end(struct run *r, const struct lane *lane, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	char *line = NULL;
	size_t size = 0;

	printf("== %s: %s after %.1f s\n", lane->name, code ? "failed" : "passed",
	       (double)(truth_now() - r->began) / 1e9);
	rewind(r->said);
	while (getline(&line, &size, r->said) >= 0) {
		fputs(line, stdout);
	}
	free(line);
	fclose(r->said);
	fflush(stdout);
	r->pid = 0;
	return code;
}

static int print_figures(unsigned n_cases)
{
	int code = 0;

	puts("\nWhat attackers did, case by case:");
	for (unsigned i = 1; i <= n_cases; i++) {
		printf("  T%-3u %s\n", i, figures[i][0] ? figures[i] : "NOT SHOWN");
		code |= !figures[i][0];
	}
	if (figures[OF_NO_CASE][0]) {
		printf("  any  %s\n", figures[OF_NO_CASE]);
	}
	return code;
}

/* Is @name one of the words of @list? */
static bool names(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len])) {
			return true;
		}
		at += len;
	}
	return false;
}

int lanes_run(const struct lane *lane, size_t n_lanes, unsigned at_once, unsigned n_cases)
{
	static struct run run[LANES_MAX];
	const char *only = getenv("BERK_NETNS_LANES");
	size_t next = 0, running = 0;
	int code = 0, status;

	figures = mmap(NULL, CASES_MAX * sizeof(*figures), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures == MAP_FAILED || n_lanes > LANES_MAX || n_cases >= CASES_MAX) {
		sandbox_die("no room for the lanes");
	}
	while (next < n_lanes || running > 0) {
		if (next < n_lanes && only && !names(only, lane[next].name)) {
			next++;
			continue;
		}
		if (next < n_lanes && running < at_once) {
			begin(&run[next], &lane[next]);
			next++;
			running++;
			continue;
		}
		pid_t gone = wait(&status);

		for (size_t i = 0; i < next; i++) {
			if (run[i].pid == gone) {
				int ended = end(&run[i], &lane[i], status);

				code = ended ? ended : code;
				running--;
			}
		}
	}
	int shown = print_figures(n_cases);

	return code || only ? code : shown;
}
