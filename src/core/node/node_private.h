/* node_private.h - prototypes that are not yet in a header of their own file. */
#pragma once

#include "berk/term.h"
#include "core/node/state.h"
#include "core/rules/bound.h"
#include "core/rules/election.h"
#include "core/rules/ensemble.h"

#define CONTACT_BIT    0x8000U /* of a session index: for a contact, not for a peer */
#define SLOT_MASK      0x7fffU
#define BACKOFF_NS_MIN NS_PER_S
#define BACKOFF_NS_MAX (30 * NS_PER_S)
#define REFERENCE_SLEW 500e-6 /* how fast group time may follow references, beyond their rate */

#ifndef NEVER_HEARD
#define NEVER_HEARD ((mono_t){INT64_MIN})
#endif

/* node.c */
struct effect *fx_add(struct node *, enum effect_type);
bool fx_room_to_send(const struct node *);
void notice(struct node *, enum notice_kind, enum notice_level, node_id peer, int64_t a, int64_t b,
	    int64_t c);
void notice_reason(struct node *, enum notice_kind, enum notice_level, node_id peer, enum reason,
		   int64_t a);
/* Take @n fresh random bytes of this event (bytes are hashed on when the event's pool is used up).
 */
void node_random(struct node *, uint8_t *out, size_t n);
/* Seal @msg for @p and send it; false when there is no session (one is then asked for) or no room.
 */
bool node_send(struct node *, struct peer *p, const struct wire_msg *msg, bool want_stamp,
	       uint32_t seq);
void node_send_bytes(struct node *, const struct addr *to, const struct addr *from,
		     const uint8_t *data, size_t len);
void node_save_term(struct node *);

/* table.c */
struct contact *contact_add(struct node *, const struct addr *, bool configured);
void contact_bind(struct node *, struct contact *, struct peer *);

/* join.c */
void join_start(struct node *);
void join_rx_handshake(struct node *, const struct node_event *, const struct wire_header *);
struct peer *join_peer_of(struct node *, uint32_t session_index);
void join_tick(struct node *);
mono_t join_deadline(const struct node *);
void join_want_session(struct node *, struct peer *);
void join_retry_all(struct node *);
struct peer *peer_find(const struct node *, node_id);
/* The peer of that id, made if need be; NULL when there is no room, with @evict even among the
 * spare ones. */
struct peer *peer_add(struct node *, node_id, bool evict);
void peer_forget(struct node *, struct peer *);
bool peer_may_lead(const struct node *, const struct peer *);
uint16_t peer_index(const struct node *, const struct peer *);
void peer_moved(struct node *, struct peer *, const struct addr *from, const struct addr *to);
/* Tell @p where the master is that we follow, if we do. */
void join_hint(struct node *, struct peer *p);
void join_hint_tick(struct node *);
/* We follow another master. */
void join_hint_soon(struct node *);
void join_on_roster(struct node *, struct peer *from, const struct wire_msg *);

/* vote.c */
int64_t lease_unit(const struct node *);
bool master_alive(const struct node *);
/* How many a majority is counted of. */
unsigned electorate(const struct node *);
void vote_start(struct node *);
void vote_stand_later(struct node *, int64_t base_ns);
void vote_tick(struct node *);
mono_t vote_deadline(const struct node *);
void vote_on_request(struct node *, struct peer *, const struct wire_msg *);
void vote_on_reply(struct node *, struct peer *, const struct wire_msg *);
void vote_on_transfer(struct node *, struct peer *, const struct wire_msg *);
void vote_hand_over(struct node *, node_id to);
void vote_master_ends(struct node *, node_id to);
/* A master of @term with @n_alive followers shows itself: does it win over what we follow or are?
 */
/* Do we carry the group's time, so that one without may not lead us? */
bool vote_carries(const struct node *);
bool vote_side_better(const struct node *, uint64_t term, unsigned n_alive);
void vote_refuse_poll(struct node *, struct peer *, const struct wire_msg *);
void follow(struct node *, struct peer *master, uint64_t term);
void step_down(struct node *, node_id yield_to, uint64_t their_term);

/* lead.c */
void master_begin(struct node *);
void master_end(struct node *);
void master_tick(struct node *);
mono_t master_deadline(const struct node *);
void master_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
void master_on_session(struct node *, struct peer *);
bool peer_alive(const struct node *, const struct peer *);
void master_send_roster(struct node *, struct peer *to, size_t first);
void master_raise_term(struct node *, uint64_t above);
struct estimator *peer_estimator(const struct node *, const struct peer *);

struct estimator_config estimator_config_of(const struct node *);
void estimator_take(struct node *, struct peer *);
/* @p's RAW less ours now, by the master's roster; false: it does not say. */
bool roster_offset(const struct node *, const struct peer *, struct estimate *ret);

/* poll.c */
void poll_tick(struct node *, struct peer *);

/* exchange.c */
/* A request is about to go out at @org; its number. */
uint32_t exchange_open(struct peer *, raw_t org);
/* The reply came; false: not asked, or answered already. */
bool exchange_close(struct node *, struct peer *, const struct wire_stamps *, raw_t at,
		    uint8_t quality, const struct pace_limits *);

/* joint.c */
/* An exchange with this member is done: what does it say of the others? */
void joint_tell(struct node *, const struct peer *);
void joint_round(struct node *);

/* deputy.c */
void deputy_tick(struct node *);
mono_t deputy_deadline(const struct node *);
void deputy_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
void member_on_probe(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
void master_on_closure(struct node *, struct peer *, const struct wire_msg *);
/* As master: none of a member that is not settled now, whatever was found before. */
int64_t closure_of(const struct peer *);

/* bound.c */
bool group_measured(const struct node *, const struct peer *, struct estimate *ret);
/* Master's RAW at the instant when the member's RAW read @r. */
raw_t group_own_raw(const struct estimate *, raw_t r);
/* What all of the last known table follows needs no allowance for an older line any more. */
void group_base_error_settle(struct node *);

/* group.c */
void group_round(struct node *);
/* Why does @p not count, if so?  Once a round. */
enum reason group_judge(struct node *, struct peer *p, const struct estimate *, bool have);
void group_reason_set(struct node *, struct peer *p, enum reason);

/* paper.c */
/* @dt s after the last round: who counts, and the line's new rate (with @refs, that of the
 * references is the caller's business). */
void group_ensemble(struct node *, double dt, bool refs);

void group_update_membership(struct node *);
/* The correction of @p against the group line; false: nothing to say yet. */
bool group_correction(struct node *, struct peer *, struct wire_correct *ret);
void group_jumped(struct node *, struct peer *);
/* As master: how far the group may have gone its own way since a majority was last heard to follow
 * us. */
int64_t group_unconfirmed(const struct node *, mono_t now);
/* Put that into the line's error: it stays there until all of the table follow. */
void group_base_error(struct node *);
/* Is our line one with a bound?  A cold start within a minority of those known has none: the others
 * may have a time of their own. */
bool line_bounded(const struct node *);

/* follow.c */
/* Our half of the exchange @seq, and the exact end of the one before. */
void reply_stamps(const struct node *, struct peer *, uint32_t seq, raw_t at, uint8_t quality,
		  struct wire_stamps *ret);
/* Answer a poll or probe of @p (received at @at) REPLY_HOLD_NS from now: see follow.c. */
void reply_hold(struct node *n, struct peer *p, uint32_t seq, bool probe, raw_t at,
		uint8_t quality);
void reply_tick(struct node *n);
mono_t reply_deadline(const struct node *n);
void member_on_poll(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		    uint8_t quality);
void member_on_correct(struct node *, struct peer *, const struct wire_msg *);
void member_newcomer(struct node *, bool raw_lost);
/* Follow the line with the clock: step at the first join if it may, then the servo; publish status.
 */
void clock_follow(struct node *, bool may_step);
void clock_step(struct node *, int64_t step_ns, int why);
void clock_tick(struct node *);
int64_t node_bound(const struct node *, mono_t now, struct clock_pair pair);
bool node_synced(const struct node *, mono_t now, struct clock_pair pair);

/* chat.c */
void chat_tick(struct node *);
mono_t chat_deadline(const struct node *);
void chat_master_began(struct node *);
void chat_on_msg(struct node *, struct peer *, const struct wire_msg *);
void chat_from_poll(struct node *, struct peer *, const struct wire_poll *);
void chat_from_reply(struct node *, struct peer *, struct chat_pos);
void chat_emit(struct node *);
enum order_verdict chat_order(struct node *, const char *text, size_t len);
