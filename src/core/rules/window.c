/* window.c - see window.h. */
#include "core/rules/window.h"

#include "berk/term.h"

#define TELL_NS (60 * NS_PER_S)

struct term_window window_about(uint64_t own)
{
	uint64_t block = term_counter(own) / TERM_BLOCK;
	uint64_t end = (block + 2) * TERM_BLOCK - 1;

	return (struct term_window){.seen = own,
				    .end = end < TERM_COUNTER_MAX ? end : TERM_COUNTER_MAX,
				    .moved = MONO_LONG_AGO,
				    .told = MONO_LONG_AGO,
				    .outbid = MONO_LONG_AGO};
}

bool window_has(const struct term_window *w, uint64_t term)
{
	return term_counter(term) <= w->end;
}

bool window_knock(struct term_window *w, uint64_t term, mono_t now)
{
	if (window_has(w, term)) {
		return false;
	}
	if (!mono_within(w->moved, now, TERM_PACE_NS)) {
		w->moved = now;
		w->end = TERM_COUNTER_MAX - w->end < TERM_BLOCK ? TERM_COUNTER_MAX
								: w->end + TERM_BLOCK;
	}
	if (mono_within(w->told, now, TELL_NS)) {
		return false;
	}
	w->told = now;
	return true;
}
