/* jobs.h - many runs in a few processes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Run @task(@user, i, result i) for i = 0 .. @n - 1 in @jobs processes; @results holds @n of @size
 * bytes, all zero where the task was not finished.  False when that is so of any: its process died,
 * which is told on stderr. */
bool jobs_run(unsigned jobs, unsigned n, void (*task)(void *user, unsigned i, void *result),
	      void *user, void *results, size_t size);
