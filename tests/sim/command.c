/* command.c - what the subcommands share: arguments and processes. */
#include "tests/sim/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

bool arg_number(const char *option, const char *text, double lo, double hi, double *ret)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= lo && v <= hi)) {
		(void)fprintf(stderr, "berksim: --%s \"%s\": a number of %g .. %g\n", option, text,
			      lo, hi);
		return false;
	}
	*ret = v;
	return true;
}

bool arg_seed(const char *option, const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	uint64_t v = strtoull(text, &end, 0);

	if (errno || end == text || *end || text[0] == '-') {
		(void)fprintf(stderr, "berksim: --%s \"%s\": a whole number of 64 bits\n", option,
			      text);
		return false;
	}
	*ret = v;
	return true;
}

bool arg_unsigned(const char *option, const char *text, uint64_t lo, uint64_t hi, unsigned *ret)
{
	uint64_t v;

	if (!arg_seed(option, text, &v)) {
		return false;
	}
	if (v < lo || v > hi) {
		(void)fprintf(stderr, "berksim: --%s %" PRIu64 ": %" PRIu64 " .. %" PRIu64 "\n",
			      option, v, lo, hi);
		return false;
	}
	*ret = (unsigned)v;
	return true;
}

int usage(const char *text, bool help)
{
	(void)fputs(text, help ? stdout : stderr);
	return help ? EXIT_HELD : EXIT_USAGE;
}

bool jobs_run(unsigned jobs, unsigned n, void (*task)(void *user, unsigned i, void *result),
	      void *user, void *results, size_t size)
{
	uint8_t *shared =
		mmap(NULL, n * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool good = shared != MAP_FAILED;
	int status;

	(void)fflush(stdout);
	for (unsigned j = 0; good && j < jobs; j++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (unsigned i = j; i < n; i += jobs) {
				task(user, i, shared + i * size);
				(void)fflush(stdout);
			}
			_exit(0);
		}
		good = pid > 0;
	}
	while (wait(&status) > 0) {
		good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	if (shared != MAP_FAILED) {
		memcpy(results, shared, n * size);
		(void)munmap(shared, n * size);
	}
	return good;
}
