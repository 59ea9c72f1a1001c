/* check.h - the invariants that ARCHITECTURE.md lists, looked at after every simulated event. */
#pragma once

#include "tests/world/world.h"

#include <stdbool.h>
#include <stdint.h>

/* From here on the invariants of @w are looked at; check_fini() ends it. */
void check_init(struct world *);
void check_fini(struct world *);
/* Without invariant 1, and with 8 now and then: the scenario has many short runs, and a rule of
 * its own for the bounds. */
void check_no_bounds(struct world *);

/* Host @i (the number of hosts: none, but an outsider) says what it likes.  Then a host steps once in a life, and not once it had a bound; those
 * that took a correction of @i last are not held to 1; and 6 is not looked at. */
void check_traitor(struct world *, unsigned i);
/* Did host @i take its last correction of the traitor; -1: did any host ever? */
bool check_misled(const struct world *, int i);

/* Called by host.c and world.c; without check_init() they look at the nodes' own invariants
 * only. */
void check_before(struct world *, unsigned i); /* about to step node @i */
void check_after(struct world *, unsigned i);
void check_second(struct world *);
void check_boot(struct world *, unsigned i);
void check_wall_moved(struct world *, unsigned i); /* by another hand, or while asleep */
void check_freq(struct world *, unsigned i, int64_t freq_ppb);
void check_step(struct world *, unsigned i, int64_t step_ns);
void check_save_term(struct world *, unsigned i, uint64_t term);
void check_chat(struct world *, unsigned i, const struct wire_chat_line *);
void check_said(struct world *, unsigned i, const char *text, size_t len); /* it took that line */

/* Fails unless all that was said on hosts which live on was shown on all that are up.  The lines
 * of one host must differ.  Call at the end, some seconds after the group is one again. */
void check_all_said(struct world *);
/* Is group 0 one: one master, whom all that are up follow in its term, synced and within
 * @spread_ns?  If not, @why (of @size) says what is missing. */
bool check_one_group(const struct world *, int64_t spread_ns, char *why, size_t size);
