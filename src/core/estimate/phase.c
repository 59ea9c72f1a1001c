/* phase.c - the phases of an estimator and the only place that writes one.
 *
 *	from	    to		when
 *	none	    starting	the first exchange came, or the first one after a new beginning
 *	starting    running	the filter knows enough, or wander may count (start_push())
 *	running	    doubting	one exchange was earlier than the known floors allow (route_watch())
 *	running	    coasting	a run of exchanges was later than chance allows
 *	doubting    running	no other exchange was early: the one had a stamp in error
 *	doubting    coasting	others were early too: the path changed
 *	coasting    running	a long run tells where the floors are now
 *	doubting,   running	stamps of another quality came: their floors are found anew
 *	coasting
 *	any other   none	a RAW clock jumped, or a far shorter path tells more than all
 *				before; starting follows within the same exchange
 *	any but	    none	some exchanges in a row leave no room for what is believed: the
 *	starting		rate has jumped; the same
 *	running	    none	early exchanges at one place are few packets that are fast; the
 *				same
 *
 * An exchange that contradicts the hard interval is not a phase: the hard interval depends on
 * nothing that is estimated, and so hard.c keeps that state.
 */
#include "core/estimate/phase.h"

#include <assert.h>
#include <stdbool.h>

static const bool allowed[PHASE_N_][PHASE_N_] = {
	[PHASE_NONE] = {[PHASE_STARTING] = true},
	[PHASE_STARTING] = {[PHASE_RUNNING] = true, [PHASE_NONE] = true},
	[PHASE_RUNNING] = {[PHASE_DOUBTING] = true, [PHASE_COASTING] = true, [PHASE_NONE] = true},
	[PHASE_DOUBTING] = {[PHASE_RUNNING] = true, [PHASE_COASTING] = true, [PHASE_NONE] = true},
	[PHASE_COASTING] = {[PHASE_RUNNING] = true, [PHASE_NONE] = true},
};

void phase_enter(enum estimator_phase *phase, enum estimator_phase to)
{
	assert(*phase < PHASE_N_ && to < PHASE_N_);
	assert(*phase == to || allowed[*phase][to]);

	*phase = to;
}
