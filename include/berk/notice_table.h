/* notice_table.h - every notice: its word, its MESSAGE_ID in the journal, its fields and its
 * text.
 *
 * To add a notice: a row in NOTICES, its fields in NOTICE_FIELDS_..., and, with a MESSAGE_ID
 * (from systemd-id128 new), an entry in systemd/berkd.catalog.in.  The enum, the union in struct
 * notice, the text, the journal's fields and the JSON of `berkctl monitor` are made from here.
 *
 * In a text, {peer} is whom it is about, {field} a field in words or with its unit, {field?text}
 * the text if the field is not 0 (or there is such a peer), {field!text} if it is.  What is no
 * field of the notice is written out with its braces, which tests/unit/test_notice.c finds. */
#pragma once

#define NOTICES(X)                                                                                 \
	X(BECAME_MASTER, became_master, "became-master", "8fd2c7d880614b0caa53cc1b52bc7b5d",       \
	  "Became master, term {term}, {n_reached} members reached{island?, as an island}")        \
	X(FOLLOWS_MASTER, follows_master, "follows-master", "a2966e771fa44ff6be5d7574592e36cc",    \
	  "Following master {peer}, term {term}")                                                  \
	X(DEPUTY_NAMED, deputy_named, "deputy-named", "1f593fdd844542e7bc25f7b75e733133",          \
	  "{peer?Deputy is {peer}}{peer!There is no deputy}")                                      \
	X(MEMBER_JOINED, member_joined, "member-joined", "1f718c12bbbc415abd55ffc3bc185b07",       \
	  "Member {peer} joined")                                                                  \
	X(MEMBER_LEFT, member_left, "member-left", "3835606790e446c084d13cfcb32906e5",             \
	  "Member {peer} {how}")                                                                   \
	X(MEMBER_EXCLUDED, member_excluded, "member-excluded", "7e08392b787f452c990adc26cf8ce930", \
	  "Member {peer} left out of the average: {reason}{off_ns? ({off_ns})}"                    \
	  "{rate_ppb? ({rate_ppb})}{n_refused? ({n_refused} corrections, none applied)}")          \
	X(MEMBER_READMITTED, member_readmitted, "member-readmitted",                               \
	  "1826cf2d30b04f8697169b31dbfb8d38", "Member {peer} counts in the average again")         \
	X(STEP, step, "step", "eeb3e9c9747446898afc337e3bd54c45",                                  \
	  "Stepped the clock by {step_ns} ({why})")                                                \
	X(CLOCK_INTERFERENCE, clock_interference, "clock-interference",                            \
	  "c0e7bcb2371d44a28124f50dae09387b",                                                      \
	  "Another hand {touched}{step_ns? by {step_ns}}{freq_ppb? to {freq_ppb}}"                 \
	  "{offset_ns? by {offset_ns}}{status? to {status}}{put_back?; put back}")                 \
	X(SUSPENDED, suspended, "suspended", "059e694a25284938b457354c807c9f4d",                   \
	  "Slept for {away_ns}; joining as a newcomer")                                            \
	X(INTERRUPTED, interrupted, "interrupted", "72f185934bd24648ad3f8f8ad278d0b6",             \
	  "Interrupted: {what}; joining as a newcomer")                                            \
	X(BOUND_EXCEEDED, bound_exceeded, "bound-exceeded", "3f6df996fa1f49c2a7a61678213a418c",    \
	  "The bound is {bound_ns}{over?: two hosts may differ by more than}"                      \
	  "{over! again, two hosts within} max_skew ({max_skew_ns})")                              \
	X(LIMIT_TRIPPED, limit_tripped, "limit-tripped", "4dee2abd8d174be98914adfbf79f4c8c",       \
	  "Limit: {limit}")                                                                        \
	X(STEPPED_DOWN, stepped_down, "stepped-down", "1d94cb5d49664d44bc6e99bff2e0c731",          \
	  "No longer master, term {term}{peer?: yielding to {peer}}")                              \
	X(ISLAND, island, "island", "b7a05e6eb2674399a0322968dac0233a",                            \
	  "{began?An island: most of the group is out of sight}{began!No island any more}"         \
	  ": {n_alive} of {n_table} members are here")                                             \
	X(CHAT_CUT, chat_cut, "chat-cut", "b449cd536492422c8fdd634839ba13d0",                      \
	  "{n_lines} lines of the chat that were shown here are not in the log of {peer}; each "   \
	  "host says its own ones again")                                                          \
	X(CHAT_FORGED, chat_forged, "chat-forged", "ae8ae5552a7c4179bcd77a5bebc4503a",             \
	  "The chat has lines of this host that were never said here: another host made them"      \
	  "{n_again?; {n_again} lines are said again}")                                            \
	X(ELECTION, election, "election", NULL,                                                    \
	  "{voting?Vote}{voting!Pre-vote} for term {term}: {n_grants} in favour{peer?, {peer} "    \
	  "against}")                                                                              \
	X(VOTE, vote, "vote", NULL,                                                                \
	  "{peer} asks for term {term}: {refusal?refused ({refusal})}{refusal!granted}")           \
	X(PEER_REFUSED, peer_refused, "peer-refused", "8df96f85a983410cab1dc00c1e9675fd",          \
	  "{why?Refused {addr}: {why} ({n_packets?{n_packets} packets so far, }"                   \
	  "told once in {every_ns})}"                                                              \
	  "{why!Refused a packet of {peer?{peer} at }{addr}: {verdict}}")                          \
	X(PACKET_BAD, packet_bad, "packet-bad", "63127e46456a4e9790c5b1af779ab833",                \
	  "A message of {peer} is malformed ({verdict}), ignoring")                                \
	X(SESSION_OPEN, session_open, "session-open", NULL, "Session with {peer} is open")         \
	X(SAMPLE, sample, "sample", NULL,                                                          \
	  "Sample of {peer}: RAW offset {offset_ns}, delay {delay_ns}, {verdict}")                 \
	X(CORRECTION, correction, "correction", NULL,                                              \
	  "Correction by {peer}: offset {offset_ns}, frequency {freq_ppb}, bound {bound_ns}")      \
	X(CORRECTION_REFUSED, correction_refused, "correction-refused", NULL,                      \
	  "Correction by {peer} refused: {why}")                                                   \
	X(CLONE, clone, "clone", "d1c26c6ff31e4b9e9a0d1e6f1f54a7c3",                               \
	  "{peer?{peer} is two hosts with one identity, at {addr} and {other}}"                    \
	  "{peer!The host at {addr} has the identity of this one}"                                 \
	  "{over! (remove the state directory on one of them)}{over? no more}")                    \
	X(DRIFT_DIFFERS, drift_differs, "drift-differs", "02175b42fd084a0290217fe6a714ffcf",       \
	  "{peer} has max_drift {theirs_ppb} and this host {ours_ppb}: set it alike on all "       \
	  "hosts. "                                                                                \
	  "A larger one counts for all once max_liars + 1 hosts have it")                          \
	X(FOUNDING, founding, "founding", "5f84b1caa18b4a09809be76de906f43b",                      \
	  "{order?The group's time is set by order; all give the old one up}"                      \
	  "{order!The group's date is known to be wrong or known better now; finding it anew}")    \
	X(TIME_SET, time_set, "time-set", "b08a1673f4504733931bcccec30e7900",                      \
	  "Group time was set by {shift_ns}, as user {uid} on {peer} has ordered")                 \
	X(TIME_DROPPED, time_dropped, "time-dropped", "6a0e51be6dfc4f2e8a0df1f1c5f6a2d7",          \
	  "The order to set group time by {shift_ns}, which user {uid} gave on {peer}, was not "   \
	  "carried out: its master lost the group first; run it again")                            \
	X(TIME_SLEWS, time_slews, "time-slews", "c9f3c90c43774e42acf7ba887f19d234",                \
	  "Group time is being slewed by {shift_ns}, as user {uid} on {peer} has ordered")         \
	X(TIME_SLEW_ENDED, time_slew_ended, "time-slew-ended", "2ba8e9d66d4e44f6bcbf2bc555287013", \
	  "{left_ns!Group time was slewed by {shift_ns}, as ordered on {peer}}"                    \
	  "{left_ns?The slew of group time by {shift_ns} that was ordered on {peer} has ended, "   \
	  "{left_ns} short of it}")                                                                \
	X(FOUNDED, founded, "founded", "233ae822d7de466587be94570e88765c",                         \
	  "{n_alive} of {n_table} hosts begin group time{confirmed!; the date is unconfirmed: no " \
	  "clock here shows one that may be right}{bounded!; no bound is promised until the "      \
	  "others "                                                                                \
	  "are here or forgotten}")                                                                \
	X(LEAP, leap, "leap", "03c641ceb8e30efc6d2f3654535cbeea",                                  \
	  "{done?A second {leap} the clock here, as was announced}"                                \
	  "{done!References announce that a second {leap} their clocks at midnight UTC}: the "     \
	  "group {ignored?ignores it}{ignored!slews to them}")                                     \
	X(PATH_CHANGED, path_changed, "path-changed", NULL,                                        \
	  "Member {peer} is reached at another address, {addr}")                                   \
	X(MASTER_DOUBTED, master_doubted, "master-doubted", "43f9bc7d1ee840758825afff098e077d",    \
	  "Master {peer} is refused for {for_ns}: where it puts this clock, it cannot be; "        \
	  "{others?most others say the same of theirs}{others!who has measured it says so too}")   \
	X(MASTER_CLEARED, master_cleared, "master-cleared", "ba618529566844b8ac688f25da5aa49a",    \
	  "Host {peer} may lead again: {by} says the same of this clock as it did")                \
	X(CLOCK_AT_FAULT, clock_at_fault, "clock-at-fault", "c1ea7b3d0f5b4c7c9a5e2f1b86d3e094",    \
	  "The clock of this host jumped by {jump_ns} unseen, as {peer} has measured: the master " \
	  "was right, and is followed. See which clock source this host has, and what its "        \
	  "hypervisor did")                                                                        \
	X(DOUBT_UNANSWERED, doubt_unanswered, "doubt-unanswered",                                  \
	  "b4e0d3c86a3c4b1f9d5f0c7e2a916b48",                                                      \
	  "Master {peer} puts this clock {jump_ns} from where it was, and {asked?none that was "   \
	  "asked answers}{asked!there is nobody to ask}: it is followed. See with a third clock "  \
	  "which of the two hosts is right")                                                       \
	X(MASTER_UNLISTED, master_unlisted, "master-unlisted", "5df5ea4632164cef82382a92bde98134", \
	  "Master {peer} is not on the list of masters any more; following nobody until another "  \
	  "host leads")                                                                            \
	X(REVOKED, revoked, "revoked", "6aea90991571437e8fee6edd1856d675",                         \
	  "{peer} is {revoked?revoked}{revoked!revoked no more}, as {by?{by} says}{by!ordered "    \
	  "here}"                                                                                  \
	  "{revoked?: nothing of it is taken any more}")                                           \
	X(REVOCATION_SAID, revocation_said, "revocation-said", "7e8ca8027f7d44bdb513f803ef689b87", \
	  "{by} says that {peer} is revoked{revoked! no more}; here that holds when "              \
	  "{n_more?{n_more} "                                                                      \
	  "more hosts say so, or }it is ordered: berkctl revoke{revoked! --undo}")                 \
	X(ORDER_REFUSED, order_refused, "order-refused", "29676a2aa1344a018229bdaad55b015c",       \
	  "The order of {peer} ({what}) is not taken: {why}")                                      \
	X(ORDERED, ordered, "ordered", "0de7f2c660844040bd2789de362a6ea6",                         \
	  "User {uid} on {peer} has ordered: {what}{whom? {whom}}")                                \
	X(HELD, held, "held", "6e394e859bab4926b8c83c525c660bc8",                                  \
	  "The group is held for another {left_ns}, as user {uid} on {peer} has ordered: no "      \
	  "clock is "                                                                              \
	  "corrected, and bounds grow; when that is not wanted any more: berkctl resume")          \
	X(HOLD_ENDED, hold_ended, "hold-ended", "aaa181b1545749b3bbf515038ab469b3",                \
	  "The hold that user {uid} on {peer} has ordered is over{early?, {left_ns} early}: "      \
	  "clocks are corrected "                                                                  \
	  "again")

/* The fields of each kind: F(kind, TYPE, name). */
#define NOTICE_FIELDS_became_master(F, k)  F(k, TERM, term) F(k, COUNT, n_reached) F(k, FLAG, island)
#define NOTICE_FIELDS_follows_master(F, k) F(k, TERM, term)
#define NOTICE_FIELDS_deputy_named(F, k)
#define NOTICE_FIELDS_member_joined(F, k)
#define NOTICE_FIELDS_member_left(F, k) F(k, DEPARTURE, how)
/* The figure that made the reason, if one did. */
#define NOTICE_FIELDS_member_excluded(F, k)                                                        \
	F(k, REASON, reason) F(k, OFFSET, off_ns) F(k, PPB, rate_ppb) F(k, COUNT, n_refused)
#define NOTICE_FIELDS_member_readmitted(F, k)
#define NOTICE_FIELDS_step(F, k) F(k, OFFSET, step_ns) F(k, STEP_CAUSE, why)
#define NOTICE_FIELDS_clock_interference(F, k)                                                     \
	F(k, TOUCHED, touched)                                                                     \
	F(k, OFFSET, step_ns)                                                                      \
	F(k, PPB, freq_ppb) F(k, OFFSET, offset_ns) F(k, BITS, status) F(k, FLAG, put_back)
#define NOTICE_FIELDS_suspended(F, k)	F(k, INTERVAL, away_ns)
#define NOTICE_FIELDS_interrupted(F, k) F(k, INTERRUPTION, what)
#define NOTICE_FIELDS_bound_exceeded(F, k)                                                         \
	F(k, INTERVAL, bound_ns) F(k, INTERVAL, max_skew_ns) F(k, FLAG, over)
/* The value and what is allowed, in the unit of the limit. */
#define NOTICE_FIELDS_limit_tripped(F, k)                                                          \
	F(k, LIMIT, limit)                                                                         \
	F(k, INTERVAL, value_ns)                                                                   \
	F(k, INTERVAL, max_ns) F(k, PPB, value_ppb) F(k, PPB, max_ppb) F(k, COUNT, n_max)
#define NOTICE_FIELDS_master_doubted(F, k)   F(k, FLAG, others) F(k, INTERVAL, for_ns)
#define NOTICE_FIELDS_master_cleared(F, k)   F(k, ID, by)
#define NOTICE_FIELDS_clock_at_fault(F, k)   F(k, OFFSET, jump_ns)
#define NOTICE_FIELDS_doubt_unanswered(F, k) F(k, OFFSET, jump_ns) F(k, FLAG, asked)
#define NOTICE_FIELDS_stepped_down(F, k)     F(k, TERM, term) F(k, TERM, their_term)
#define NOTICE_FIELDS_island(F, k)	     F(k, FLAG, began) F(k, COUNT, n_alive) F(k, COUNT, n_table)
#define NOTICE_FIELDS_chat_cut(F, k)	     F(k, COUNT, n_lines)
#define NOTICE_FIELDS_chat_forged(F, k)	     F(k, COUNT, n_again)
#define NOTICE_FIELDS_election(F, k)	     F(k, TERM, term) F(k, FLAG, voting) F(k, COUNT, n_grants)
#define NOTICE_FIELDS_vote(F, k)	     F(k, TERM, term) F(k, REFUSAL, refusal)
/* With why: told at the first and then once in every_ns.  Without: a packet, for who traces
 * them. */
#define NOTICE_FIELDS_peer_refused(F, k)                                                           \
	F(k, KNOCK, why)                                                                           \
	F(k, ADDR, addr)                                                                           \
	F(k, SESSION_VERDICT, verdict) F(k, COUNT, n_packets) F(k, INTERVAL, every_ns)
#define NOTICE_FIELDS_packet_bad(F, k)	 F(k, WIRE_VERDICT, verdict)
#define NOTICE_FIELDS_session_open(F, k) F(k, FLAG, initiator)
#define NOTICE_FIELDS_sample(F, k)                                                                 \
	F(k, OFFSET, offset_ns) F(k, INTERVAL, delay_ns) F(k, SAMPLE_VERDICT, verdict)
#define NOTICE_FIELDS_correction(F, k)                                                             \
	F(k, OFFSET, offset_ns) F(k, PPB, freq_ppb) F(k, INTERVAL, bound_ns)
#define NOTICE_FIELDS_correction_refused(F, k) F(k, CORRECT_REFUSAL, why)
#define NOTICE_FIELDS_clone(F, k)	       F(k, ADDR, addr) F(k, ADDR, other) F(k, FLAG, over)
#define NOTICE_FIELDS_founding(F, k)	       F(k, FLAG, order)
#define NOTICE_FIELDS_time_set(F, k)	       F(k, OFFSET, shift_ns) F(k, COUNT, uid)
#define NOTICE_FIELDS_time_dropped(F, k)       F(k, OFFSET, shift_ns) F(k, COUNT, uid)
#define NOTICE_FIELDS_time_slews(F, k)	       F(k, OFFSET, shift_ns) F(k, COUNT, uid)
#define NOTICE_FIELDS_time_slew_ended(F, k)    F(k, OFFSET, shift_ns) F(k, OFFSET, left_ns)
#define NOTICE_FIELDS_drift_differs(F, k)      F(k, PPB, theirs_ppb) F(k, PPB, ours_ppb)
#define NOTICE_FIELDS_founded(F, k)                                                                \
	F(k, COUNT, n_alive) F(k, COUNT, n_table) F(k, FLAG, confirmed) F(k, FLAG, bounded)
#define NOTICE_FIELDS_leap(F, k)	 F(k, LEAP, leap) F(k, FLAG, done) F(k, FLAG, ignored)
#define NOTICE_FIELDS_path_changed(F, k) F(k, ADDR, addr)
#define NOTICE_FIELDS_master_unlisted(F, k)
#define NOTICE_FIELDS_revoked(F, k)	    F(k, FLAG, revoked) F(k, ID, by)
#define NOTICE_FIELDS_revocation_said(F, k) F(k, FLAG, revoked) F(k, ID, by) F(k, COUNT, n_more)
#define NOTICE_FIELDS_order_refused(F, k)   F(k, ORDER, what) F(k, DEAF, why)
#define NOTICE_FIELDS_held(F, k)	    F(k, INTERVAL, left_ns) F(k, COUNT, uid)
#define NOTICE_FIELDS_hold_ended(F, k)	    F(k, FLAG, early) F(k, INTERVAL, left_ns) F(k, COUNT, uid)
#define NOTICE_FIELDS_ordered(F, k)	    F(k, ORDER, what) F(k, ID, whom) F(k, COUNT, uid)

/* The types of fields: in C; of an enum, its words and what they mean for people (both are in
 * src/common/words.h); NULL for a figure, and where the word itself says it.  OFFSET and
 * INTERVAL are in ns, an offset is shown with its sign: a clock less group time, positive when
 * it is ahead. */
#define NOTICE_TYPES(T)                                                                            \
	T(TERM, uint64_t, NULL, NULL)                                                              \
	T(COUNT, unsigned, NULL, NULL)                                                             \
	T(FLAG, bool, NULL, NULL)                                                                  \
	T(BITS, unsigned, NULL, NULL)                                                              \
	T(OFFSET, int64_t, NULL, NULL)                                                             \
	T(INTERVAL, int64_t, NULL, NULL)                                                           \
	T(PPB, int64_t, NULL, NULL)                                                                \
	T(ADDR, struct addr, NULL, NULL)                                                           \
	T(ID, node_id, NULL, NULL)                                                                 \
	T(REASON, enum reason, words_reason, texts_reason)                                         \
	T(REFUSAL, enum refusal, words_refusal, NULL)                                              \
	T(SESSION_VERDICT, enum session_verdict, words_session_verdict, NULL)                      \
	T(WIRE_VERDICT, enum wire_verdict, words_wire_verdict, NULL)                               \
	T(SAMPLE_VERDICT, enum sample_verdict, words_sample_verdict, NULL)                         \
	T(CORRECT_REFUSAL, enum correct_refusal, words_correct_refusal, texts_correct_refusal)     \
	T(DEPARTURE, enum departure, words_departure, texts_departure)                             \
	T(STEP_CAUSE, enum step_cause, words_step_cause, texts_step_cause)                         \
	T(LEAP, enum leap, words_leap, texts_leap)                                                 \
	T(INTERRUPTION, enum interruption, words_interruption, texts_interruption)                 \
	T(TOUCHED, enum clock_touched, words_clock_touched, texts_clock_touched)                   \
	T(ORDER, enum order, words_order, NULL)                                                    \
	T(DEAF, enum deaf, words_deaf, texts_deaf)                                                 \
	T(LIMIT, enum limit, words_limit, texts_limit)                                             \
	T(KNOCK, enum knock, words_knock, texts_knock)
