/* demo.c - the story that ./demo tells: five clocks come together, lose their master, go on, get
 * it back, and pass on what somebody typed.  At its end the program writes the record that demo.gp
 * draws. */
#include "berk/time.h"
#include "common/format.h"
#include "netns/lib/ask.h"
#include "netns/lib/group.h"
#include "netns/lib/sandbox.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_HOSTS	   5
#define LIMIT_S	   400
#define PATIENCE_S 60 /* for what takes a few seconds on an idle machine */
#define EVENTS_MAX 8
#define CHAT_LINE  "Has everybody the same time now?"

static struct {
	double at_s;
	const char *label;
} event[EVENTS_MAX];
static size_t n_events;

static double now_s(const struct group *g)
{
	return (double)(truth_now() - g->origin_ns) / (double)NS_PER_S;
}

static __attribute__((format(printf, 2, 3))) void tell_line(const struct group *g,
							    const char *format, ...)
{
	va_list ap;

	printf("%5.1f s  ", now_s(g));
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

static void mark_event(const struct group *g, const char *label)
{
	if (n_events < EVENTS_MAX) {
		event[n_events].at_s = now_s(g);
		event[n_events++].label = label;
	}
}

/* The clocks that count now: of hosts whose daemon runs. */
static unsigned mask_running(const struct group *g)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < g->n; i++) {
		mask |= g->host[i].pid ? 1U << i : 0;
	}
	return mask;
}

static void tell_apart(const struct group *g)
{
	char text[FORMAT_MAX];

	tell_line(g, "  apart: %s",
		  format_interval(group_pair_error(g, &g->sample[g->n_samples - 1],
						   mask_running(g)),
				  text));
}

/* Let time pass, and say how far apart the clocks are @times times, @every seconds. */
static void watch_clocks(struct group *g, unsigned times, double every)
{
	for (unsigned i = 0; i < times; i++) {
		group_run(g, every);
		tell_apart(g);
	}
}

static void show_command(const struct host *h, const char *command)
{
	char out[4096], *save = NULL;

	printf("\n         $ berkctl %s        (on %s)\n", command, h->name);
	host_berkctl(h, out, sizeof(out), command, NULL);
	for (char *line = strtok_r(out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		printf("         %s\n", line);
	}
	putchar('\n');
}

static bool follows_other(struct group *g, void *arg)
{
	int master = group_master(g, mask_running(g));

	return master >= 0 && master != *(int *)arg;
}

static void come_together(struct group *g)
{
	char text[FORMAT_MAX];

	tell_line(g,
		  "Five hosts start. None knows the others; their clocks are up to 980 ms apart,");
	printf("         and each runs at a pace of its own, up to 50 ppm wrong.\n");
	group_start(g);
	mark_event(g, "start");
	watch_clocks(g, 2, 1);
	watch_clocks(g, 2, 2.5);
	if (!group_until(g, PATIENCE_S, group_is_settled, NULL)) {
		sandbox_die("the group did not settle");
	}
	int master = group_master(g, GROUP_ALL), deputy = group_deputy(g, GROUP_ALL);
	tell_line(g, "They found each other. %s was elected master, %s is its deputy.",
		  g->host[master].name, deputy < 0 ? "nobody" : g->host[deputy].name);
	watch_clocks(g, 3, 5);
	double below = group_below(g, 0, NS_PER_MS, GROUP_ALL);
	tell_line(g, "All five read the same time to %s; below 1 ms since second %.1f.",
		  format_interval(group_pair_error(g, &g->sample[g->n_samples - 1], GROUP_ALL),
				  text),
		  below);
	show_command(&g->host[master], "members");
}

static void lose_master(struct group *g)
{
	int old = group_master(g, GROUP_ALL);
	unsigned jumps = g->n_jumps;

	tell_line(g, "Now %s, the master, is killed (kill -9).", g->host[old].name);
	mark_event(g, "master killed");
	host_stop(&g->host[old], SIGKILL);
	if (!group_until(g, PATIENCE_S, follows_other, &old)) {
		sandbox_die("nobody took over");
	}
	int master = group_master(g, mask_running(g));
	mark_event(g, "deputy carries on");
	tell_line(g, "%s carries on as master of the other four. %s", g->host[master].name,
		  g->n_jumps == jumps ? "No clock jumped." : "A clock jumped!");
	watch_clocks(g, 4, 5);
	show_command(&g->host[master], "status");

	tell_line(g, "%s comes back. Its clock went its own way for a while.", g->host[old].name);
	host_start(&g->host[old]);
	mark_event(g, "old master returns");
	if (!group_until(g, PATIENCE_S, group_is_settled, NULL)) {
		sandbox_die("the old master was not taken back");
	}
	tell_line(g, "It is taken in as a member; %s stays master.",
		  g->host[group_master(g, GROUP_ALL)].name);
	watch_clocks(g, 3, 5);
}

static void show_chat(struct group *g)
{
	char path[N_HOSTS][128], line[512];
	pid_t follower[N_HOSTS] = {0};

	for (unsigned i = 0; i < g->n; i++) {
		const struct host *h = &g->host[i];
		char control[128];
		const char *argv[] = {BERKCTL_PATH, "--socket", control, "chat", "--follow", NULL};

		snprintf(control, sizeof(control), "%s/control", h->dir);
		snprintf(path[i], sizeof(path[i]), "%s/chat", h->dir);
		follower[i] = host_spawn(h, path[i], argv);
	}
	group_run(g, 1);
	tell_line(g, "Somebody on host2 types a line into the chat. What the others see:");
	mark_event(g, "a chat line");
	host_berkctl(&g->host[1], line, sizeof(line), "chat", CHAT_LINE, NULL);
	group_run(g, 3);
	for (unsigned i = 0; i < g->n; i++) {
		FILE *f = fopen(path[i], "re");

		while (f && fgets(line, sizeof(line), f)) {
			if (strstr(line, CHAT_LINE)) {
				printf("         %s: %s", g->host[i].name, line);
			}
		}
		if (f) {
			fclose(f);
		}
		kill(follower[i], SIGTERM);
		waitpid(follower[i], NULL, 0);
	}
}

/* For demo.gp: seconds, pair error of the clocks under berkd's hand, each offset from their mean
 * (us). */
static void write_record(const struct group *g, FILE *data, FILE *events)
{
	for (size_t k = 0; k < g->n_samples; k++) {
		const struct group_sample *s = &g->sample[k];
		double mean = 0;
		unsigned n = 0;

		for (unsigned i = 0; i < g->n; i++) {
			mean += s->known[i] ? (double)s->offset_ns[i] : 0;
			n += s->known[i];
		}
		if (!n) {
			continue;
		}
		int64_t pair = group_pair_error(g, s, s->steered);
		fprintf(data, "%.3f %.3f", s->at_s, (double)pair / 1e3);
		for (unsigned i = 0; i < g->n; i++) {
			if (s->known[i]) {
				fprintf(data, " %.3f", ((double)s->offset_ns[i] - mean / n) / 1e3);
			} else {
				fputs(" nan", data);
			}
		}
		fputc('\n', data);
	}
	for (size_t k = 0; k < n_events; k++) {
		fprintf(events, "%.2f \"%s\"\n", event[k].at_s, event[k].label);
	}
}

int main(int argc, char **argv)
{
	struct group g;

	if (argc != 3) {
		fprintf(stderr, "usage: %s DATA EVENTS\n", argv[0]);
		return 2;
	}
	FILE *data = fopen(argv[1], "we"), *events = fopen(argv[2], "we");
	if (!data || !events) {
		perror("demo");
		return 1;
	}
	sandbox_enter(LIMIT_S);
	group_init(&g, N_HOSTS);
	come_together(&g);
	lose_master(&g);
	show_chat(&g);
	write_record(&g, data, events);
	group_fini(&g);
	return fclose(data) != 0 || fclose(events) != 0;
}
