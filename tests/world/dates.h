/* dates.h - quiet worlds in which the date matters: floors of time, clocks that are off, and
 * what is right. */
#pragma once

#include "tests/world/quiet.h"

#define HOUR_NS	 (3600 * NS_PER_S)
#define DAY_NS	 (24 * HOUR_NS)
#define YEARS_NS (10 * 365 * DAY_NS)
#define FLOOR_NS (100 * DAY_NS) /* how long before the right time all floors are */

/* Each host can prove that it is later than FLOOR_NS ago. */
void dates_know_floors(struct world *);
/* Five such hosts, for cmocka; quiet_teardown() ends them. */
int dates_setup(void **state);
/* Host @i, not yet booted, has a clock that is so far off. */
void dates_be_off(struct world *, unsigned i, int64_t ns);
/* Hosts @first to @first + @n - 1, not yet booted, know each other and nobody else. */
void dates_know(struct world *, unsigned first, unsigned n);
/* Host @i has the right date to a second, and is synchronised. */
void dates_assert_right(const struct world *, unsigned i);
