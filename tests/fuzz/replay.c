/* replay.c - run a fuzz target over files: the corpus in make check, or one that a fuzzer found. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static uint8_t data[1 << 16];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		size_t n = fread(data, 1, sizeof(data), f);

		(void)fclose(f);
		(void)LLVMFuzzerTestOneInput(data, n);
	}
	(void)dprintf(STDOUT_FILENO, "%d inputs\n", argc - 1); /* a target may have hushed stdout */
	return argc < 2;
}
