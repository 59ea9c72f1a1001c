/* claims.c - is what the guests' kernels say of their clocks true?
 *
 *	claims [--scale K] START_TSC HZ GUEST_DIR...
 *
 * GUEST_DIR/claims is of witness.c.  A kernel without STA_UNSYNC claims that its clock is within
 * maxerror of group time.  So at each sample of each guest, any other guest that claims it too
 * must be within the sum of both: what the two clocks differ by is known to the brackets around
 * the readings, and to how far apart in time they are (a clock is slewed by at most 5 %).  Claims
 * are multiplied by K (1): 0 shows that a lie is noticed.  Prints "key value" lines, times in
 * seconds since START_TSC; exit status 1 when a claim is false.  within_1s_from_s,
 * within_1ms_from_s, claimed_from_s: from then to the end all clocks were that close, and all
 * claimed something.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUESTS_MAX 16
#define GAP_NS	   20e6	 /* readings further apart are not compared */
#define SLEW	   0.06	 /* 5 %, and the oscillator */
#define SHARP_NS   100e3 /* a guest that was held up amid its reading shows nobody's distance */

struct claim {
	double at_ns, early_ns; /* middle and half width of the bracket; since START_TSC */
	double ahead_ns;	/* of the clock, of at_ns, from an epoch that all share */
	double max_ns;
	bool synced;
};

struct guest {
	struct claim *claims;
	size_t n;
};

struct sums {
	size_t n, n_false;
	double tightest; /* largest share of a claim that was used up */
	double tightest_s, first_false_s;
	double apart_1s_s, apart_1ms_s, silent_s; /* when it was so last */
};

static void load(struct guest *g, const char *dir, uint64_t start, double ns_per_cycle,
		 double scale)
{
	static int64_t epoch_ns;
	uint64_t before, after;
	int64_t wall_ns;
	long max_us;
	int unsync;
	size_t room = 0;
	char path[4096];

	snprintf(path, sizeof(path), "%s/claims", dir);
	FILE *f = fopen(path, "re");

	while (f && fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNd64 " %d %ld\n", &before, &after,
			   &wall_ns, &unsync, &max_us) == 5) {
		if (g->n == room) {
			room = room ? 2 * room : 1 << 16;
			g->claims = realloc(g->claims, room * sizeof(*g->claims));
			if (!g->claims) {
				perror("claims");
				exit(2);
			}
		}
		double from_ns = (double)(int64_t)(before - start) * ns_per_cycle;
		double width_ns = (double)(after - before) * ns_per_cycle;

		epoch_ns = epoch_ns ? epoch_ns : wall_ns;
		g->claims[g->n++] = (struct claim){.at_ns = from_ns + width_ns / 2,
						   .early_ns = width_ns / 2,
						   .ahead_ns = (double)(wall_ns - epoch_ns) -
							       (from_ns + width_ns / 2),
						   .max_ns = (double)max_us * 1000 * scale,
						   .synced = !unsync};
	}
	if (g->n < 1000) {
		fprintf(stderr, "claims: %s: %zu samples: too few\n", path, g->n);
		exit(2);
	}
	fclose(f);
}

static void note_apart(struct sums *s, const struct claim *a, double apart_ns)
{
	if (apart_ns > 1e9) {
		s->apart_1s_s = fmax(s->apart_1s_s, a->at_ns / 1e9);
	}
	if (apart_ns > 1e6) {
		s->apart_1ms_s = fmax(s->apart_1ms_s, a->at_ns / 1e9);
	}
	if (!a->synced) {
		s->silent_s = fmax(s->silent_s, a->at_ns / 1e9);
	}
}

/* @b and the one after it surround @a; what each of them claimed when @a was read is one of
 * both. */
static void compare(struct sums *s, const struct claim *a, const struct claim *b)
{
	const struct claim *c = b + 1;
	const struct claim *near = a->at_ns - b->at_ns < c->at_ns - a->at_ns ? b : c;
	double apart_ns = fabs(near->at_ns - a->at_ns);
	double slack_ns = SLEW * apart_ns + a->early_ns + near->early_ns;
	double claimed_ns = a->max_ns + fmax(b->max_ns, c->max_ns);
	double off_ns = fmax(0, fabs(a->ahead_ns - near->ahead_ns) - slack_ns);

	if (c->at_ns - b->at_ns > GAP_NS) {
		return;
	}
	if (a->early_ns + near->early_ns < SHARP_NS) {
		note_apart(s, a, fabs(a->ahead_ns - near->ahead_ns));
	}
	if (!a->synced || !b->synced || !c->synced) {
		return;
	}
	s->n++;
	if (off_ns > claimed_ns) {
		s->first_false_s = s->n_false == 0 ? a->at_ns / 1e9 : s->first_false_s;
		s->n_false++;
	}
	if (claimed_ns > 0 && off_ns / claimed_ns > s->tightest) {
		s->tightest = off_ns / claimed_ns;
		s->tightest_s = a->at_ns / 1e9;
	}
}

static void compare_guests(struct sums *s, const struct guest *a, const struct guest *b)
{
	size_t k = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (k + 2 < b->n && b->claims[k + 1].at_ns < a->claims[i].at_ns) {
			k++;
		}
		if (b->claims[k].at_ns <= a->claims[i].at_ns &&
		    a->claims[i].at_ns <= b->claims[k + 1].at_ns) {
			compare(s, &a->claims[i], &b->claims[k]);
		}
	}
}

/* How dense the samples are, and when STA_UNSYNC came and went. */
static void print_guest(const struct guest *g, size_t number)
{
	const struct claim *c = g->claims;
	size_t n_synced = 0;

	printf("guest%zu_samples %zu\nguest%zu_per_s %.0f\n", number, g->n, number,
	       (double)g->n / (c[g->n - 1].at_ns - c[0].at_ns) * 1e9);
	for (size_t i = 0; i < g->n; i++) {
		n_synced += c[i].synced;
		if (i == 0 || c[i].synced != c[i - 1].synced) {
			printf("guest%zu_%s_at_s %.3f maxerror_us %.0f\n", number,
			       c[i].synced ? "synced" : "unsync", c[i].at_ns / 1e9,
			       c[i].max_ns / 1000);
		}
	}
	printf("guest%zu_synced %zu\n", number, n_synced);
}

int main(int argc, char **argv)
{
	static struct guest guests[GUESTS_MAX];
	struct sums s = {0};
	double scale = 1;
	int first = 1;

	if (argc > 3 && strcmp(argv[1], "--scale") == 0) {
		scale = strtod(argv[2], NULL);
		first = 3;
	}
	int n = argc - first - 2;

	if (n < 2 || n > GUESTS_MAX) {
		fprintf(stderr, "usage: claims [--scale K] START_TSC HZ GUEST_DIR...\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		load(&guests[i], argv[first + 2 + i], strtoull(argv[first], NULL, 10),
		     1e9 / strtod(argv[first + 1], NULL), scale);
		print_guest(&guests[i], (size_t)i + 1);
	}
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			if (i != k) {
				compare_guests(&s, &guests[i], &guests[k]);
			}
		}
	}
	printf("within_1s_from_s %.2f\nwithin_1ms_from_s %.2f\nclaimed_from_s %.2f\n", s.apart_1s_s,
	       s.apart_1ms_s, s.silent_s);
	printf("compared %zu\nfalse %zu\nfirst_false_s %.3f\ntightest %.4f\ntightest_s %.3f\n", s.n,
	       s.n_false, s.first_false_s, s.tightest, s.tightest_s);
	for (int i = 0; i < n; i++) {
		free(guests[i].claims);
	}
	return s.n_false > 0;
}
