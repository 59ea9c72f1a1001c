/* words.c - see words.h. */
#include "common/words.h"

#include "berk/node.h"
#include "berk/notice.h"
#include "berk/reason.h"
#include "berk/status.h"
#include "berk/wire.h"

#include <stddef.h>
#include <string.h>

const char *const words_clock_mode[] = {
	[MODE_STEER] = "steer",
	[MODE_OBSERVE] = "observe",
	[MODE_REFERENCE] = "reference",
	NULL,
};

/* The numbers are those of syslog(3); 0 to 2 are levels that we do not have. */
const char *const words_level[] = {
	"",
	"",
	"",
	[LEVEL_ERR] = "error",
	[LEVEL_WARNING] = "warning",
	[LEVEL_NOTICE] = "notice",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
	NULL,
};

/* Each state of a member: its word, the sentence about a host in it, what to do about it. */
#define MEMBER_STATES(X)                                                                           \
	X(CONTACT, "contact", "Is known by address or by hearsay only: no session with it yet",    \
	  "See that berkd runs there, with the same group key, and that its UDP port passes the "  \
	  "firewalls in between")                                                                  \
	X(JOINING, "joining", "Is joining: not yet measured enough to be corrected",               \
	  "Wait for a few seconds; if it stays so, see there: journalctl -u berkd")                \
	X(NEW, "new", "Is new: it is corrected first and averaged once settled",                   \
	  "Wait for a minute; if it stays so, see on the master what REACH and DELAY are: "        \
	  "`berkctl members -v`")                                                                  \
	X(SETTLED, "settled", "Counts in the group's average", "Nothing is to be done")            \
	X(SILENT, "silent", "Has not answered lately",                                             \
	  "See that it is up, that berkd runs there, and that its UDP port passes the firewalls "  \
	  "in between")                                                                            \
	X(LEFT, "left", "Has left the group",                                                      \
	  "Start berkd there if it is to take part: systemctl start berkd")                        \
	X(UNSEEN, "unseen", "Was in the group, and has not been seen since the start",             \
	  "See that it is up and that berkd runs there; if it is gone for good, run "              \
	  "`berkctl forget HOST`")                                                                 \
	X(FORGOTTEN, "forgotten", "Was forgotten, and counts no more until it comes back",         \
	  "Nothing is to be done")

#define COUNT_STATE(...) +1
_Static_assert(MEMBER_STATES(COUNT_STATE) == MEMBER_MAX_, "a row for each state of a member");
#undef COUNT_STATE

#define STATE_WORD(STATE, word, text, remedy) [MEMBER_##STATE] = (word),
const char *const words_member_state[] = {MEMBER_STATES(STATE_WORD)[MEMBER_MAX_] = NULL};
#undef STATE_WORD

#define STATE_ROW(STATE, word, text, remedy) [MEMBER_##STATE] = {(text), (remedy)},
static const struct {
	const char *text, *remedy;
} member_states[] = {MEMBER_STATES(STATE_ROW)};
#undef STATE_ROW

const char *const words_quorum[] = {
	[QUORUM_ISLAND] = "island",
	[QUORUM_MAJORITY] = "majority",
	NULL,
};

/* Each reason why a member does not count: its word, what is said of the host, what to do. */
#define REASONS(X)                                                                                 \
	X(NONE, "none", "counts in the average", "nothing is to be done")                          \
	X(NEWCOMER, "newcomer",                                                                    \
	  "is new to this master: it is corrected first, and averaged once its rate is known and " \
	  "its clock is settled",                                                                  \
	  "wait for a minute; if it stays so, see on the master what REACH and DELAY are: "        \
	  "`berkctl members -v`")                                                                  \
	X(SILENT, "silent", "has not replied lately",                                              \
	  "see that it is up, that berkd runs there, and that its UDP port passes the firewalls "  \
	  "in between")                                                                            \
	X(FALSETICKER, "falseticker",                                                              \
	  "its reading contradicts the interval that most clocks agree on",                        \
	  "find there what spoils its clock (`berkctl monitor`), or set asymmetry if its path "    \
	  "takes longer in one direction")                                                         \
	X(TRIMMED, "trimmed",                                                                      \
	  "is one of the largest or smallest readings of this round, which are left out in case "  \
	  "they are wrong",                                                                        \
	  "nothing is to be done: it counts in the round after if another one is further out")     \
	X(RATE, "rate", "its oscillator, or the master's, is beyond max_drift",                    \
	  "see which clock source both have; if the hardware is so, raise max_drift on all hosts") \
	X(DISOBEYS, "disobeys", "its wall clock does not go where it was steered",                 \
	  "find there what else sets the clock and stop it, or what berkd there refuses: "         \
	  "journalctl -u berkd")                                                                   \
	X(JUMPED, "jumped", "its free-running clock jumped or was suspended",                      \
	  "nothing if it slept: it counts again within a minute; if it did not, look for "         \
	  "migrations, snapshots or a faulty clock source there")                                  \
	X(DELAY, "delay", "every exchange with it is slower than max_delay",                       \
	  "look at the network on the way to it, or raise max_delay on all hosts")                 \
	X(NOT_REFERENCE, "not-reference",                                                          \
	  "the group follows its references and this host is none",                                \
	  "nothing is to be done: it is corrected all the same")                                   \
	X(OBSERVER, "observer", "only observes: its wall clock is not the group's",                \
	  "set mode = steer in its berkd.conf if it is to take part")                              \
	X(OPERATOR, "operator", "was excluded by an operator",                                     \
	  "to take it in again, run `berkctl include HOST`")                                       \
	X(CLONE, "clone", "two hosts have its identity",                                           \
	  "remove the state directory on one of them, and start berkd there again")                \
	X(DATE, "date", "its clock shows a date that is known to be wrong",                        \
	  "nothing is to be done: it takes the group's; if it comes back after each boot, look "   \
	  "at "                                                                                    \
	  "the battery of its hardware clock")                                                     \
	X(REFUSES, "refuses", "takes no correction, since it would be moved too far",              \
	  "order on it, to take it onto group time: `berkctl step`")                               \
	X(FAR, "far", "is a reference too far from group time to be followed by slewing in a day", \
	  "see which of the two is wrong: set its clock right, or stop berkd on all hosts and "    \
	  "start it again, the reference first")                                                   \
	X(LEAP, "leap", "is a reference one leap second from group time, which ignores them",      \
	  "nothing if a leap second is near: it counts when it is back; set leap = slew on all "   \
	  "hosts if the group is to follow it")

#define COUNT_REASON(...) +1
_Static_assert(REASONS(COUNT_REASON) == REASON_MAX_, "a row for each reason");
#undef COUNT_REASON

#define REASON_WORD(REASON, word, text, remedy)	  [REASON_##REASON] = (word),
#define REASON_TEXT(REASON, word, text, remedy)	  [REASON_##REASON] = (text),
#define REASON_REMEDY(REASON, word, text, remedy) [REASON_##REASON] = (remedy),
const char *const words_reason[] = {REASONS(REASON_WORD)[REASON_MAX_] = NULL};
const char *const texts_reason[] = {REASONS(REASON_TEXT)[REASON_MAX_] = NULL};
static const char *const remedies_reason[] = {REASONS(REASON_REMEDY)[REASON_MAX_] = NULL};

const char *const words_refusal[] = {
	[REFUSAL_NONE] = "none",	   [REFUSAL_MASTER_ALIVE] = "master-alive",
	[REFUSAL_TERM] = "term",	   [REFUSAL_RANK] = "rank",
	[REFUSAL_UNSETTLED] = "unsettled", [REFUSAL_NOT_ALLOWED] = "not-allowed",
	[REFUSAL_DISK] = "disk",	   [REFUSAL_MAX_] = NULL,
};

const char *const words_role[] = {
	[ROLE_NONE] = "none",		[ROLE_MEMBER] = "member", [ROLE_DEPUTY] = "deputy",
	[ROLE_CANDIDATE] = "candidate", [ROLE_MASTER] = "master", NULL,
};

const char *const words_session_verdict[] = {
	[SESSION_OK] = "ok",
	[SESSION_BAD_LENGTH] = "bad-length",
	[SESSION_BAD_MAC] = "bad-mac",
	[SESSION_BAD_COOKIE] = "bad-cookie",
	[SESSION_BAD_STATE] = "bad-state",
	[SESSION_NOT_PINNED] = "not-pinned",
	[SESSION_SELF] = "self",
	[SESSION_NO_KEYS] = "no-keys",
	[SESSION_BAD_TAG] = "bad-tag",
	[SESSION_REPLAYED] = "replayed",
	[SESSION_BUSY] = "busy",
	[SESSION_REVOKED] = "revoked",
	[SESSION_MAX_] = NULL,
};

const char *const words_wire_verdict[] = {
	[WIRE_OK] = "ok",
	[WIRE_TRUNCATED] = "truncated",
	[WIRE_TRAILING] = "trailing-bytes",
	[WIRE_BAD_TYPE] = "bad-type",
	[WIRE_BAD_RANGE] = "bad-range",
	[WIRE_BAD_VERSION] = "bad-version",
	[WIRE_BAD_TEXT] = "bad-text",
	NULL,
};

const char *const words_sample_verdict[] = {
	[SAMPLE_OK] = "ok",   [SAMPLE_ORDER] = "order", [SAMPLE_DELAY] = "delay",
	[SAMPLE_OLD] = "old", [SAMPLE_ODD] = "odd",	[SAMPLE_JUMP] = "jump",
	[SAMPLE_MAX_] = NULL,
};

const char *const words_correct_refusal[] = {
	[CORRECT_OK] = "none",
	[CORRECT_NOT_MASTER] = "not-master",
	[CORRECT_APPLIED] = "applied",
	[CORRECT_UNKNOWN] = "unknown",
	[CORRECT_EPOCH] = "epoch",
	[CORRECT_EXPIRED] = "expired",
	[CORRECT_RATE] = "rate",
	[CORRECT_LIMIT] = "limit",
	[CORRECT_FIRST_STEP] = "first-step",
	[CORRECT_FLOOR] = "floor",
	[CORRECT_SECOND_STEP] = "second-step",
	[CORRECT_OPEN] = "open",
	[CORRECT_DOUBTED] = "doubted",
	[CORRECT_CEILING] = "ceiling",
	[CORRECT_MAX_] = NULL,
};

const char *const texts_correct_refusal[] = {
	[CORRECT_OK] = "nothing",
	[CORRECT_NOT_MASTER] = "it is not our master",
	[CORRECT_APPLIED] = "it was applied already",
	[CORRECT_UNKNOWN] = "it refers to no reply of ours",
	[CORRECT_EPOCH] = "the clock was stepped since",
	[CORRECT_EXPIRED] = "it has expired",
	[CORRECT_RATE] = "its rate is beyond the limit",
	[CORRECT_LIMIT] = "it is beyond a limit",
	[CORRECT_FIRST_STEP] =
		"the first step would be beyond max_first_step, and no majority agrees",
	[CORRECT_OPEN] = "it is more than others may move the clock of a host in an open group by",
	[CORRECT_SECOND_STEP] =
		"the clock may not step again, or not yet, and this is beyond max_correction",
	[CORRECT_FLOOR] = "group time is before a time that is known to be past",
	[CORRECT_DOUBTED] = "it contradicts what the master said before; others are asked",
	[CORRECT_CEILING] = "group time is after the last time that can be",
	[CORRECT_MAX_] = NULL,
};

const char *const words_departure[] = {
	[DEPARTURE_GOODBYE] = "goodbye",
	[DEPARTURE_SILENT] = "silent",
	[DEPARTURE_FORGOTTEN] = "forgotten",
	[DEPARTURE_ORDER] = "order",
	[DEPARTURE_NOT_PINNED] = "not-pinned",
	[DEPARTURE_REVOKED] = "revoked",
	[DEPARTURE_MAX_] = NULL,
};

const char *const texts_departure[] = {
	[DEPARTURE_GOODBYE] = "said goodbye",
	[DEPARTURE_SILENT] = "is silent",
	[DEPARTURE_FORGOTTEN] = "was silent for too long, forgotten",
	[DEPARTURE_ORDER] = "is forgotten, by order",
	[DEPARTURE_NOT_PINNED] =
		"is not on the list of members any more, so its session is closed; see members =",
	[DEPARTURE_REVOKED] = "is revoked, so its session is closed; see berkctl trust",
	[DEPARTURE_MAX_] = NULL,
};

const char *const words_limit[] = {
	[LIMIT_CORRECTION] = "max-correction",
	[LIMIT_ACCUMULATED] = "max-accumulated",
	[LIMIT_RATE] = "rate",
	[LIMIT_TABLE] = "table",
	[LIMIT_ESTIMATORS] = "estimators",
	[LIMIT_GROUP_RATE] = "group-rate",
	[LIMIT_TERM] = "term",
	[LIMIT_FIRST_STEP] = "first-step",
	[LIMIT_SECOND_STEP] = "second-step",
	[LIMIT_FLOOR] = "floor",
	[LIMIT_CEILING] = "ceiling",
	[LIMIT_DATES] = "dates",
	[LIMIT_ASKED] = "asked",
	[LIMIT_OWN_RATE] = "own-rate",
	[LIMIT_MINUTES] = "minutes",
	[LIMIT_DEPARTURE] = "departure",
	[LIMIT_OPEN] = "open",
	[LIMIT_CHAT] = "chat",
	[LIMIT_CHAT_COPIES] = "chat-copies",
	[LIMIT_VOTES] = "votes",
	[LIMIT_POLL] = "poll",
	[LIMIT_STRANGERS] = "strangers",
	[LIMIT_RUMOURS] = "rumours",
	[LIMIT_REVOKED] = "revoked",
	[LIMIT_REVOKING] = "revoking",
	[LIMIT_MAX_] = NULL,
};

/* With fields: see berk/notice_table.h. */
const char *const texts_limit[] = {
	[LIMIT_CORRECTION] = "a correction of {value_ns} by {peer} is above max_correction "
			     "({max_ns}); refused",
	[LIMIT_ACCUMULATED] = "corrections by {peer} add up to {value_ns} within the hour, above "
			      "max_accumulated ({max_ns}); refused",
	[LIMIT_RATE] = "a rate of {value_ppb} by {peer} is beyond {max_ppb}; refused",
	[LIMIT_TABLE] = "the table of {n_max} members is full; {peer} is left out",
	[LIMIT_ESTIMATORS] = "no more than {n_max} members can be measured; {peer} is left out",
	[LIMIT_GROUP_RATE] = "the group's rate of {value_ppb} is beyond {max_ppb}; held there",
	[LIMIT_FIRST_STEP] =
		"group time is {value_ns} away, and no majority of the group confirms its date "
		"(max_first_step is {max_ns}); this clock stays where it is. If group time is "
		"right, run `berkctl step` here; if this clock is right, set the group to it: "
		"`berkctl settime --step TIME`",
	[LIMIT_SECOND_STEP] =
		"group time is {value_ns} away, and this clock may not step: it has stepped once "
		"already, or its master does not let it. Else it is moved by max_correction "
		"({max_ns}) at most within some minutes, so it stays where it is. If group time is "
		"right, run `berkctl step` here",
	[LIMIT_FLOOR] =
		"group time is {value_ns} before a time that is known to be past; this clock "
		"stays where it is. If group time is right, run `berkctl step` here",
	[LIMIT_CEILING] =
		"group time is {value_ns} after the last time that can be, thirty years after "
		"berkd was built; this clock stays where it is. Set group time: "
		"`berkctl settime --step TIME`",
	[LIMIT_DATES] = "clocks or disks of this group say that its date is wrong, but it was "
			"found anew, or ordered, as often as it may be within an hour; it stays "
			"as it is. Set it: `berkctl settime --step TIME`",
	[LIMIT_ASKED] = "{peer} would have to run at {value_ppb} to keep with the group, which is "
			"more than "
			"a host takes; it is asked for {max_ppb}, and drifts away by the rest",
	[LIMIT_OWN_RATE] = "the oscillator of this host runs at {value_ppb} against most others, "
			   "beyond {max_ppb}; "
			   "it leads nobody for an hour. See which clock source it has",
	[LIMIT_MINUTES] =
		"corrections by {peer} would take this clock {value_ns} from one place to "
		"another within some minutes, above max_correction ({max_ns}); refused",
	[LIMIT_DEPARTURE] = "{peer} has moved this clock by {value_ns} within a day from where its "
			    "own oscillator would be, above {max_ns}; this clock is steered no "
			    "more. If group time is right, run `berkctl step` here",
	[LIMIT_OPEN] = "others would have moved this clock by {value_ns} since the boot, above the "
		       "{max_ns} that they may in an open group; it stays where it is. `berkctl "
		       "keygen /etc/berkd/group.key` makes a key, the same file goes to every "
		       "host; or say insecure = yes in [group]",
	[LIMIT_TERM] = "{peer} names a term far above all that we know; we take no such term",
	[LIMIT_CHAT] = "{peer} says more in the chat than a host may; its lines wait",
	[LIMIT_CHAT_COPIES] = "{peer} copies more lines of the chat to us than a group can say; "
			      "they wait",
	[LIMIT_VOTES] = "{peer} asks for votes, has them, and leads nobody; it gets none for 20 s, "
			"so that others may stand. See whether its packets are lost, and whether "
			"it was taken over",
	[LIMIT_POLL] = "{peer} promises its next poll within {value_ns}, which is more than four "
		       "polls of this host; it is expected within {max_ns}. Give all hosts of the "
		       "group the same poll",
	[LIMIT_STRANGERS] = "more handshakes are asked for than this host answers in a second (20 "
			    "of one address, 200 of all that are not configured); some get no "
			    "answer",
	[LIMIT_RUMOURS] = "more hosts are said to be somewhere than this host calls; some are not "
			  "called until they call themselves",
	[LIMIT_REVOKED] = "no more than {n_max} hosts can be revoked, and {peer} is one more; "
			  "give the group another key (key_file) and take words back: berkctl "
			  "revoke --undo",
	[LIMIT_REVOKING] = "{peer} says of more hosts that they are revoked than is taken of one "
			   "({n_max}); see berkctl trust, and whether it was taken over",
	[LIMIT_MAX_] = NULL,
};

const char *const words_stamp[] = {
	[STAMP_USER] = "user",
	[STAMP_KERNEL] = "kernel",
	[STAMP_HARDWARE] = "hardware",
	NULL,
};

/* Spellings of earlier versions, which are still read. */
static const struct {
	const char *const *words;
	const char *text;
	int value;
} older[] = {
	{words_level, "err", LEVEL_ERR},
};

const char *words_name(const char *const *words, int value)
{
	for (int i = 0; words[i]; i++) {
		if (i == value && words[i][0]) {
			return words[i];
		}
	}
	return "unknown";
}

bool words_find(const char *const *words, const char *text, int *ret_value)
{
	for (int i = 0; text[0] && words[i]; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_value = i;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(older) / sizeof(older[0]); i++) {
		if (words == older[i].words && strcmp(text, older[i].text) == 0) {
			*ret_value = older[i].value;
			return true;
		}
	}
	return false;
}

/* --- The functions beside the enums --- */

const char *clock_mode_name(enum clock_mode m)
{
	return words_name(words_clock_mode, (int)m);
}

const char *level_name(enum notice_level l)
{
	return words_name(words_level, (int)l);
}

const char *member_state_name(enum member_state s)
{
	return words_name(words_member_state, (int)s);
}

const char *member_state_text(enum member_state s)
{
	return (unsigned)s < MEMBER_MAX_ ? member_states[s].text : "Is unknown";
}

const char *member_state_remedy(enum member_state s)
{
	return (unsigned)s < MEMBER_MAX_ ? member_states[s].remedy : "Update berkctl";
}

const char *reason_name(enum reason r)
{
	return words_name(words_reason, (int)r);
}

const char *session_verdict_name(enum session_verdict v)
{
	return words_name(words_session_verdict, (int)v);
}

const char *wire_verdict_name(enum wire_verdict v)
{
	return words_name(words_wire_verdict, (int)v);
}

const char *refusal_name(enum refusal r)
{
	return words_name(words_refusal, (int)r);
}

const char *role_name(enum role r)
{
	return words_name(words_role, (int)r);
}

const char *reason_text(enum reason r)
{
	return words_name(texts_reason, (int)r);
}

const char *reason_remedy(enum reason r)
{
	return words_name(remedies_reason, (int)r);
}
