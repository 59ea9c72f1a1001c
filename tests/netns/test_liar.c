/* test_liar.c - one host is 10 s wrong and cannot be steered, another one begins to lie about its
 * clock: both are named and left out, and the honest ones do not feel it. */
#include "netns/liar.h"
#include "netns/lib/fixture.h"

#include <stdlib.h>
#include <string.h>

enum { LIAR = 4, WRONG = 5, N_HOSTS };
#define HONEST	 0x0fU
#define LIE	 SANDBOX_DIR "/lie" /* the liar lies once this exists */
#define WRONG_NS (10 * NS_PER_S)
/* The honest hosts feel the lie when they move by more than this: a tenth of how far the average
 * would move with the liar in it. */
#define FELT_NS	 ((int64_t)(LIAR_SWAY_NS / (N_HOSTS - 1) / 10))

/* Why the master leaves a host out; "none" when it counts, "" when there is nobody to ask. */
static const char *reason_of(struct group *g, unsigned of, char buf[static ASK_TEXT_MAX])
{
	int master = group_master(g, HONEST);

	buf[0] = '\0';
	return master < 0 ? buf : member_text(&g->host[master], &g->host[of], "reason", buf);
}

/* Being new is no reason any more for a host that has had its time. */
static bool wrong_is_told(struct group *g, void *arg)
{
	char reason[ASK_TEXT_MAX];

	(void)arg;
	reason_of(g, WRONG, reason);
	return reason[0] && strcmp(reason, "none") != 0 && strcmp(reason, "newcomer") != 0;
}

static bool liar_counts(struct group *g, void *arg)
{
	char reason[ASK_TEXT_MAX];

	(void)arg;
	return strcmp(reason_of(g, LIAR, reason), "none") == 0;
}

static bool liar_is_out(struct group *g, void *arg)
{
	char reason[ASK_TEXT_MAX];

	(void)arg;
	reason_of(g, LIAR, reason);
	return reason[0] && strcmp(reason, "none") != 0;
}

static void assert_why_names(struct group *g, unsigned of)
{
	int master = group_master(g, HONEST);
	char out[4096];

	assert_true(master >= 0);
	assert_int_equal(host_berkctl(&g->host[master], out, sizeof(out), "why", g->host[of].name,
				      NULL),
			 0);
	print_message("why %s: %s", g->host[of].name, out);
	assert_non_null(strstr(out, g->host[of].name));
}

static void wrong_host_is_left_out_and_why_says_the_reason(struct group *g)
{
	unsigned honest = HONEST;

	wait_until(g, group_is_settled, &honest);
	wait_until(g, wrong_is_told, NULL);
	/* The others have not moved towards it. */
	assert_true(group_pair_error(g, group_sample_now(g), HONEST) < WRONG_NS / 1000);
	assert_bounds_hold(g, HONEST);
	assert_why_names(g, WRONG);
}

static double honest_mean_ns(const struct group_sample *s)
{
	double sum = 0;

	for (unsigned i = 0; i < LIAR; i++) {
		sum += (double)s->offset_ns[i];
	}
	return sum / LIAR;
}

/* How far the honest ones' mean has left the straight line between both ends of the record from
 * sample @from on. */
static int64_t honest_pull(const struct group *g, size_t from)
{
	const struct group_sample *a = &g->sample[from], *b = &g->sample[g->n_samples - 1];
	double rate = (honest_mean_ns(b) - honest_mean_ns(a)) / (b->at_s - a->at_s);
	int64_t worst = 0;

	for (const struct group_sample *s = a; s < b; s++) {
		double line = honest_mean_ns(a) + rate * (s->at_s - a->at_s);

		worst = ns_max(worst, ns_abs(ns_from_double(honest_mean_ns(s) - line)));
	}
	return worst;
}

static void liar_is_left_out_and_the_honest_do_not_feel_it(struct group *g)
{
	wait_until(g, liar_counts, NULL);
	unsigned jumps = g->n_jumps;
	size_t lying = g->n_samples;
	FILE *f = fopen(LIE, "we");

	assert_non_null(f);
	fclose(f);
	wait_until(g, liar_is_out, NULL);
	group_run(g, LIAR_PERIOD_S);
	int64_t spread = group_quantile(g, lying, 0.9, HONEST), pull = honest_pull(g, lying);

	print_message("the lie: %.0f us; of it in the spread of the honest, p90: %.1f us, in "
		      "their mean: %.1f us\n",
		      LIAR_SWAY_NS / 1e3, us_of(spread), us_of(pull));
	assert_why_names(g, LIAR);
	assert_true(spread < FELT_NS);
	assert_true(pull < FELT_NS);
	assert_bounds_hold(g, HONEST);
	assert_int_equal(g->n_jumps, jumps);
}

static void start_liars(struct group *g)
{
	g->host[LIAR].program = BERKD_LIAR_PATH;
	g->host[WRONG].program = BERKD_LIAR_PATH;
	g->host[WRONG].offset_ns = WRONG_NS;
	/* A liar may not be master: from there it could not be told from the others. */
	host_config(&g->host[LIAR], "[node]\npriority = 0\n");
	host_config(&g->host[WRONG], "[node]\npriority = 0\n");
	setenv("BERKD_LIE", "deaf", 1);
	host_start(&g->host[WRONG]);
	setenv("BERKD_LIE", "sway", 1);
	setenv("BERKD_LIE_WHEN", LIE, 1);
	host_start(&g->host[LIAR]);
	for (unsigned i = 0; i < LIAR; i++) {
		host_start(&g->host[i]);
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS, .prepare = start_liars};
	static const struct test tests[] = {
		TEST(wrong_host_is_left_out_and_why_says_the_reason),
		TEST(liar_is_left_out_and_the_honest_do_not_feel_it),
	};

	return RUN_TESTS(&fixture, tests);
}
