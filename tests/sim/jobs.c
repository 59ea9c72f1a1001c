/* jobs.c - see jobs.h. */
#include "tests/sim/jobs.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the processes write: the results, then a byte for each that is finished. */
struct shared {
	uint8_t *results;
	uint8_t *finished;
	size_t len;
};

static struct shared shared_map(unsigned n, size_t size)
{
	struct shared s = {.len = n * (size + 1)};

	s.results = mmap(NULL, s.len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.results == MAP_FAILED) {
		abort();
	}
	s.finished = s.results + n * size;
	return s;
}

static void tell_death(int status)
{
	if (WIFSIGNALED(status)) {
		(void)fprintf(stderr, "berksim: a process died of signal %d (%s)\n",
			      WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) != 0) {
		(void)fprintf(stderr, "berksim: a process ended with status %d\n",
			      WEXITSTATUS(status));
	}
}

bool jobs_run(unsigned jobs, unsigned n, void (*task)(void *user, unsigned i, void *result),
	      void *user, void *results, size_t size)
{
	struct shared s = shared_map(n, size);
	unsigned n_finished = 0;
	int status;

	(void)fflush(stdout);
	for (unsigned j = 0; j < jobs; j++) {
		if (fork() == 0) {
			for (unsigned i = j; i < n; i += jobs) {
				task(user, i, s.results + i * size);
				(void)fflush(stdout);
				s.finished[i] = 1;
			}
			_exit(0);
		}
	}
	while (wait(&status) > 0) {
		tell_death(status);
	}
	for (unsigned i = 0; i < n; i++) {
		if (s.finished[i]) {
			memcpy((uint8_t *)results + i * size, s.results + i * size, size);
			n_finished++;
		} else {
			memset((uint8_t *)results + i * size, 0, size);
		}
	}
	(void)munmap(s.results, s.len);
	return n_finished == n;
}
