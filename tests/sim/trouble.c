/* trouble.c - the kinds of trouble that may befall a simulated group, each with particulars of its
 * own, and their end. */
#include "tests/sim/faults.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double draw_unit(struct world *w)
{
	return rng_unit(&w->rng);
}

static int64_t draw_within(struct world *w, int64_t ns) /* -ns .. +ns */
{
	return (int64_t)((2 * draw_unit(w) - 1) * (double)ns);
}

/* --- Kinds of trouble; @i runs --- */

static unsigned n_running(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += host_runs(&w->host[i]);
	}
	return n;
}

static void crash_host(struct world *w, unsigned i)
{
	host_crash(w, i);
	if (rng_below(&w->rng, 2)) {
		host_power_cycle(w, i, draw_within(w, NS_PER_S / 2));
	}
}

static void crash_amid(struct world *w, unsigned i)
{
	w->host[i].dies_in = 1 + (unsigned)rng_below(&w->rng, 8);
}

static void restart_host(struct world *w, unsigned from)
{
	for (unsigned k = 0; k < w->n; k++) {
		unsigned i = (from + k) % w->n;

		if (!w->host[i].up && !w->host[i].asleep) {
			if (rng_below(&w->rng, 8) == 0) {
				host_new_disk(w, i);
			}
			host_boot(w, i);
			return;
		}
	}
}

static void split_net(struct world *w, unsigned i)
{
	uint64_t side = rng_u64(&w->rng);
	bool one_way = rng_below(&w->rng, 6) == 0;

	(void)i;
	for (unsigned from = 0; from < w->n; from++) {
		bool here = side >> from & 1;

		w->net.cut[from] = here ? ~side : side;
		if (one_way && here) {
			w->net.cut[from] = 0;
		}
	}
}

static void heal_net(struct world *w, unsigned i)
{
	(void)i;
	memset(w->net.cut, 0, sizeof(w->net.cut));
}

static void cut_link(struct world *w, unsigned i)
{
	w->net.cut[i] ^= UINT64_C(1) << rng_below(&w->rng, w->n);
}

static void lose_packets(struct world *w, unsigned i)
{
	(void)i;
	w->net.loss = 0.3 * draw_unit(w);
}

static void mix_packets(struct world *w, unsigned i)
{
	(void)i;
	w->net.reorder = 0.2 * draw_unit(w);
	w->net.dup = 0.1 * draw_unit(w);
}

/* Of one link and direction, or of all that a host sends: asymmetric, up to beyond max_delay. */
static void delay_packets(struct world *w, unsigned i)
{
	double mean_ns = rng_below(&w->rng, 2) ? 20e6 : 500e3;
	int64_t ns = (int64_t)(rng_exp(&w->rng) * mean_ns);
	bool all = rng_below(&w->rng, 2);
	unsigned to = (unsigned)rng_below(&w->rng, w->n);

	for (unsigned k = 0; k < w->n; k++) {
		w->net.extra_ns[i][k] = all || k == to ? ns : w->net.extra_ns[i][k];
	}
}

static void end_noise(struct world *w, unsigned i)
{
	(void)i;
	w->net.loss = 0;
	w->net.reorder = 0;
	w->net.dup = 0;
	memset(w->net.extra_ns, 0, sizeof(w->net.extra_ns));
}

static void foreign_step(struct world *w, unsigned i)
{
	host_foreign_step(w, i, draw_within(w, rng_below(&w->rng, 2) ? 2 * NS_PER_S : NS_PER_MS));
}

/* For some seconds, or as short as the shell still tells of: each order of magnitude alike. */
static void suspend_host(struct world *w, unsigned i)
{
	bool brief = rng_below(&w->rng, 2);
	double told = (double)CLOCK_TOLD_NS;

	faults_of(w)->slept_at[i] = w->now;
	host_sleep(w, i);
	script_at(w,
		  brief ? (int64_t)(told * pow(10, 4 * draw_unit(w))) + 1
			: (int64_t)(rng_exp(&w->rng) * 10e9) + CLOCK_TOLD_NS,
		  DO_WAKE, i);
}

/* Its hypervisor tells it, and it is another oscillator from now on. */
static void migrate_host(struct world *w, unsigned i)
{
	int64_t jump_ns = (int64_t)(draw_unit(w) * 100 * NS_PER_MS);
	double freq = (2 * draw_unit(w) - 1) * fmin(w->host[i].clock.limit, 1e-4);

	host_interrupt(w, i, rng_below(&w->rng, 4) ? INTERRUPTION_MIGRATION : INTERRUPTION_RESTORE,
		       jump_ns, freq);
}

static void stop_host(struct world *w, unsigned i)
{
	faults_of(w)->life_of_stop[i] = w->host[i].boot;
	host_stop(w, i);
	script_at(w, (int64_t)(rng_exp(&w->rng) * 5e9), DO_CONTINUE, i);
}

static void order_transfer(struct world *w, unsigned i)
{
	int m = world_master(w, 0);

	if (m >= 0 && host_runs(&w->host[m])) {
		(void)host_order(w, (unsigned)m, ORDER_TRANSFER, world_status(w, i).id, NULL, 0);
	}
}

static void order_step(struct world *w, unsigned i)
{
	(void)host_order(w, i, ORDER_STEP, 0, NULL, 0);
}

/* To slew group time, on any host: mostly so little that it is soon done. */
void trouble_order(struct world *w)
{
	struct node_event ev = {.type = EV_ORDER};
	unsigned i = (unsigned)rng_below(&w->rng, w->n);

	ev.order.order = ORDER_SET_TIME;
	ev.order.set_time.relative = true;
	ev.order.set_time.shift_ns =
		draw_within(w, rng_below(&w->rng, 4) ? 5 * NS_PER_MS : NS_PER_S);
	if (host_runs(&w->host[i])) {
		host_event(w, i, &ev);
	}
}

static void order_chat(struct world *w, unsigned i)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "line %u", faults_of(w)->lines++);

	(void)host_order(w, i, ORDER_CHAT, 0, text, (size_t)len);
}

static const struct {
	const char *name;
	unsigned weight;
	void (*begin)(struct world *, unsigned i);
	bool silences; /* @i: somebody must be left */
} troubles[] = {
	{"crash", 3, crash_host, true},		  {"crash amid a step", 2, crash_amid, true},
	{"restart", 6, restart_host, false},	  {"partition", 2, split_net, false},
	{"cut a link", 1, cut_link, false},	  {"heal", 5, heal_net, false},
	{"loss", 2, lose_packets, false},	  {"disorder", 2, mix_packets, false},
	{"delay", 2, delay_packets, false},	  {"quiet", 3, end_noise, false},
	{"foreign step", 2, foreign_step, false}, {"suspend", 2, suspend_host, true},
	{"migrate", 1, migrate_host, false},	  {"stop", 2, stop_host, true},
	{"transfer", 2, order_transfer, false},	  {"step by order", 1, order_step, false},
	{"chat", 6, order_chat, false},
};

#define N_TROUBLES (sizeof(troubles) / sizeof(troubles[0]))

void trouble_begin(struct world *w)
{
	unsigned total = 0, k = 0, i = (unsigned)rng_below(&w->rng, w->n);

	for (size_t t = 0; t < N_TROUBLES; t++) {
		total += troubles[t].weight;
	}
	unsigned draw = (unsigned)rng_below(&w->rng, total);

	while (draw >= troubles[k].weight) {
		draw -= troubles[k++].weight;
	}
	for (unsigned j = 0; j < w->n && !host_runs(&w->host[i]); j++) {
		i = (i + 1) % w->n;
	}
	if (!host_runs(&w->host[i])) {
		return;
	}
	if (w->verbose) {
		printf("%14.6f -- %s h%u\n", (double)w->now / 1e9, troubles[k].name, i);
	}
	if (!troubles[k].silences || n_running(w) > 1) {
		troubles[k].begin(w, i);
	}
}

/* --- The end of trouble --- */

void trouble_end(struct world *w, unsigned i)
{
	struct faults *f = faults_of(w);
	struct host *h = &w->host[i];

	if (h->asleep) {
		host_wake(w, i, w->now - f->slept_at[i]);
	} else if (h->up && h->stopped) {
		host_continue(w, i);
	}
}

void trouble_end_all(struct world *w)
{
	heal_net(w, 0);
	end_noise(w, 0);
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].dies_in = 0;
		trouble_end(w, i);
		if (!w->host[i].up) {
			host_boot(w, i);
		}
	}
}
