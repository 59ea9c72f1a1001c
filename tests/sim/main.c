/* main.c - berksim: whole groups of berkd nodes in one process. */
#include "tests/sim/command.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"precision", cmd_precision, "largest pair error of a group behind noisy paths"},
	{"table", cmd_table, "its six cells beside chrony and the ideal"},
	{"frequency", cmd_frequency, "how steady group time is, by group size"},
	{"estimator", cmd_estimator, "CPU time per exchange and memory of one peer's estimator"},
	{"faults", cmd_faults, "random faults; the invariants are checked after every event"},
	{"attack", cmd_attack, "a traitor among the members, and an outsider on their network"},
	{"boots", cmd_boots, "the first hour of a site; nobody may claim what it cannot know"},
	{"chat", cmd_chat, "many lines from all hosts at once over a lossy network"},
	{"scale", cmd_scale, "thousands of nodes"},
};

static void print_help(FILE *to)
{
	(void)fputs("Usage: berksim COMMAND [OPTION]...   (berksim COMMAND --help)\n"
		    "Simulate groups of berkd nodes. The same seed gives the same run, to the bit: "
		    "equal\nhashes prove it.\n\n",
		    to);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		(void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
	}
	(void)fputs("\nExit status: 0 all held, 1 an invariant broke, 2 wrong usage.\n", to);
}

int main(int argc, char **argv)
{
	/* Without it libsodium does its work too, but by the slowest code that it has. */
	if (sodium_init() < 0) {
		(void)fputs("berksim: libsodium cannot be used on this machine\n", stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);

	print_help(asked ? stdout : stderr);
	return asked ? EXIT_HELD : EXIT_USAGE;
}
