/* options.c - see options.h. */
#include "tests/sim/options.h"

#include "tests/sim/command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX  24
#define HELP_COLUMNS 22 /* of an option and its argument */

static bool take_real(const struct sim_option *o, const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= o->lo && v <= o->hi)) {
		(void)fprintf(stderr, "berksim: --%s \"%s\": a number of %g .. %g\n", o->name, text,
			      o->lo, o->hi);
		return false;
	}
	*o->real = v;
	return true;
}

static bool take_seed(const struct sim_option *o, const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	uint64_t v = strtoull(text, &end, 0);

	if (errno || end == text || *end || text[0] == '-') {
		(void)fprintf(stderr, "berksim: --%s \"%s\": a whole number of 64 bits\n", o->name,
			      text);
		return false;
	}
	*ret = v;
	return true;
}

static bool take_number(const struct sim_option *o, const char *text)
{
	uint64_t v;

	if (!take_seed(o, text, &v)) {
		return false;
	}
	if ((double)v < o->lo || (double)v > o->hi) {
		(void)fprintf(stderr, "berksim: --%s %" PRIu64 ": %.0f .. %.0f\n", o->name, v,
			      o->lo, o->hi);
		return false;
	}
	*o->number = (unsigned)v;
	return true;
}

static bool take_one(const struct sim_option *o, const char *text)
{
	if (o->flag) {
		*o->flag = true;
		return true;
	}
	if (o->count) {
		++*o->count;
		return true;
	}
	if (o->number) {
		return take_number(o, text);
	}
	if (o->real) {
		return take_real(o, text);
	}
	if (o->seed) {
		return take_seed(o, text, o->seed);
	}
	return o->take(o->user, text);
}

static void show_one(FILE *to, const struct sim_option *o)
{
	int used = fprintf(to, "  --%s %s", o->name, o->argument ? o->argument : "");

	(void)fprintf(to, "%*s %s", used < HELP_COLUMNS ? HELP_COLUMNS - used : 0, "", o->help);
	if (o->number) {
		(void)fprintf(to, ", %.0f .. %.0f [%u]", o->lo, o->hi, *o->number);
	} else if (o->real) {
		(void)fprintf(to, ", %g .. %g [%g]", o->lo, o->hi, *o->real);
	} else if (o->seed) {
		(void)fprintf(to, " [%" PRIu64 "]", *o->seed);
	}
	(void)fputc('\n', to);
}

static void show_all(FILE *to, const char *command, const char *about,
		     const struct sim_option *table, size_t n)
{
	(void)fprintf(to, "Usage: berksim %s [OPTION]...\n%s\n\n", command, about);
	for (size_t i = 0; i < n; i++) {
		show_one(to, &table[i]);
	}
}

bool options_take(const char *about, const struct sim_option *table, size_t n, int argc,
		  char **argv, int *ret_status)
{
	struct option known[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
	int c;

	if (n > OPTIONS_MAX) {
		abort();
	}
	for (size_t i = 0; i < n; i++) {
		known[i + 1].name = table[i].name;
		known[i + 1].has_arg = table[i].argument ? required_argument : no_argument;
		known[i + 1].val = 256 + (int)i;
	}
	while ((c = getopt_long(argc, argv, "vh", known, NULL)) != -1) {
		size_t i = c >= 256 ? (size_t)(c - 256) : n;

		for (size_t k = 0; c == 'v' && k < n; k++) {
			i = strcmp(table[k].name, "verbose") == 0 ? k : i;
		}
		if (i == n || !take_one(&table[i], optarg)) {
			*ret_status = c == 'h' ? EXIT_HELD : EXIT_USAGE;
			show_all(c == 'h' ? stdout : stderr, argv[0], about, table, n);
			return false;
		}
	}
	if (optind != argc) {
		*ret_status = EXIT_USAGE;
		show_all(stderr, argv[0], about, table, n);
		return false;
	}
	return true;
}
