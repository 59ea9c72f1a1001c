/* command.h - berksim's subcommands and what they share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status. */
#define EXIT_HELD  0
#define EXIT_BROKE 1
#define EXIT_USAGE 2

int cmd_precision(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_frequency(int argc, char **argv);
int cmd_estimator(int argc, char **argv);
int cmd_faults(int argc, char **argv);
int cmd_chat(int argc, char **argv);
int cmd_scale(int argc, char **argv);

/* A number of @lo .. @hi from the whole of @text; a complaint and false if it is none. */
bool arg_number(const char *option, const char *text, double lo, double hi, double *ret);
bool arg_unsigned(const char *option, const char *text, uint64_t lo, uint64_t hi, unsigned *ret);
bool arg_seed(const char *option, const char *text, uint64_t *ret);
/* Print @usage where it belongs and return the exit status: stdout and 0 for --help. */
int usage(const char *text, bool help);

/* Run @task(@user, i, result i) for i = 0 .. @n - 1 in @jobs processes; @results holds @n of @size
 * bytes.  False when one of the processes died. */
bool jobs_run(unsigned jobs, unsigned n, void (*task)(void *user, unsigned i, void *result),
	      void *user, void *results, size_t size);
