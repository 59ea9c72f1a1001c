/* phase.h - what an estimator is doing with the exchanges that come in. */
#pragma once

/* The transitions stand at the head of phase.c, the only file that writes a phase. */
enum estimator_phase {
	PHASE_NONE = 0, /* no exchange is known: zeroed storage is in this phase */
	PHASE_STARTING, /* the first exchanges are solved together, see start.h */
	PHASE_RUNNING,	/* the cloud weighs each exchange */
	PHASE_DOUBTING, /* one exchange came too early: a stamp in error, or the path changed */
	PHASE_COASTING, /* the path changed: the line goes on until the new floors are known */
	PHASE_N_,
};

/* Write @to over *@phase.  Call when an exchange or the quality of its stamps asks for another
 * phase; asserts that the table has the transition.  Staying in a phase is always allowed. */
void phase_enter(enum estimator_phase *phase, enum estimator_phase to);
