/* reason.h - why: every verdict of the core that a person may read, with its word.
 *
 * The words are the same in logs, JSON and man pages (src/common/words.c).
 */
#pragma once

/* Why a member does not count in the average.  An operator reads these: berkctl why.  The number
 * travels (ROSTER, CORRECT): a new one goes to the end. */
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
	REASON_CLONE,	      /* two hosts have its identity                       */
	REASON_DATE,	      /* its clock is known to be wrong by its date        */
	REASON_REFUSES,	      /* it takes no correction of ours, and says why      */
	REASON_FAR,	      /* a reference too far off to be followed by slewing     */
	REASON_LEAP,	      /* a reference a leap second off, which the group ignores  */
	REASON_MAX_,
};
const char *reason_name(enum reason);	/* one word, stable: JSON   */
const char *reason_text(enum reason);	/* a sentence, for people   */
const char *reason_remedy(enum reason); /* and what to do about it  */

/* Why a voter does not grant its vote.  The number travels: a new one goes to the end. */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_MASTER_ALIVE, /* the voter's lease on the present master still runs */
	REFUSAL_TERM,	      /* new_term is not above what the voter granted */
	REFUSAL_RANK,	      /* the voter would be the better master and can still stand */
	REFUSAL_UNSETTLED,    /* the voter's group is settled, the candidate is not */
	REFUSAL_NOT_ALLOWED,  /* not on the list of possible masters, or priority 0 */
	REFUSAL_DISK,	      /* the voter could not save the grant */
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
	SESSION_BUSY,	 /* others ask for much at the same time */
	SESSION_REVOKED, /* operators say that its key is taken no more */
	SESSION_MAX_,
};
const char *session_verdict_name(enum session_verdict);

/* Had a host a bounded line once, in this life or before?  The number travels (REPLY). */
enum carried {
	CARRIED_NONE,
	CARRIED_ONE,
	CARRIED_MISSES, /* and hosts that had it too were not seen since its start */
	CARRIED_MAX_,
};

/* What an address that is configured, or that knocks, is to this host.  Where it says why
 * somebody was refused, both sides show it: berkctl members --all, berkctl check. */
enum knock {
	KNOCK_NONE = 0,
	KNOCK_MET,	     /* it answers, or whoever leads says that it does */
	KNOCK_SELF,	     /* this host itself */
	KNOCK_NEVER_MET,     /* nothing ever came of calling it */
	KNOCK_NO_ANSWER,     /* it answered once */
	KNOCK_LEFT,	     /* it said goodbye */
	KNOCK_NO_ADDRESS,    /* a name that does not resolve */
	KNOCK_REFUSES,	     /* it holds the key and calls, but lets us not in */
	KNOCK_OTHER_KEY,     /* what it sends us is not of this group: another key or name */
	KNOCK_OTHER_GROUP,   /* the same of a multicast, which is for anybody: everyday */
	KNOCK_OTHER_VERSION, /* of the protocol */
	KNOCK_NOT_PINNED,    /* its public key is not on the list of members */
	KNOCK_CLONE,	     /* it has our own identity */
	KNOCK_SAME_TAG,	     /* its terms would be those of another host */
	KNOCK_TABLE_FULL,
	KNOCK_MALFORMED,
	KNOCK_FORGOTTEN, /* by order, until it comes back */
	KNOCK_REVOKED,	 /* operators say that its key is taken no more */
	KNOCK_MAX_,
};

/* Why a host is trusted, or not. */
enum trust_kind {
	TRUST_SELF,
	TRUST_PINNED,	 /* it is in `members` */
	TRUST_GROUP_KEY, /* it holds the group's key, and nobody is pinned */
	TRUST_OPEN,	 /* the same where that key is nobody's secret */
	TRUST_UNPROVED,	 /* it has not shown its key */
	TRUST_UNPINNED,	 /* there is a list of members, and it is not on it */
	TRUST_REVOKED,
	TRUST_MAX_,
};

/* What came of an exchange with a peer. */
enum sample_verdict {
	SAMPLE_OK = 0,
	SAMPLE_ORDER, /* dst before org, xmt before rec, or a negative round trip */
	SAMPLE_DELAY, /* round trip above delay_ns_max */
	SAMPLE_OLD,   /* not newer than the last one */
	SAMPLE_ODD,   /* contradicts the hard interval: left out, as a stamp may be in error; until
		       * the next is here the interval holds both */
	SAMPLE_JUMP,  /* the second in a row: peer's or our RAW jumped; history was dropped */
	SAMPLE_MAX_,
};

/* Why a member does not take a correction. */
enum correct_refusal {
	CORRECT_OK = 0,
	CORRECT_NOT_MASTER,
	CORRECT_APPLIED, /* this round or a later one was applied already */
	CORRECT_UNKNOWN, /* of no reply that we remember */
	CORRECT_EPOCH,	 /* our clock was stepped since */
	CORRECT_EXPIRED,
	CORRECT_RATE,	     /* beyond the limit of a rate */
	CORRECT_LIMIT,	     /* beyond max_correction or max_accumulated */
	CORRECT_FIRST_STEP,  /* its first step would be above max_first_step, no majority agrees */
	CORRECT_SECOND_STEP, /* it has stepped already, and this is beyond max_correction */
	CORRECT_FLOOR,	 /* it would move a clock that may be right to what is known to be past */
	CORRECT_OPEN,	 /* it is beyond what others may do in an open group */
	CORRECT_DOUBTED, /* it contradicts the master's word before: others are asked */
	CORRECT_CEILING, /* it would move a clock to where no date can be */
	CORRECT_MAX_,
};

/* Why a host takes no order that is given on another one.  The number travels (REPLY, ORDER_REPLY):
 * a new one goes to the end. */
enum deaf {
	DEAF_NOT,      /* it does take them */
	DEAF_UNLISTED, /* its list of masters does not name that one, or there is none */
	DEAF_ALWAYS,   /* it takes none from anybody */
	DEAF_ENOUGH,   /* others ordered as many steps as they may within an hour */
	DEAF_OPEN,     /* its group is open, and anybody could order */
	DEAF_MAX_,
};

/* How a member left. */
enum departure {
	DEPARTURE_GOODBYE,
	DEPARTURE_SILENT,
	DEPARTURE_FORGOTTEN,  /* silent for so long that no majority counts it any more */
	DEPARTURE_ORDER,      /* an operator has forgotten it */
	DEPARTURE_NOT_PINNED, /* it is on the list of members no more */
	DEPARTURE_REVOKED,    /* its key is taken no more */
	DEPARTURE_MAX_,
};

/* Why we stepped WALL. */
/* Why the clock was stepped. */
enum step_cause {
	STEP_FIRST_JOIN,
	STEP_BY_ORDER,
	STEP_FOUNDING, /* the group has found its date anew */
	STEP_NO_BOUND, /* its group promised no bound yet, and it went over to another */
	STEP_MAX_,
};

/* What another hand has set. */
enum clock_touched {
	CLOCK_UNTOUCHED,
	CLOCK_TOUCHED_FREQ,   /* ppb */
	CLOCK_TOUCHED_STATUS, /* the bits of timex */
	CLOCK_TOUCHED_OFFSET, /* ns that the kernel's PLL or adjtime was to work off */
	CLOCK_TOUCHED_STEP,   /* ns; 0: not known by how much */
	CLOCK_TOUCHED_MAX_,
};

/* What broke the time of a host, which then joins anew. */
enum interruption {
	INTERRUPTION_NONE,
	INTERRUPTION_CLOCK_SET, /* another hand stepped WALL; the others are of RAW */
	INTERRUPTION_SUSPEND,
	INTERRUPTION_MIGRATION, /* of a virtual machine: another processor counts RAW */
	INTERRUPTION_RESTORE,	/* ... it goes on from a snapshot, and perhaps twice */
	INTERRUPTION_MAX_,
};

/* A limit that tripped. */
enum limit {
	LIMIT_CORRECTION,  /* max_correction, ns */
	LIMIT_ACCUMULATED, /* max_accumulated, ns */
	LIMIT_RATE,	   /* of a correction, ppb */
	LIMIT_TABLE,	   /* members */
	LIMIT_ESTIMATORS,  /* members that can be measured */
	LIMIT_GROUP_RATE,  /* of group time against our oscillator, ppb */
	LIMIT_TERM,	   /* of another: how far above ours */
	LIMIT_FIRST_STEP,  /* max_first_step, ns */
	LIMIT_SECOND_STEP, /* max_correction of a host that has stepped, ns */
	LIMIT_FLOOR,	   /* of time: how far below it, ns */
	LIMIT_CEILING,	   /* of time: how far above it, ns */
	LIMIT_DATES,	   /* that a group found anew within the hour */
	LIMIT_ASKED,	   /* what a member may be asked for, ppb */
	LIMIT_OWN_RATE,	   /* of our oscillator against most others, ppb */
	LIMIT_MINUTES,	   /* max_correction from one place to another in minutes, ns */
	LIMIT_DEPARTURE,   /* from where our own oscillator would be, within a day, ns */
	LIMIT_CHAT,	   /* lines of one host in the chat */
	LIMIT_CHAT_COPIES, /* lines that a master copies to us */
	LIMIT_VOTES,	   /* votes that one has had, and has not led with */
	LIMIT_POLL,	   /* from one poll of a master to the next, ns */
	LIMIT_STRANGERS,   /* handshakes that are answered */
	LIMIT_RUMOURS,	   /* calls to who is merely said to be there */
	LIMIT_REVOKED,	   /* revocations that a host keeps */
	LIMIT_REVOKING,	   /* ... and that it takes of others at once, or waits for more words on */
	LIMIT_OPEN,	   /* from where our own oscillator would be, since the boot, in an open
			    * group, ns */
	LIMIT_MAX_,
};
