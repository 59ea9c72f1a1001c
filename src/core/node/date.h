/* date.h - the date as evidence: what our clock says of it, what the group's clocks do, and when
 * our clock may not be moved.  ARCHITECTURE.md, "The date". */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void date_init(struct node *, const struct node_saved *);
/* Our clock, as it is now, may be right or is known to be wrong.  Call when we start. */
void date_start(struct node *);
/* Another hand has moved our clock by @step_ns; 0: not known by how much. */
void date_note_stranger(struct node *, int64_t step_ns);
/* Our clock does not follow the group any more, and has its own date still; a line that is lost
 * has no era.  Call when we become a newcomer or start as one, after timeline_lose() if the line
 * is lost. */
void date_leave(struct node *);

/* May our clock be moved by @off_ns onto the line for the first time?  CORRECT_OK, or why not. */
enum correct_refusal date_judge_join(const struct node *, int64_t off_ns);
/* It joins now, moved by @off_ns.  Call after date_judge_join() said CORRECT_OK. */
void date_join(struct node *, int64_t off_ns);
/* It does not, for @why; people are told once a minute. */
void date_refuse(struct node *, enum correct_refusal why, int64_t off_ns);
/* An operator has ordered our clock onto the line. */
void date_order(struct node *);

/* May the master that sent @q found our group anew?  Not when our own clock agrees with our
 * line, unless that is before what is known to be past. */
bool date_accepts_founding(const struct node *, node_id master, const struct wire_poll *q);
/* Is our line one of another founding than that of the group that @q speaks for?  Then it says
 * nothing there.  Call before date_hear(). */
bool date_is_foreign(const struct node *, node_id master, const struct wire_poll *q);
/* Our master wants the group founded anew by order: if that is not taken, people are told. */
void date_tell_founding(struct node *, node_id master, const struct wire_poll *q);
/* The line that was on disk is followed again.  Call after date_start() and timeline_restore(). */
void date_restore(struct node *, const struct saved_line *);
/* Our master has our line given up for a new founding.  Whatever it says later, that one has not
 * the name of the old one: who has a line of that on disk would take it for one of ours.  Call
 * before the poll that says so is heard, and the line lost. */
void date_give_up(struct node *);
/* Another master is followed: what the one before had ordered is void.  Call before the new one
 * is heard. */
void date_forget_order(struct node *);
/* Take over what our master says of the date.  Call after it is followed. */
void date_hear(struct node *, const struct wire_poll *q);

/* As master, once a round: count whose clock agrees. */
void date_count(struct node *);
/* As master: this is to be the group's time, @order->at now.  Call after date_begin_founding(). */
void date_set(struct node *, const struct time_order *order);
/* As master: is that to be done now?  @ret: the group time that it asks for now, when our
 * oscillator runs slow by @rate, s/s. */
bool date_ordered(const struct node *, double rate, wall_t *ret);
/* As master, new in office: the line of which its master spoke, and which never came, is none,
 * and what he had ordered is void.  A founding without a name gets one. */
void date_begin(struct node *);
/* As master: the date is to be found anew.  Call when the line is given up. */
void date_begin_founding(struct node *, enum founding why);
/* As master: the date is doubted, and was found anew too often within the hour; people are told
 * once a minute. */
void date_tell_kept(struct node *);
/* As master: a line was made; @confirmed: of a clock that may be right. */
void date_end_founding(struct node *, bool confirmed);

/* Save group time as a floor of time, and the size of the group, once a minute, and when it
 * grows.  Call in each step. */
void date_tick(struct node *);
/* The same at once.  Call when we stop. */
void date_save(struct node *);
