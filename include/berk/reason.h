/* reason.h - why: every verdict of the core that a person may read, with its word.
 *
 * The words are the same in logs, JSON and man pages (src/common/words.c).
 */
#pragma once

/* Why a member does not count in the average.  An operator reads these: berkctl why. */
enum reason {
	REASON_NONE = 0,
	REASON_NEWCOMER,      /* corrected first, averaged when settled            */
	REASON_SILENT,	      /* no reply lately                                   */
	REASON_FALSETICKER,   /* its interval misses the one most clocks agree on  */
	REASON_TRIMMED,	      /* one of the f largest or smallest                  */
	REASON_RATE,	      /* its oscillator is beyond max_drift                */
	REASON_DISOBEYS,      /* its wall clock does not go where it was steered   */
	REASON_JUMPED,	      /* its RAW clock jumped or was suspended             */
	REASON_DELAY,	      /* every exchange is slower than the limit           */
	REASON_NOT_REFERENCE, /* the group follows references, this is none      */
	REASON_OBSERVER,      /* only observes: its wall clock is not the group's  */
	REASON_OPERATOR,      /* excluded by configuration or order                */
	REASON_MAX_,
};
const char *reason_name(enum reason); /* one word, stable: JSON   */
const char *reason_text(enum reason); /* a sentence, for people   */

/* Why a voter does not grant its vote. */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_MASTER_ALIVE, /* the voter's lease on the present master still runs */
	REFUSAL_TERM,	      /* new_term is not above what the voter granted */
	REFUSAL_RANK,	      /* the voter would be the better master and can still stand */
	REFUSAL_UNSETTLED,    /* the voter's group is settled, the candidate is not */
	REFUSAL_NOT_ALLOWED,  /* not on the list of possible masters, or priority 0 */
	REFUSAL_LOG,	      /* the voter's chat log is further on: pull first */
	REFUSAL_MAX_,
};
const char *refusal_name(enum refusal);

/* Why a packet or a handshake is not taken. */
enum session_verdict {
	SESSION_OK = 0,
	SESSION_BAD_LENGTH,
	SESSION_BAD_MAC, /* not of this group, or forged */
	SESSION_BAD_COOKIE,
	SESSION_BAD_STATE,  /* nothing of that kind was asked for */
	SESSION_NOT_PINNED, /* public key is not on the list */
	SESSION_SELF,	    /* we reached ourselves */
	SESSION_NO_KEYS,
	SESSION_BAD_TAG, /* AEAD does not open */
	SESSION_REPLAYED,
};
const char *session_verdict_name(enum session_verdict);
