/* gate.c - see gate.h. */
#include "berkd/clock/gate.h"

enum gate_turn gate_next(struct gate *g, int64_t now_ns)
{
	if (g->shut && ns_sub(now_ns, g->knocked_ns) < GATE_KNOCK_NS) {
		return GATE_NOTHING;
	}
	g->number++;
	g->knocked_ns = now_ns;
	return g->shut ? GATE_KNOCK : GATE_ORDER;
}

bool gate_hear(struct gate *g, uint64_t number)
{
	bool last = number == g->number;

	g->shut = g->shut && !last;
	return last;
}

void gate_give_up(struct gate *g, int64_t now_ns)
{
	g->shut = true;
	g->number++; /* its answer, should it come yet, is no sign of life by now */
	g->knocked_ns = now_ns;
}

void gate_anew(struct gate *g)
{
	g->shut = false;
}

int64_t gate_void_ns(int64_t now_ns)
{
	return ns_add(now_ns, GATE_VOID_NS);
}

bool gate_is_void(int64_t void_ns, int64_t now_ns)
{
	return now_ns >= void_ns;
}
