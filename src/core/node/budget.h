/* budget.h - how far others may move our clock.
 *
 * All that is counted here is changed by what happens on this host alone: its start, a suspend,
 * another hand on the clock, an order that is given here.  No message gives any of it back.  What
 * is moved is counted against our own oscillator at its learnt rate, so a rate is a movement too.
 */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void budget_init(struct node *, const struct node_saved *);
/* What is on disk counts, if nobody has set our clock since.  Call at EV_START, before the line
 * is followed. */
void budget_start(struct node *);
/* Something has happened on this host: all begins anew, and if RAW may have another oscillator from
 * now on (@moved), nobody knows its rate yet.  Call for what is no message. */
void budget_renew(struct node *, bool moved);
/* Our clock is on the line.  Call whenever it was put there. */
void budget_note_follows(struct node *);
/* Is our clock one that may only be moved within limits?  Then it has no step left. */
bool budget_holds(const struct node *);
/* Has its date been confirmed for so long that no message makes us doubt it? */
bool budget_is_sure(const struct node *);
/* May another host's operator order a step, and were there not many already? */
bool budget_takes_order(const struct node *);
/* It was obeyed, or our line was given up for a date: count it. */
void budget_note_order(struct node *);
/* May our master have our line given up because its group found its date anew?  Few times an hour.
 */
bool budget_takes_date(const struct node *);
/* We give up our line, for the group is founded anew: we are a newcomer once more.  Call when that
 * was judged. */
void budget_found_anew(struct node *);
/* Others want our clock moved by @move_ns.  LIMIT_MAX_: they may, and it is charged; else what it
 * is beyond, with the sum and the most that it may be.  Until we were promised a bound, only the
 * hour and the day limit it. */
enum limit budget_charge(struct node *, int64_t move_ns, int64_t *ret_sum_ns, int64_t *ret_max_ns);
/* --- In an open group --- */

/* There anybody may be a member, or lead.  So others may move our clock by so much in all, until
 * the next boot, unless the operator wants it otherwise. */
#define OPEN_NS_MAX (5 * NS_PER_S)
bool budget_is_capped(const struct node *);
/* May they move it by @move_ns more? */
bool budget_open_has(const struct node *, int64_t move_ns);
/* They have moved it as far as they may, by what a line runs beside our oscillator: it is steered
 * no more, and leads nobody. */
bool budget_is_spent(const struct node *);
/* Our clock is being stepped, as others want it. */
void budget_note_step(struct node *, int64_t step_ns);
/* An operator here takes group time as it is: the same begins anew. */
void budget_forgive(struct node *);

/* Charge what the line runs beside our oscillator, and save what is to be kept.  True: the line is
 * another one by that, and our clock must follow it.  Call at the end of each step. */
bool budget_tick(struct node *);
/* Save it as it is now.  Call at EV_STOP. */
void budget_save(struct node *);
