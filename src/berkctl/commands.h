/* commands.h - the table of commands, for who runs them and for who completes them. */
#pragma once

#include "berkctl/berkctl.h"

#include <stddef.h>

enum option_bit {
	OPT_VERBOSE = 1U << 0,
	OPT_FOLLOW = 1U << 1,
	OPT_HISTORY = 1U << 2,
	OPT_LIMIT = 1U << 3,
	OPT_TIMEOUT = 1U << 4,
	OPT_BOUND = 1U << 5,
	OPT_INTERVAL = 1U << 6,
	OPT_ALL = 1U << 7,
	OPT_STEP = 1U << 8,
	OPT_RTC = 1U << 9,
	OPT_DRY_RUN = 1U << 10,
	OPT_BACK = 1U << 11, /* -1s: not an option, but a time to move back by */
	OPT_UNDO = 1U << 12,
	OPT_CONFIG = 1U << 13,
	OPT_HOSTS = 1U << 14,
	OPT_CONFIGURED = 1U << 15,
	OPT_YES = 1U << 16,
	OPT_QR = 1U << 17,
	OPT_SINCE = 1U << 18,
	OPT_OF_HOST = 1U << 19,
	OPT_SVG = 1U << 20,
	OPT_TO = 1U << 21,
};

struct command {
	const char *name, *arguments, *what;
	int (*run)(const struct ctl *);
	int n_min, n_max; /* of arguments; n_max -1: there is no limit */
	unsigned options; /* enum option_bit */
	const char *more; /* for --help */
};

/* The options of a command, as --help prints them, a line each; NULL past the last one.  Of no
 * command: those of all, and of berkctl itself. */
#define OPTIONS_OF_ALL 2 /* so many of these are first, and are options of each command, too */
const char *command_option(const struct command *, size_t i);
