/* history_entry.c - see history_entry.h. */
#include "berkd/host/history_entry.h"

#include "berk/limits.h"
#include "berk/time.h"

#include <string.h>

int64_t history_now_ns(const struct node_status *s, struct clock_pair pair)
{
	return s->has_line ? ns_sub(pair.wall.ns, s->offset_ns) : pair.wall.ns;
}

struct history_entry history_entry_at(const struct node_status *s, mono_t now,
				      struct clock_pair pair)
{
	return (struct history_entry){.wall_ns = history_now_ns(s, pair),
				      .boot_s =
					      (uint32_t)ns_clamp(now.ns / NS_PER_S, 0, UINT32_MAX),
				      .flags = (uint8_t)((s->island ? HISTORY_ISLAND : 0) |
							 (s->has_line ? 0 : HISTORY_NO_LINE))};
}

bool history_entry_sample(struct history_entry *e, const struct member_view *v)
{
	bool figures = v->is_self || member_state_has_figures(v->state);

	if (!v->is_self && !member_state_is_here(v->state) && v->state != MEMBER_SILENT) {
		return false;
	}
	e->kind = HISTORY_SAMPLE;
	e->host = v->id;
	memcpy(e->name, v->name, sizeof(e->name));
	e->flags |=
		(uint8_t)((v->is_self ? HISTORY_SELF : 0) | (v->is_master ? HISTORY_MASTER : 0) |
			  (v->is_deputy ? HISTORY_DEPUTY : 0));
	e->state = (uint8_t)v->state;
	e->offset_ns = figures && v->has_offset ? v->offset_ns : HISTORY_UNKNOWN;
	e->bound_ns = figures && v->bound_ns != BOUND_UNKNOWN ? v->bound_ns : HISTORY_UNKNOWN;
	e->freq_ppb = figures && v->has_rate ? ns_from_double(v->rate * 1e9) : HISTORY_UNKNOWN;
	e->delay_ns = v->has_path ? v->delay_ns : HISTORY_UNKNOWN;
	return true;
}
