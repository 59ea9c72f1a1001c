/* gate.h - between the daemon and the setter: is it asked now, and how long is it waited for?
 *
 *	open	an order is given, and its answer is waited for
 *	shut	an order was not answered: none is given; each second a question is asked, for whose
 *		answer nobody waits, and that answer opens the gate
 *
 * So a setter that hangs holds the loop up once, by GATE_PATIENCE_NS, until it has answered again.
 * Each order has a number, so that a late answer is not taken for that to the next one, and an
 * instant from which on it is void: what was given up is not carried out later. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

#define GATE_PATIENCE_NS (NS_PER_S / 2)
/* An order is void by then, so that there is time to answer one that is carried out. */
#define GATE_VOID_NS	 (GATE_PATIENCE_NS / 4 * 3)
#define GATE_KNOCK_NS	 NS_PER_S

struct gate {
	bool shut;
	uint64_t number; /* of the last order or question */
	int64_t knocked_ns;
};

enum gate_turn { GATE_ORDER, GATE_KNOCK, GATE_NOTHING };

/* All instants are BOOTTIME, ns, which both processes read alike: after a suspend what was asked
 * before it is void.  What is to be done now: give the order, or ask whether somebody is there, by
 * gate->number; or nothing.  Call for each order, after gate_hear() of all that has come. */
enum gate_turn gate_next(struct gate *, int64_t now_ns);
/* An answer with that number has come.  True: it is that to what was last asked. */
bool gate_hear(struct gate *, uint64_t number);
/* The order of now was not answered. */
void gate_give_up(struct gate *, int64_t now_ns);
/* It is another setter, which has not been silent yet.  Numbers go on. */
void gate_anew(struct gate *);
/* From when on an order that is given now is void. */
int64_t gate_void_ns(int64_t now_ns);
/* At the setter: is it void? */
bool gate_is_void(int64_t void_ns, int64_t now_ns);
