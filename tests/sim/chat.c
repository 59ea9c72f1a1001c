/* chat.c - many lines from all hosts at once over a network that loses packets: each line once, in
 * one order, on every host; if wanted, through the death of the master. */
#include "tests/sim/command.h"
#include "tests/sim/options.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS_MAX 32
#define START_NS  (20 * NS_PER_S) /* the group has met */
#define TYPE_NS	  (20 * NS_PER_MS)
#define APART_NS  (20 * NS_PER_S)
#define PACE_NS	  5e8
#define GIVE_UP_S 600
#define AFTER_NS  (10 * NS_PER_S) /* nothing may come twice */

struct talk {
	unsigned n, per_host;
	unsigned typed[HOSTS_MAX];
	unsigned *shown[HOSTS_MAX]; /* numbers of lines in the order shown */
	unsigned n_shown[HOSTS_MAX];
	bool kill; /* the master, amid it */
	bool dead[HOSTS_MAX];
	bool paced;	  /* lines are typed one by one, through all islands */
	unsigned islands; /* times that the cables of some hosts are pulled ... */
	bool whole;	  /* ... and put in again */
};

enum script { DO_BOOT, DO_TYPE, DO_KILL, DO_CUT, DO_HEAL };

static void type_lines(struct world *w, struct talk *t, unsigned i)
{
	bool go_on = true;

	while (go_on && !t->dead[i] && t->typed[i] < t->per_host) {
		char text[32];
		int len = snprintf(text, sizeof(text), "%u", i * t->per_host + t->typed[i]);

		if (host_order(w, i, ORDER_CHAT, 0, text, (size_t)len) != ORDER_OK) {
			break; /* the outbox is full: go on when it has drained */
		}
		t->typed[i]++;
		go_on = !t->paced;
	}
	if (!t->dead[i] && t->typed[i] < t->per_host) {
		int64_t pause = t->paced ? (int64_t)(rng_exp(&w->rng) * PACE_NS) : TYPE_NS;

		world_at(w, w->now + pause, (uint64_t)DO_TYPE << 32 | i);
	}
}

/* Some hosts are apart from the others for longer than an election takes. */
static void cut_some(struct world *w, struct talk *t)
{
	uint64_t all = (UINT64_C(1) << t->n) - 1, some;

	do {
		some = rng_u64(&w->rng) & all;
	} while (some == 0 || some == all);
	for (unsigned i = 0; i < t->n; i++) {
		w->net.cut[i] = some >> i & 1 ? all & ~some : some;
	}
	t->whole = false;
	world_at(w, w->now + APART_NS / 2 + (int64_t)(rng_unit(&w->rng) * (double)APART_NS),
		 (uint64_t)DO_HEAL << 32);
}

static void heal(struct world *w, struct talk *t)
{
	memset(w->net.cut, 0, sizeof(w->net.cut));
	t->whole = --t->islands == 0;
	if (t->islands > 0) {
		world_at(w, w->now + (int64_t)(rng_unit(&w->rng) * (double)APART_NS),
			 (uint64_t)DO_CUT << 32);
	}
}

static void run_script(struct world *w, uint64_t value)
{
	struct talk *t = w->scenario.user;
	unsigned i = (unsigned)value;

	switch ((enum script)(value >> 32)) {
	case DO_BOOT:
		host_boot(w, i);
		break;
	case DO_TYPE:
		type_lines(w, t, i);
		break;
	case DO_KILL:
		if (world_master(w, 0) >= 0) {
			i = (unsigned)world_master(w, 0);
			t->dead[i] = true;
			host_crash(w, i);
		}
		break;
	case DO_CUT:
		cut_some(w, t);
		break;
	case DO_HEAL:
		heal(w, t);
		break;
	}
}

static void note_shown(struct world *w, unsigned i, const struct effect *e)
{
	if (e->type != FX_CHAT) {
		return;
	}
	struct talk *t = w->scenario.user;
	const struct wire_chat_line *line = e->chat;
	unsigned number = (unsigned)strtoul(line->text, NULL, 10);

	if (t->n_shown[i] == t->n * t->per_host || number >= t->n * t->per_host) {
		world_fail(w, "6 chat: h%u shows \"%.*s\" beyond all that was typed", i,
			   (int)line->len, line->text);
		return;
	}
	t->shown[i][t->n_shown[i]++] = number;
}

/* Has host @i shown all that those who live have typed?  (check.c knows that it was once.) */
static bool has_shown_all(const struct talk *t, unsigned i)
{
	unsigned have[HOSTS_MAX] = {0};

	for (unsigned k = 0; k < t->n_shown[i]; k++) {
		have[t->shown[i][k] / t->per_host]++;
	}
	for (unsigned k = 0; k < t->n; k++) {
		if (!t->dead[k] && have[k] < t->per_host) {
			return false;
		}
	}
	return true;
}

static bool all_have_shown_all(const struct talk *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		if (!t->dead[i] && !has_shown_all(t, i)) {
			return false;
		}
	}
	return true;
}

/* Once, in one order, everywhere: check.c has looked at each line; here they are all.  Islands
 * show their lines before the others do. */
static void judge_rows(struct world *w, const struct talk *t)
{
	unsigned first = t->dead[0] ? 1 : 0;

	for (unsigned i = 0; i < t->n; i++) {
		if (t->dead[i]) {
			continue;
		}
		if (!has_shown_all(t, i)) {
			world_fail(w, "6 chat: h%u shows %u lines, not all", i, t->n_shown[i]);
		} else if (t->n_shown[i] != t->n_shown[first]) {
			world_fail(w, "6 chat: h%u and h%u show different lines", first, i);
		} else if (!t->paced && memcmp(t->shown[i], t->shown[first],
					       t->n_shown[i] * sizeof(t->shown[i][0])) != 0) {
			world_fail(w, "6 chat: h%u and h%u show different rows", first, i);
		}
	}
}

static struct world *world_of_talk(struct talk *t, double loss, uint64_t seed)
{
	struct net net;
	struct world *w;

	(void)net_named("lan", &net);
	net.loss = loss;
	w = world_new(seed, t->n, t->n, t->n, &net, t->n + 8);
	w->scenario = (struct scenario){.script = run_script, .effect = note_shown, .user = t};
	check_init(w);
	for (unsigned i = 0; i < t->n; i++) {
		t->shown[i] = calloc((size_t)t->n * t->per_host, sizeof(t->shown[i][0]));
		if (!t->shown[i]) {
			abort();
		}
		world_draw_clock(w, i, NS_PER_S / 4, 48e-6);
		world_at(w, (int64_t)(rng_unit(&w->rng) * 0.2e9), (uint64_t)DO_BOOT << 32 | i);
		world_at(w, START_NS, (uint64_t)DO_TYPE << 32 | i);
	}
	t->whole = t->islands == 0;
	t->paced = t->islands > 0;
	if (t->paced) {
		world_at(w, START_NS + NS_PER_S, (uint64_t)DO_CUT << 32);
	}
	if (t->kill) {
		world_at(w, START_NS + NS_PER_S / 2, (uint64_t)DO_KILL << 32);
	}
	return w;
}

static bool run_talk(struct world *w, const struct talk *t, int64_t *ret_end)
{
	int64_t end = START_NS;

	while (!w->failed && end < GIVE_UP_S * NS_PER_S &&
	       (end == START_NS || !t->whole || !all_have_shown_all(t))) {
		end += NS_PER_S / 10;
		world_run(w, end);
	}
	world_run(w, end + AFTER_NS);
	check_all_said(w);
	if (!w->failed) {
		judge_rows(w, t);
	}
	*ret_end = end;
	return !w->failed;
}

int cmd_chat(int argc, char **argv)
{
	struct talk t = {.n = 5};
	unsigned lines = 1000, verbose = 0;
	double loss = 0.2;
	uint64_t seed = 1;
	int64_t end;
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "hosts", 2, HOSTS_MAX, .number = &t.n},
		{"lines", "L", "in all, a multiple of N", 1, 30000, .number = &lines},
		{"loss", "P", "of each packet", 0, 0.9, .real = &loss},
		{"kill-master", NULL,
		 "half a second after the first line; those who stay must agree", .flag = &t.kill},
		{"islands", "COUNT",
		 "times that some hosts are cut off and come back, amid slower typing", 0, 10,
		 .number = &t.islands},
		{"seed", "K", "of the run", .seed = &seed},
		{"verbose", NULL, "or -v: tell what happens", .count = &verbose},
	};

	if (!options_take(
		    "All hosts type at once; each line must come once, in one order, on every "
		    "host.",
		    options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	if (lines % t.n != 0) {
		(void)fprintf(stderr, "berksim: %u lines are no multiple of %u\n", lines, t.n);
		return EXIT_USAGE;
	}
	t.per_host = lines / t.n;
	unsigned islands = t.islands;

	printf("seed %" PRIu64 "\n", seed);
	struct world *w = world_of_talk(&t, loss, seed);

	w->verbose = verbose;
	if (run_talk(w, &t, &end)) {
		printf("%u lines from %u hosts, %.0f %% loss, %.1f s: each once, %s, on "
		       "every host; hash %016" PRIx64 "\n",
		       lines, t.n, loss * 100, (double)(end - START_NS) / 1e9,
		       islands ? "through islands" : "in one order", w->hash);
	} else {
		printf("BROKEN at %.9f s: %s\n  replay: berksim chat --nodes %u --lines %u "
		       "--loss %g%s --islands %u --seed %" PRIu64 "\n",
		       (double)w->now / 1e9, w->failure, t.n, lines, loss,
		       t.kill ? " --kill-master" : "", islands, seed);
	}
	if (w->failed && verbose) {
		world_describe(w);
	}
	status = w->failed ? EXIT_BROKE : EXIT_HELD;
	for (unsigned i = 0; i < t.n; i++) {
		free(t.shown[i]);
	}
	check_fini(w);
	world_free(w);
	return status;
}
