/* service.h - systemd's part in setup, join and leave: which time daemon runs on this host. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SERVICE_UNITS_MAX 512 /* bytes of a list of units */

/* Does systemd manage this host? */
bool service_is_managed(void);
/* The units of other time daemons that are enabled, with a space between two; "" when none is. */
void service_rivals(char ret[static SERVICE_UNITS_MAX]);
/* Does a process steer this clock that is none of berkd's?  Then @ret is what to do about it. */
bool service_rival_runs(char *ret, size_t size);
/* Each returns the exit status of systemctl, which prints its own errors; -1: it could not be run.
 * @units: a list as above; nothing is done for an empty one. */
int service_switch_off(const char *units); /* disable, and stop */
int service_switch_on(const char *units);  /* enable, and start */
int service_stop(const char *units);
int service_start_again(const char *units);
int service_disable(const char *units);
/* Is berkd enabled? */
bool service_is_on(void);
/* Does its unit give it the key of the group as a credential? */
bool service_has_credential(void);
/* Enable berkd and start it anew. */
int service_start(void);
