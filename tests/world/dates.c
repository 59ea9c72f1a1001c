/* dates.c - see dates.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/dates.h"

void dates_know_floors(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.floor = (wall_t){WORLD_WALL - FLOOR_NS};
		w->host[i].config.ceiling = (wall_t){WORLD_WALL + 3 * YEARS_NS};
	}
}

int dates_setup(void **state)
{
	(void)quiet_setup(state);
	dates_know_floors(*state);
	return 0;
}

void dates_be_off(struct world *w, unsigned i, int64_t ns)
{
	w->host[i].clock.wall += ns;
}

void dates_know(struct world *w, unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		w->host[i].contacts = (uint16_t)(((1U << n) - 1) << first);
	}
}

void dates_assert_right(const struct world *w, unsigned i)
{
	assert_in_range(world_off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_true(world_status(w, i).synced);
	assert_true(world_status(w, i).date_confirmed);
}
