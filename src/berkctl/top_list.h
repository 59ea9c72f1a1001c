/* top_list.h - the list of `berkctl top`: the hosts, one in a line. */
#pragma once

#include "berkctl/grid.h"
#include "berkctl/top.h"

/* Draw it in these rows of the grid, scrolled so that the chosen host is on it. */
void top_draw_list(struct top *, struct grid *, size_t row, size_t n_rows);
