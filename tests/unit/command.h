/* command.h - a command of berkctl in a process of its own, while the loop of a test serves it. */
#pragma once

#include "berkctl/berkctl.h"

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/* Called in each turn of the loop, 10 ms or less, with what was printed so far; true: that is
 * enough, the process is to be ended. */
typedef bool (*command_turn)(void *userdata, const char *text);

/* 0: what it prints goes to a file; else to a terminal of so many columns. */
extern unsigned short command_columns;

/* Run @cmd until it ends, or @turn (NULL: nothing) says so.  @text gets the first @size - 1 bytes
 * that it printed.  Its exit status, or -1 if it did not end by itself within @turns_max turns. */
int command_run(sd_event *event, int (*cmd)(const struct ctl *), const struct ctl *ctl,
		unsigned turns_max, command_turn turn, void *userdata, char *text, size_t size);
