/* takeover.h - what setup, join and leave share: berkd takes over the clock of a host, and the
 * operator is told what happens. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkctl/join/service.h"
#include "berkctl/join/site.h"

/* For people: on standard output, or, where that is for programs, beside it. */
__attribute__((format(printf, 2, 3))) void takeover_say(const struct ctl *, const char *format,
							...);
/* Print it as an error; returns CTL_FAILED. */
int takeover_complain(const char *text);
/* The host as it is, for who may change it; the caller frees it.  NULL: why not was printed. */
struct site *takeover_look(const struct ctl *);
/* Is it what the operator wants?  A script says so by --yes. */
bool takeover_confirm(const struct ctl *);
/* Say what keeps the clock now, and what happens to it; give the units to switch off (none where
 * the configuration allows rivals), and ask whether that is wanted.  False: that is all, and
 * @ret_status the exit status. */
bool takeover_begin(const struct ctl *, const struct config *,
		    char ret_rivals[static SERVICE_UNITS_MAX], int *ret_status);
/* Berkd instead of @rivals, where systemd manages the host.  False: an error was printed, and all
 * is as it was. */
bool takeover_start(const struct config *, const char *rivals);
/* Write the files of site.h, then takeover_start().  False: likewise. */
bool takeover_put(const struct site *, const struct welcome *, const char *peer,
		  const char *rivals);
/* Where systemd does not manage the host: a berkd that runs takes over what was written; else it is
 * said how to start one.  True: one runs. */
bool takeover_by_hand(const struct ctl *, const struct site *);
/* @before instead of berkd, and the files of site.h go.  False: an error was printed; a time daemon
 * runs in any case that can be started. */
bool takeover_undo(const struct site *, const char *before);
/* cmd_invite.c: may an invitation last as long as --timeout says?  False: that was printed. */
bool invite_time_is_good(const struct ctl *);
/* Wait until the daemon answers.  False: it does not, which was printed. */
bool takeover_await(const struct ctl *);
