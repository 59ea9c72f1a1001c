/* group.c - hosts on one bridge and the record of their true clocks. See group.h. */
#include "netns/lib/group.h"

#include "berk/time.h"
#include "netns/lib/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLEW_MAX    0.06 /* max_slew (5 %) and the worst oscillators, with room */
#define READ_NS_MAX 2e6	 /* a daemon that is held up in the middle of a change tells it so late */
#define ASK_S	    0.5

/* Fixed, so that runs compare: a cheap oscillator's spread. */
static const struct {
	int64_t offset_ms;
	double freq_ppm;
} clock_of[GROUP_MAX] = {
	{-490, 48}, {310, -37}, {490, 12}, {-150, -48}, {70, 29}, {-330, -5}, {220, 41}, {0, -21},
};

static int64_t timespec_ns(const struct timespec *t)
{
	return t->tv_sec * NS_PER_S + t->tv_nsec;
}

void group_init(struct group *g, unsigned n)
{
	struct timespec real;

	if (n > GROUP_MAX) {
		sandbox_die("no group of %u hosts", n);
	}
	*g = (struct group){.n = n};
	g->sample = calloc(GROUP_SAMPLES_MAX, sizeof(*g->sample));
	if (!g->sample) {
		sandbox_die("out of memory");
	}
	clock_gettime(CLOCK_REALTIME, &real);
	g->origin_ns = truth_now();
	g->real_ns = timespec_ns(&real);

	netns_here(&g->hub);
	net_bridge(&g->hub, HUB_BRIDGE);
	for (unsigned i = 0; i < n; i++) {
		struct host *h = &g->host[i];

		host_init(h, i + 1);
		h->offset_ns = clock_of[i].offset_ms * NS_PER_MS;
		h->freq_ppm = clock_of[i].freq_ppm;
		h->wander_ppm = 0.001;
		host_connect(h, &g->hub);
	}
}

void group_fini(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		host_fini(&g->host[i]);
	}
	net_delete(&g->hub, HUB_BRIDGE);
	netns_close(&g->hub);
	free(g->sample);
	*g = (struct group){0};
}

void group_start(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		host_start(&g->host[i]);
	}
}

/* Where all clocks stood at one instant; false when one was changed just after it. */
static bool sample_read(const struct group *g, int64_t now, struct group_sample *ret)
{
	struct host_reading r;

	*ret = (struct group_sample){.at_s = (double)(now - g->origin_ns) / (double)NS_PER_S};
	for (unsigned i = 0; i < g->n; i++) {
		ret->known[i] = host_read(&g->host[i], now, &r);
		if (!ret->known[i]) {
			continue;
		}
		if (r.late) {
			return false;
		}
		ret->steered |= g->host[i].pid ? 1U << i : 0;
		ret->n_steps[i] = r.n_steps;
		ret->offset_ns[i] = r.wall_ns - g->real_ns - (now - g->origin_ns);
	}
	return true;
}

static bool has_jumped(const struct group_sample *last, const struct group_sample *s, unsigned i)
{
	double moved_ns = (double)ns_abs(s->offset_ns[i] - last->offset_ns[i]);
	double passed_ns = (s->at_s - last->at_s) * (double)NS_PER_S;

	return s->n_steps[i] != last->n_steps[i] || moved_ns > SLEW_MAX * passed_ns + READ_NS_MAX;
}

const struct group_sample *group_sample_now(struct group *g)
{
	struct group_sample *s = &g->sample[g->n_samples];
	const struct group_sample *last = g->n_samples ? s - 1 : NULL;

	if (g->n_samples == GROUP_SAMPLES_MAX) {
		sandbox_die("the record is full");
	}
	while (!sample_read(g, truth_now(), s)) {
	}
	for (unsigned i = 0; last && i < g->n; i++) {
		g->n_jumps += last->known[i] && s->known[i] && has_jumped(last, s, i);
	}
	g->n_samples++;
	return s;
}

void group_run(struct group *g, double seconds)
{
	group_until(g, seconds, NULL, NULL);
}

bool group_until(struct group *g, double seconds, bool (*done)(struct group *, void *), void *arg)
{
	int64_t begin = truth_now(), step = (int64_t)(GROUP_SAMPLE_S * (double)NS_PER_S);
	int64_t end = begin + (int64_t)(seconds * (double)NS_PER_S), asked = 0;

	for (int64_t now = begin; now < end; now = truth_now()) {
		group_sample_now(g);
		if (done && now - asked >= (int64_t)(ASK_S * (double)NS_PER_S)) {
			asked = now;
			if (done(g, arg)) {
				return true;
			}
		}
		int64_t sleep_ns = step - (truth_now() - begin) % step;
		nanosleep(&(struct timespec){.tv_nsec = sleep_ns}, NULL);
	}
	return false;
}

unsigned group_mask(const struct group *g, unsigned without)
{
	return ((1U << g->n) - 1) & ~without;
}

int64_t group_initial_spread(const struct group *g, unsigned mask)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	for (unsigned i = 0; i < g->n; i++) {
		if (mask & 1U << i) {
			lo = ns_min(lo, g->host[i].offset_ns);
			hi = ns_max(hi, g->host[i].offset_ns);
		}
	}
	return hi - lo;
}

int64_t group_pair_error(const struct group *g, const struct group_sample *s, unsigned mask)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	for (unsigned i = 0; i < g->n; i++) {
		if (!(mask & 1U << i)) {
			continue;
		}
		if (!s->known[i]) {
			return INT64_MAX;
		}
		lo = ns_min(lo, s->offset_ns[i]);
		hi = ns_max(hi, s->offset_ns[i]);
	}
	return hi - lo;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t group_quantile(const struct group *g, size_t from, double p, unsigned mask)
{
	size_t n = g->n_samples - from;
	int64_t *error = calloc(n ? n : 1, sizeof(*error));

	if (!error || !n) {
		sandbox_die("no samples");
	}
	for (size_t i = 0; i < n; i++) {
		error[i] = group_pair_error(g, &g->sample[from + i], mask);
	}
	qsort(error, n, sizeof(*error), by_value);
	int64_t value = error[(size_t)(p * (double)(n - 1) + 0.5)];
	free(error);
	return value;
}

double group_below(const struct group *g, size_t from, int64_t limit_ns, unsigned mask)
{
	size_t i = g->n_samples;

	while (i > from && group_pair_error(g, &g->sample[i - 1], mask) < limit_ns) {
		i--;
	}
	return i == g->n_samples ? -1 : g->sample[i].at_s - g->sample[from].at_s;
}
