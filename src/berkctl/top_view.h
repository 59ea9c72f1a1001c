/* top_view.h - what stands where on the screen of `berkctl top`. */
#pragma once

#include "berkctl/grid.h"
#include "berkctl/top.h"

/* Draw the page on the whole grid, whatever its size.  @now_ms: as top_take() was told.  Scrolls
 * as top_list.h and top_host.h say. */
void top_draw(struct top *, struct grid *, int64_t now_ms);
