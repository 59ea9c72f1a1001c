/* top_host.h - one host of `berkctl top`: the plots of its last minutes, and all that is known. */
#pragma once

#include "berkctl/grid.h"
#include "berkctl/top.h"

/* Draw the chosen host in these rows of the grid: its plots, where there is room, and what
 * `berkctl why` and `berkctl members -v` say of it, scrolled no further than its end. */
void top_draw_host(struct top *, struct grid *, size_t row, size_t n_rows);
