/* words.h - one word for each value of an enum: the same in berkd.conf, logs, JSON, on the
 * command line and in the man pages.  The functions role_name(), reason_name() and so on, which
 * stand beside their enums in include/berk, take their words from here. */
#pragma once

#include <stdbool.h>

/* The words of an enum in the order of its values, "" where a value has none; NULL ends the
 * list. */
extern const char *const words_clock_mode[]; /* enum clock_mode */
extern const char *const words_level[];	     /* enum notice_level */
extern const char *const words_member_state[];
extern const char *const words_order[];
extern const char *const words_order_verdict[];
extern const char *const words_quorum[];
extern const char *const words_orders_of[];
extern const char *const words_reason[];
extern const char *const words_refusal[];
extern const char *const words_lack[];
extern const char *const texts_lack[];
/* That this clock is held, since others have moved it too far, and how to lift that. */
extern const char text_tripped[], text_open_spent[];
extern const char *const words_date_evidence[];
extern const char *const words_leap[];
extern const char *const words_time_way[];
extern const char *const words_role[];
extern const char *const words_session_verdict[];
extern const char *const words_wire_verdict[];
extern const char *const words_sample_verdict[];
extern const char *const words_correct_refusal[];
extern const char *const words_deaf[];
extern const char *const words_departure[];
extern const char *const words_step_cause[];
extern const char *const words_clock_touched[];
extern const char *const words_interruption[];
extern const char *const words_limit[];
extern const char *const words_knock[];
extern const char *const words_revoke_rule[];
extern const char *const words_trust[];
extern const char *const words_stamp[]; /* quality of a time stamp: STAMP_USER and so on */

/* What they mean, for people: for use within a sentence. */
extern const char *const texts_reason[];
extern const char *const texts_correct_refusal[];
extern const char *const texts_deaf[]; /* of a host, "it": why, and what to do there */
extern const char *const texts_departure[];
extern const char *const texts_step_cause[];
extern const char *const texts_clock_touched[];
extern const char *const texts_interruption[]; /* of a host, "it" */
extern const char *const texts_leap[];	       /* of a second */
extern const char *const texts_limit[];
extern const char *const texts_knock[]; /* of a host, "it": what is wrong, and what to do */
extern const char *const texts_trust[]; /* likewise */

/* The word of @value; "unknown" when it has none. */
const char *words_name(const char *const *words, int value);
/* Is @text the word of a value, or an older spelling of it ("err" of "error")?  @ret_value is as it
 * was when it is not.  Call for whatever a person or a file gives as a word. */
bool words_find(const char *const *words, const char *text, int *ret_value);
