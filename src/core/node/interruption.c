/* interruption.c - another hand on WALL, and whatever makes RAW not go on as it was.
 *
 * A suspend and a restored snapshot stop RAW, a live migration gives it another oscillator.  So
 * all that was measured over it is void, and the host joins as a newcomer.  Who goes on from a
 * snapshot may do so twice. */
#include "core/node/interruption.h"

#include "core/node/clock.h"
#include "core/node/date.h"
#include "core/node/doubt.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/exchange.h"
#include "core/node/follow.h"
#include "core/node/handover.h"
#include "core/node/leap.h"
#include "core/node/rekey.h"
#include "core/node/reply.h"
#include "core/node/role.h"
#include "core/node/roster.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <string.h>

/* RAW did not go on as it was: all that was measured over it is void, and so are leases. */
static void forget_raw(struct node *n)
{
	timeline_lose(n);
	doubt_forget(n);
	clock_leave(n);
	reply_end_life(n);
	for_each_peer (n, p) {
		estimator_release(p);
		exchange_forget(p);
	}
	roster_forget(n);
	role_end_lease(n);
}

/* There may be a second one of us that is what we are: the same keys, with which nothing may be
 * sealed twice, and the same draws.  So we make others, and call all that we know, the other one
 * too. */
static void part_from_copies(struct node *n)
{
	uint8_t rnd[KEY_LEN];
	uint64_t seed;

	fx_random(n, rnd, sizeof(rnd));
	memcpy(&seed, rnd, sizeof(seed));
	rng_seed(&n->rng, seed);
	reply_begin_life(n);
	rekey_all(n);
}

/* What it was, which people are told. */
static enum interruption tell(struct node *n, const struct node_event *ev)
{
	const int64_t slept_ns = ev->stepped.suspend_ns, step_ns = ev->stepped.step_ns;
	const enum interruption machine = ev->stepped.machine;

	if (slept_ns > 0) {
		notice(n, NOTICE_SUSPENDED, LEVEL_NOTICE, 0, .suspended = {slept_ns});
	}
	if (machine != INTERRUPTION_NONE) {
		notice(n, NOTICE_INTERRUPTED,
		       machine == INTERRUPTION_RESTORE ? LEVEL_WARNING : LEVEL_NOTICE, 0,
		       .interrupted = {machine});
		return machine;
	}
	if (slept_ns > 0) {
		return INTERRUPTION_SUSPEND;
	}
	if (leap_note_step(n, step_ns)) {
		return INTERRUPTION_NONE;
	}
	notice(n, NOTICE_CLOCK_INTERFERENCE, LEVEL_WARNING, 0,
	       .clock_interference = {.touched = CLOCK_TOUCHED_STEP, .step_ns = step_ns});
	return INTERRUPTION_CLOCK_SET;
}

void interruption_begin(struct node *n, const struct node_event *ev)
{
	bool raw_lost = ev->stepped.suspend_ns > 0 || ev->stepped.machine != INTERRUPTION_NONE;
	bool others = n->election.census.n_alive > 1;

	clock_newcomer(n, tell(n, ev));
	follow_newcomer(n);
	reply_forget_pairs(n);
	if (raw_lost) {
		forget_raw(n);
		date_leave(n);
	} else {
		date_note_stranger(n, ev->stepped.step_ns);
	}
	if (ev->stepped.machine == INTERRUPTION_RESTORE) {
		part_from_copies(n);
	}
	if (!raw_lost && n->config.mode != MODE_STEER) {
		return; /* the line is over RAW, and berkd does not steer this clock anyway */
	}
	if (n->election.role == ROLE_MASTER && (others || raw_lost)) {
		step_down(n, 0, 0);
	} else if (n->election.role == ROLE_MASTER) {
		clock_follow(n, true); /* alone: our own line says where the clock was */
	}
}

void interruption_undo(struct node *n, const struct node_event *ev)
{
	const enum clock_touched what = ev->touched.what;
	int64_t value = ev->touched.value;

	notice(n, NOTICE_CLOCK_INTERFERENCE, LEVEL_WARNING, 0,
	       .clock_interference = {.touched = what,
				      .freq_ppb = what == CLOCK_TOUCHED_FREQ ? value : 0,
				      .offset_ns = what == CLOCK_TOUCHED_OFFSET ? value : 0,
				      .status = what == CLOCK_TOUCHED_STATUS ? (unsigned)value : 0,
				      .put_back = true});
	if (n->config.mode == MODE_STEER) {
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = n->steering.clock.servo.freq_ppb;
	}
	clock_follow(n, false);
}
