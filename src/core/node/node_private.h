/* node_private.h - what a node knows, shared by the files of node/; nobody else includes it.
 *
 *   node.c          dispatch of events and messages, effects, the one deadline
 *   table.c     the table of peers and contacts
 *   join.c     handshakes, sessions, discovery
 *   vote.c     election: lease, pre-vote, vote, terms, rival masters
 *   lead.c   beginning and end of a master, rounds, roster, deputy
 *   poll.c     the master's polls and what their replies tell
 *   exchange.c two-way exchanges and their samples
 *   deputy.c   a deputy's probes, the closure error
 *   joint.c    what the members' estimators tell each other of our own oscillator
 *   bound.c    majority, island, base error, corrections with their bound
 *   group.c    group time: cold start, rounds, reasons, references
 *   paper.c group time as a paper clock: the average of the oscillators
 *   follow.c   replies, corrections taken, the servo, newcomer again
 *   chat.c     chat over the wire
 *   view.c     views for status and invariants
 */
#pragma once

#include "berk/node.h"
#include "berk/rng.h"
#include "berk/term.h"
#include "core/estimate/estimator.h"
#include "core/estimate/joint.h"
#include "core/estimate/pace.h"
#include "core/rules/bound.h"
#include "core/rules/chat.h"
#include "core/rules/election.h"
#include "core/rules/ensemble.h"
#include "core/rules/servo.h"
#include "core/wire/session.h"

#define EXCHANGES_KEPT 4   /* per member: outstanding and waiting for the exact transmit stamp */
#define REPLIES_KEPT   8   /* our own replies a correction may refer to */
#define STAMPS_KEPT    256 /* transmit stamps under way; a power of two */
#define NO_INDEX       UINT16_MAX

/* An address we start handshakes to. */
struct contact {
	bool used, configured, is_self;
	uint16_t peer; /* resolved to; NO_INDEX: not yet */
	struct addr addr;
	struct session session; /* of the handshake; its keys move to the peer */
	mono_t next_try;
	int64_t backoff_ns;
	bool wanted; /* a session is needed now */
};

/* One exchange as the master sees it. */
struct exchange_slot {
	uint32_t seq; /* 0: free */
	bool replied;
	uint8_t org_quality; /* of the first stamp, which may come after the reply */
	struct exchange x;
};

/* What the master's roster says of a member; on the master itself: what it will say. */
struct roster_info {
	bool known;
	uint64_t term; /* of the master that said so */
	raw_t at;      /* master's RAW */
	int64_t offset_ns;
	double rate, own_rate;
	int64_t sd_ns, delay_ns, bound_ns, wall_offset_ns;
	uint16_t weight;
	int64_t closure_ns;
	uint8_t state, reason;
};

/* A clock of the paper clock that group time is; see paper.c. */
struct paper {
	double own_rate; /* group time per second of its RAW, minus 1 */
	double phase_ns; /* group time by it alone, less the line */
	double unrest;	 /* mean square of the phase about the average, ns^2; 0: not known */
	bool measured;	 /* since last round, with this offset under this count of routes */
	unsigned routes;
	int64_t offset_ns;
};

struct peer {
	bool used;
	bool in_table; /* counts in n_table: has followed this group and neither left nor was
			  forgotten */
	bool left;
	bool operator_excluded;
	node_id id;
	char name[NODE_NAME_MAX];
	struct session session;
	uint16_t contact; /* that leads to it, or NO_INDEX */
	struct addr addr, local;
	mono_t heard;  /* any valid packet; ns INT64_MIN: never */
	mono_t asked;  /* we send since then and hear nothing; MONO_NEVER: heard */
	mono_t listed; /* last seen in a roster, or heard */
	enum clock_mode mode;
	uint8_t priority;
	bool settled; /* its own view */
	struct chat_pos chat_last;
	struct roster_info roster;

	/* As its master. */
	uint16_t estimator; /* NO_INDEX: none */
	uint32_t seq;
	struct pace pace;
	int64_t interval_ns; /* between polls, lately */
	mono_t next_poll;    /* scheduled */
	mono_t retry_at;     /* of the poll under way; MONO_NEVER: none */
	uint8_t retries;
	uint8_t reach;	/* RFC 5905: one bit per poll, newest lowest */
	bool follows;	/* replied under our term */
	mono_t replied; /* last reply under our term */
	struct exchange_slot exchange[EXCHANGES_KEPT];
	struct clock_pair pair; /* of the last reply */
	uint32_t clock_epoch, pair_seq;
	int64_t freq_ppb, remainder_ns, bound_ns;
	uint64_t applied_round;
	uint64_t sent_round; /* of the last correction sent */
	int64_t wall_offset_ns;
	uint8_t quality;
	enum reason reason, reason_told;
	uint8_t reason_rounds; /* the present reason stands so many rounds */
	uint8_t disobeyed;
	int64_t off_before;
	bool averaged; /* own_rate is set: settled at the master */
	struct paper paper;
	double weight_used;
	bool marked; /* for joint_round() */
	unsigned marked_routes;
	double marked_rate;
	int64_t closure_ns;    /* as the deputy found; CLOSURE_UNKNOWN */
	uint64_t chat_acked;   /* it holds our log up to here */
	uint64_t chat_sent_to; /* highest index under way to it */
	mono_t chat_sent;
	bool chat_stable_due;

	/* As its master's deputy. */
	mono_t next_probe;

	/* As a candidate. */
	bool answered, granted, refused_alive, refused_rank;

	/* Its poll or probe that we have not answered yet; see reply_hold(). */
	struct held {
		bool any, probe;
		uint8_t quality;
		uint32_t seq;
		uint64_t term;
		raw_t at;
		mono_t until;
	} held;

	/* Interleaved: our last reply to it. */
	uint32_t reply_seq;
	raw_t reply_xmt;
	uint8_t reply_quality;
	bool reply_stamped;
};

/* A (RAW, WALL) pair that went out in a reply: what a correction is relative to. */
struct sent_pair {
	uint32_t seq;
	uint32_t epoch;
	struct clock_pair pair;
};

struct pending_stamp {
	uint32_t tx_id; /* 0: free */
	uint16_t peer;
	bool is_reply;
	uint32_t seq;
};

struct node {
	struct node_config config;
	struct node_storage store;
	struct trust trust;
	struct rng rng;
	uint8_t rnd_pool[NODE_RAND_LEN]; /* of this event */
	uint64_t rnd_used;
	node_id id;
	uint64_t boot; /* random per start */
	bool started, stopped;
	mono_t started_at;
	struct chat chat;

	/* Election. */
	enum role role;
	uint64_t term; /* granted, on disk */
	node_id master, deputy;
	mono_t heard; /* master's last poll; ns INT64_MIN: never */
	int64_t lease_poll_ns;
	unsigned n_table, n_alive; /* as the master says, or as we know as master */
	bool group_new;
	node_id succession[WIRE_SUCCESSION_MAX];
	uint8_t n_succession;
	mono_t stand_at; /* when to try an election next */
	bool voting;	 /* false: pre-vote */
	bool by_transfer;
	uint64_t new_term;
	mono_t vote_end, vote_resend;
	uint64_t term_seen; /* highest term heard of, of whomever */
	node_id granted_to;
	uint16_t chat_source; /* voter whose log we take over before leading the chat */
	struct chat_pos chat_target;
	mono_t chat_lead_at;
	node_id transfer_to;
	mono_t transfer_until;

	/* The line and the clock. */
	bool has_line;
	struct line line; /* over our RAW; on the master: the group's own */
	bool joined;	  /* on group time once; a step is no longer allowed */
	bool settled;
	uint64_t line_round; /* last correction applied, of line_term */
	uint64_t line_term;
	unsigned n_term_lines; /* corrections since the master changed, until one was taken */
	unsigned n_line;       /* corrections since we were a newcomer */
	struct servo servo;
	mono_t servo_due;
	uint32_t clock_epoch;
	mono_t status_at;
	mono_t limit_told;
	mono_t drift_due;	/* when to save the drift again */
	bool alarmed;		/* bound exceeded was told */
	int64_t accumulated_ns; /* corrections' magnitudes, leaky */
	mono_t accumulated_at;
	struct sent_pair sent[REPLIES_KEPT];
	unsigned n_sent;

	/* As master. */
	bool island;
	unsigned n_expected; /* members that the master before knew of; we may not have heard of
				each */
	unsigned n_listed;   /* members that we do know */
	mono_t whole_since; /* when a majority was here again: silence before that proves nothing */
	mono_t confirmed;   /* a majority has replied under our term since */
	uint64_t round;
	mono_t next_round, last_round, cold_until, led_since;
	mono_t young_until;	       /* a cold start is less than a minute ago */
	struct roster_info own_roster; /* as member: how the master sees our RAW */
	bool by_reference; /* group time follows reference clocks, with this learnt rate */
	double reference_rate;
	struct paper paper; /* of our own oscillator */
	struct joint joint;
	double weight_used;
	double vote_rate; /* of the average: the line's, less what works off the phase */
	double phase_ns;  /* average of the phases */
	uint64_t voters;  /* who took part in it, mixed */
	enum reason reason;
	uint16_t roster_next;
	uint64_t roster_version;
	int64_t spread_ns;
	unsigned n_used;
	struct round_view rounds[NODE_ROUNDS_KEPT];
	uint64_t n_rounds;

	/* Bookkeeping. */
	struct pending_stamp stamps[STAMPS_KEPT];
	uint32_t tx_id;
	mono_t next_discover;
	mono_t hint_at; /* when to tell those who may not know where the master is, */
	int64_t hint_every_ns;
	size_t hint_next;	  /* and whom first */
	int64_t challenge_tokens; /* of unknown senders, in ns of refill */
	mono_t challenge_at;
	mono_t chat_resend;
	uint64_t n_rx, n_tx, n_bad, n_steps, n_corrections, n_refused;

	/* Only during node_step(). */
	mono_t now;
	struct clock_pair pair;
	int64_t read_error_ns;
	struct node_effects *fx;
};

#define CONTACT_BIT    0x8000U /* of a session index: for a contact, not for a peer */
#define SLOT_MASK      0x7fffU
#define BACKOFF_NS_MIN NS_PER_S
#define BACKOFF_NS_MAX (30 * NS_PER_S)
#define REFERENCE_SLEW 500e-6 /* how fast group time may follow references, beyond their rate */

#define NEVER_HEARD    ((mono_t){INT64_MIN})

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
