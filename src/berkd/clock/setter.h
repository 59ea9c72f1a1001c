/* setter.h - the process that sets the clock for a berkd which may not: `berkd --set-clock`.
 *
 * It speaks to nobody else, and does what kernel.c needs and nothing more: that one program is on
 * the network and may set no clock, and the other may set the clock and has no network. */
#pragma once

#include <stdbool.h>
#include <sys/timex.h>

/* In the environment of both: the path of the setter's socket. */
#define SETTER_ENV "BERKD_CLOCK_SOCKET"

/* clock_adjtime(CLOCK_REALTIME), by the setter if the environment names one, and else by this
 * process.  The state of the clock (TIME_OK, ...), or a negative errno: -ETIMEDOUT when the setter
 * does not answer.  Then it may have been done, but it is not done from here on.  That is found
 * out in half a second, once: until the setter has answered again, it is found out at once
 * (gate.h).  -EPERM or -ERANGE: the setter does no such thing, and says so in the journal. */
int setter_adjtime(struct timex *);
/* Does the environment name a setter?  For who tells people why the clock could not be set. */
bool setter_is_other(void);
/* Be the setter, for who runs as the same user, until the process is ended: without any capability
 * but CAP_SYS_TIME.  Negative errno; -ENAMETOOLONG if the path is longer than a socket's. */
int setter_serve(const char *path);
