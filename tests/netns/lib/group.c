/* group.c - hosts on one bridge and the record of their true clocks. See group.h. */
#include "netns/lib/group.h"

#include "berk/time.h"
#include "netns/lib/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLEW_MAX 0.06 /* max_slew (5 %) and the worst oscillators, with room */
#define ASK_S	 0.5

/* Fixed, so that runs compare: a cheap oscillator's spread. */
static const struct {
	int64_t offset_ms;
	double freq_ppm;
} clock_of[GROUP_MAX] = {
	{-490, 48}, {310, -37}, {490, 12}, {-150, -48}, {70, 29}, {-330, -5}, {220, 41}, {0, -21},
};

static int64_t sum_ns(const struct timespec *t)
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
	g->real_ns = sum_ns(&real);

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

static void sample_take(struct group *g)
{
	struct group_sample *s = &g->sample[g->n_samples];
	const struct group_sample *last = g->n_samples ? s - 1 : NULL;
	int64_t now = truth_now(), wall;

	if (g->n_samples == GROUP_SAMPLES_MAX) {
		sandbox_die("the record is full");
	}
	s->at_s = (double)(now - g->origin_ns) / (double)NS_PER_S;
	for (unsigned i = 0; i < g->n; i++) {
		s->known[i] = host_wall(&g->host[i], now, &wall);
		if (!s->known[i]) {
			continue;
		}
		s->steered |= g->host[i].pid ? 1U << i : 0;
		s->offset_ns[i] = wall - g->real_ns - (now - g->origin_ns);
		if (last && last->known[i] &&
		    (double)ns_abs(s->offset_ns[i] - last->offset_ns[i]) >
			    SLEW_MAX * (s->at_s - last->at_s) * (double)NS_PER_S) {
			g->n_jumps++;
		}
	}
	g->n_samples++;
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
		sample_take(g);
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

const char *status_text(const struct host *h, const char *key, char buf[static 64])
{
	json_t *status = host_ask(h, "status");
	const char *text = json_string_value(json_object_get(status, key));

	snprintf(buf, 64, "%s", text ? text : "");
	json_decref(status);
	return buf;
}

int64_t status_int(const struct host *h, const char *key)
{
	json_t *status = host_ask(h, "status"), *value = json_object_get(status, key);
	int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;

	json_decref(status);
	return number;
}

/* What the running hosts of @mask agree on. */
struct consent {
	int master, deputy; /* index; -1: none, or more than one */
	bool one;	    /* all name the same master in the same term */
	bool synced;	    /* all say so */
};

static struct consent consent_ask(const struct group *g, unsigned mask)
{
	struct consent c = {.master = -1, .deputy = -1, .one = true, .synced = true};
	char master[64] = "";
	json_int_t term = -1;

	for (unsigned i = 0; i < g->n; i++) {
		if (!(mask & 1U << i) || !g->host[i].pid) {
			continue;
		}
		json_t *status = host_ask(&g->host[i], "status");
		const char *role = json_string_value(json_object_get(status, "role"));
		const char *named = json_string_value(json_object_get(status, "master"));
		json_int_t its_term = json_integer_value(json_object_get(status, "term"));

		if (!role || !named || !named[0]) {
			c.one = false;
		} else {
			c.one &= term < 0 || (its_term == term && strcmp(named, master) == 0);
			term = its_term;
			snprintf(master, sizeof(master), "%s", named);
			c.one &= c.master < 0 || strcmp(role, "master") != 0;
			c.master = strcmp(role, "master") == 0 ? (int)i : c.master;
			c.deputy = strcmp(role, "deputy") == 0 ? (int)i : c.deputy;
		}
		c.synced &= json_is_true(json_object_get(status, "synced"));
		json_decref(status);
	}
	c.one &= c.master >= 0;
	return c;
}

int group_master(const struct group *g, unsigned mask)
{
	struct consent c = consent_ask(g, mask);

	return c.one ? c.master : -1;
}

int group_deputy(const struct group *g, unsigned mask)
{
	struct consent c = consent_ask(g, mask);

	return c.one ? c.deputy : -1;
}

bool group_is_settled(struct group *g, void *arg)
{
	struct consent c = consent_ask(g, arg ? *(unsigned *)arg : GROUP_ALL);

	return c.one && c.synced && c.deputy >= 0;
}
