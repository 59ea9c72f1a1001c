/* window.c - see window.h. */
#include "core/rules/window.h"

#include "berk/term.h"

#define TELL_NS (60 * NS_PER_S)

/* The last counter of the block after that of @term. */
static uint64_t end_about(uint64_t term)
{
	const uint64_t end = (term_counter(term) / TERM_BLOCK + 2) * TERM_BLOCK - 1;

	return end < TERM_COUNTER_MAX ? end : TERM_COUNTER_MAX;
}

struct term_window window_about(uint64_t own)
{
	return (struct term_window){.seen = own,
				    .end = end_about(own),
				    .moved = MONO_LONG_AGO,
				    .told = MONO_LONG_AGO,
				    .outbid = MONO_LONG_AGO};
}

bool window_has(const struct term_window *w, uint64_t term)
{
	return term_counter(term) <= w->end;
}

/* The end moves by up to @blocks, towards @to, if that is due. */
static void move_to(struct term_window *w, uint64_t to, uint64_t blocks, int64_t pace_ns,
		    mono_t now)
{
	if (to > w->end && !mono_within(w->moved, now, pace_ns)) {
		w->moved = now;
		w->end = to - w->end < blocks * TERM_BLOCK ? to : w->end + blocks * TERM_BLOCK;
	}
}

void window_show(struct term_window *w, uint64_t term, mono_t now)
{
	move_to(w, end_about(term), TERM_SHOWN_BLOCKS, TERM_PACE_NS, now);
}

void window_move(struct term_window *w, mono_t now)
{
	move_to(w, TERM_COUNTER_MAX, 1, TERM_CLAIM_NS, now);
}

bool window_may_tell(struct term_window *w, mono_t now)
{
	if (mono_within(w->told, now, TELL_NS)) {
		return false;
	}
	w->told = now;
	return true;
}
