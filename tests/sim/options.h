/* options.h - the options of berksim's subcommands, each a row of a table: it is taken, checked and
 * explained by that row. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_option {
	const char *name;
	const char *argument; /* as help shows it; NULL: there is none */
	const char *help;
	double lo, hi; /* range of @number and @real */
	/* Where it goes; the one that is set says of what kind it is.  What is there before is the
	 * default, and help shows it. */
	bool *flag;
	unsigned *count; /* how often it was given; -v too, if it is "verbose" */
	unsigned *number;
	double *real;
	uint64_t *seed;
	/* Or this takes its text; false: no such thing. */
	bool (*take)(void *user, const char *text);
	void *user;
};

#define N_OPTIONS(table) (sizeof(table) / sizeof((table)[0]))

/* Take the options of subcommand argv[0], which does what @about says.  False when it is not to
 * run: help was asked for or something is wrong, and *@ret_status is the exit status. */
bool options_take(const char *about, const struct sim_option *table, size_t n, int argc,
		  char **argv, int *ret_status);
