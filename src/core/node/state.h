/* state.h - what a node knows: its own state, and what it knows of each peer.  No prototypes.
 * Each sub-struct has an owner, named behind it: only that file writes to it.  All others read.
 * tests/lint/owners.pl holds the same table and checks it. */
#pragma once

#include "berk/node.h"
#include "berk/rng.h"
#include "core/estimate/estimator.h"
#include "core/estimate/joint.h"
#include "core/estimate/pace.h"
#include "core/node/budget_state.h"
#include "core/node/census_state.h"
#include "core/node/contact.h"
#include "core/node/hold_state.h"
#include "core/node/revoke_state.h"
#include "core/node/state_chat.h"
#include "core/node/testimony.h"
#include "core/rules/path.h"
#include "core/rules/quota.h"
#include "core/rules/servo.h"
#include "core/rules/window.h"
#include "core/wire/session.h"

#define EXCHANGES_KEPT 4   /* of a peer: outstanding and waiting for the exact transmit stamp */
#define REPLIES_KEPT   8   /* our own replies that a correction may refer to */
#define STAMPS_KEPT    256 /* transmit stamps under way; a power of two */
#define KNOCKERS_KEPT  32  /* sources that were refused, half of them with the key of the group */
#define NO_INDEX       UINT16_MAX

/* --- Peers --- */

/* One exchange as the host that asked sees it. */
struct exchange_slot {
	uint32_t seq; /* 0: free */
	bool replied;
	mono_t asked;
	uint8_t org_quality; /* of the first stamp, which may come after the reply */
	struct exchange x;
};

/* What the master's roster says of a host. */
struct roster_info {
	bool known;
	uint64_t term; /* of the master that said so */
	mono_t told;   /* when we heard it */
	raw_t at;      /* master's RAW */
	int64_t offset_ns;
	double rate, own_rate;
	int64_t sd_ns, delay_ns, bound_ns, wall_offset_ns;
	uint16_t weight; /* in thousandths */
	int64_t closure_ns;
	uint8_t state, reason;
};

/* A clock of the paper clock that group time is; see paper.c. */
struct paper {
	double own_rate; /* group time per second of its RAW, minus 1 */
	double phase_ns; /* group time by it alone, less the line */
	double unrest;	 /* mean square of the phase about the average, ns^2; 0: not known */
	bool known;	 /* its own_rate is */
	bool measured;	 /* since last round, with this offset under this count of routes */
	unsigned routes;
	int64_t offset_ns;
};

/* Exchanges that contradicted all before them, one after the other in one direction; offsets as in
 * estimates. */
struct runaway {
	raw_t first_at, last_at; /* our RAW */
	int64_t first_ns, last_ns;
	int64_t drift_ppb; /* as large a max_drift as it needs; 0: the configured one */
	unsigned n_jumps;  /* 0: none lately */
	int sign;
};

/* Two-way exchanges with a peer, as its master or as the deputy. */
struct measure {
	uint16_t estimator; /* NO_INDEX: none */
	uint32_t seq;	    /* of the last request */
	uint32_t raw_life;  /* see wire_stamps; 0: not known yet */
	uint8_t quality;    /* of the last exchange */
	mono_t sampled;	    /* the last one that told something; MONO_LONG_AGO: none */
	struct pace pace;
	struct exchange_slot exchange[EXCHANGES_KEPT];
	struct runaway runaway; /* runaway.c */
};

/* The polls that a master sends to a member, and what the last reply said. */
struct polled {
	int64_t interval_ns; /* between polls, lately */
	mono_t next_poll;    /* scheduled; MONO_NEVER: it is not polled */
	mono_t retry_at;     /* of the poll under way; MONO_NEVER: none */
	uint8_t retries;
	uint8_t reach;		  /* RFC 5905: one bit per poll, newest lowest */
	bool follows, floor_told; /* has replied under our term; see wire_reply */
	mono_t replied;		  /* when it was asked what it last replied to, under our term */
	struct clock_pair pair;
	uint32_t clock_epoch, pair_seq;
	enum date_evidence date;
	enum leap leap;		      /* that its kernel will make */
	enum correct_refusal refusal; /* why it does not follow */
	enum deaf deaf;		      /* why it would not step by an order of ours */
	enum carried carried;
	wall_t floor;
	int64_t remainder_ns, bound_ns;
	uint64_t applied_round, sent_round; /* of the last correction applied, and sent */
	unsigned n_unapplied;	/* corrections sent since it last said that it applied one */
	int64_t wall_offset_ns; /* its WALL less group time, as of the last correction */
	mono_t beyond_told;	/* that it would have to run faster than it may be asked to */
};

/* Does it count in the average, and if not, why? */
struct judged {
	enum reason reason, reason_told;
	uint8_t reason_rounds; /* the present reason stands so many rounds */
	uint8_t disobeyed;     /* rounds in a row */
	int64_t off_before;
	bool averaged; /* it is settled: its rate is known, and counts unless there is a reason */
	bool operator_excluded;
};

/* An address of a peer, and under which keys it spoke from there last. */
struct twin_end {
	struct addr addr; /* port 0: none */
	uint64_t keys;
	mono_t heard;
};

/* Are there two hosts with its identity?  See clone.c. */
struct twin {
	struct twin_end here; /* where it spoke from last */
	mono_t turned;	      /* older keys were in use again; MONO_LONG_AGO */
	mono_t until;	      /* two hosts it is until then; MONO_NEVER: one */
	struct addr at[2];    /* one, and the other, as they were found out */
};

/* Its poll or probe that we have not answered yet; see reply.c. */
struct held {
	bool any, probe;
	uint8_t quality;
	uint32_t seq;
	uint64_t term;
	raw_t at;
	mono_t until;
};

struct peer {
	/* table.c: who it is; contacts.c: where; peer.c: what is noted of it. */
	bool used;
	bool in_table; /* has followed this group and neither left nor was forgotten */
	bool guest;    /* in the table of an island that it came to; no majority counts it */
	bool left;     /* it is gone, or our master says so */
	bool gone;     /* it said goodbye, or another identity answers in its place */
	bool recalled; /* it was in the table on disk, and was not seen since we started */
	bool forgotten, dropped; /* out of the table until it is seen; ... for its silence only */
	mono_t struck; /* out of it by a master's word alone, and counts; MONO_LONG_AGO: not */
	bool on_disk;  /* recall.c */
	enum expected expected; /* census.c */
	node_id id;
	char name[NODE_NAME_MAX];
	bool named; /* it told that name itself, in this session: no other knows better */
	struct session session; /* join.c opens it, outbox.c seals with it */
	uint16_t contact;	/* that leads to it, or NO_INDEX */
	struct addr addr, local;
	struct told_path told;	    /* contacts.c: where people were told that it is */
	struct asked_path asked_at; /* path.c */
	mono_t heard;		    /* any valid packet; MONO_LONG_AGO */
	mono_t asked;		    /* we send since then and hear nothing; MONO_NEVER: heard */
	mono_t listed;		    /* last seen in a roster, or heard */
	enum clock_mode mode;
	uint8_t priority;
	bool settled; /* its own view */
	struct chat_pos chat_last;
	struct chat_pace chat_pace; /* of its lines.  chat.c */
	struct private_heard private;
	int64_t max_drift_ppb;	   /* as it told last; 0: never.  drift.c */
	mono_t drift_told;	   /* to people */
	struct roster_info roster; /* roster.c */
	struct measure measure;	   /* exchange.c */
	struct twin twin;	   /* clone.c */
	struct revoke_told revoke; /* revoke.c */

	struct {
		struct polled polled; /* poll.c */
		struct judged judged; /* standing.c; judge.c counts what it disobeyed */
		int64_t closure_ns;   /* deputy.c: as the deputy found; CLOSURE_UNKNOWN */
		struct {	      /* paper.c */
			struct paper clock;
			double weight_used;
		} paper;
		struct { /* joint.c: its rate when joint_round() looked last */
			bool marked;
			unsigned routes;
			double rate;
		} joint;
		struct {		  /* copies.c */
			uint64_t acked;	  /* it holds our log up to here */
			uint64_t sent_to; /* highest index under way to it */
			mono_t sent_at;
			uint64_t back_to; /* from where it went back last; 0: it did not */
			bool stable_due;
		} chat;
		/* forward.c: our answer to the last order of it, and when one was done */
		struct wire_order_reply order_reply;
		mono_t order_done;
		uint64_t slew_after; /* settime.c: the last correction that knew of no slew */
	} as_master;		     /* we are the master, it is a member */

	struct { /* deputy.c */
		mono_t next_probe;
	} as_deputy;

	struct { /* vote.c: its answer in this ballot */
		bool answered, granted;
		enum refusal refusal;
	} as_candidate;

	struct {		       /* vote.c: our votes that it had, and has not led with */
		unsigned n_unused;     /* in a row */
		mono_t last, again_at; /* no further one until then */
	} as_voter;

	struct testimony testimony; /* witness.c */
	mono_t distrusted;	    /* until then it leads nobody here.  doubt.c */
	unsigned n_distrusted;	    /* how often, one time soon after the other */
	mono_t hinted;		    /* of some who follow us, last.  hint.c */

	struct { /* reply.c */
		struct held held;
		uint32_t reply_seq; /* interleaved: our last reply to it */
		raw_t reply_xmt;
		uint8_t reply_quality;
		bool reply_stamped;
	} as_member; /* it is the master or the deputy, we reply */
};

/* --- The node --- */

/* Who we are.  node.c. */
struct self {
	node_id id;
	bool started, stopped;
	mono_t started_at;
};

/* Only during node_step().  node.c. */
struct step {
	mono_t now;
	struct clock_pair pair;
	int64_t read_error_ns;
	enum leap leap;
	bool chat_is_read;
	struct node_effects *fx;
	uint8_t random_pool[NODE_RAND_LEN]; /* of this event */
	uint64_t n_random;		    /* requests served from it */
};

/* A word to all peers that may take several steps.  Of whoever has it. */
struct sweep {
	bool under_way;
	size_t next; /* slot */
};

/* A ballot of ours.  vote.c. */
struct candidacy {
	bool voting; /* false: pre-vote */
	bool by_transfer;
	uint64_t new_term;
	mono_t begun, end, resend;
	struct sweep sweep;
	unsigned n_lost; /* ballots in a row, since a master was heard or we were one */
};

/* The table as it is on disk.  recall.c. */
struct kept {
	uint64_t hosts, details; /* digests of who is in it, and of what is known of them */
	unsigned n_table;
	mono_t look_due, details_due;
};

/* Who leads.  role.c, but for terms and times: grant.c. */
struct election {
	enum role role;
	uint64_t term;		  /* granted, on disk unless that failed */
	bool disk_failed;	  /* no term can be saved: nothing is promised */
	struct term_window terms; /* that we take from others */
	node_id granted_to;
	node_id master, deputy;
	node_id succession[WIRE_SUCCESSION_MAX];
	uint8_t n_succession;
	mono_t heard; /* when master's last poll came in; MONO_LONG_AGO */
	int64_t lease_poll_ns;
	mono_t poll_told; /* to people: that its polls are too rare */
	mono_t stand_at;  /* when to try an election next */
	node_id transfer_to;
	mono_t transfer_until;
	struct candidacy candidacy;
	mono_t ballot_told; /* to people.  vote.c */
	struct {	    /* handover.c: what all are told when our reign, or our life, ends */
		struct sweep sweep;
		enum wire_type what;
		node_id to;    /* of a TRANSFER */
		uint64_t term; /* that ends */
	} announced;
	struct census census;
	struct {		  /* carried.c */
		bool before;	  /* we had a bounded line once, in this life or before */
		unsigned n_saved; /* size of the group, as on disk */
	} carried;
	struct kept kept;
	mono_t asked; /* others whom they follow; MONO_LONG_AGO: never.  witness.c */
};

/* A (RAW, WALL) pair that went out in a reply: what a correction is relative to. */
struct sent_pair {
	uint32_t seq, epoch;
	struct clock_pair pair;
};

/* The line, and the clock that follows it. */
struct steering {
	bool has_line;	  /* timeline.c */
	struct line line; /* over our RAW; on the master: the group's own.  timeline.c */
	struct {	  /* clock.c */
		struct servo servo;
		uint32_t epoch;				/* counts the steps of WALL */
		mono_t servo_due, status_at, drift_due; /* status told, drift saved */
		bool joined;		    /* on group time once; a step is no longer allowed */
		bool stepped;		    /* the one step of a newcomer is spent */
		enum step_cause step_cause; /* of the step that is not spent */
		bool moved_on; /* it was given back where the first group had no bound yet */
		bool settled, alarmed; /* told: the bound is above max_skew was told */
		uint64_t n_steps;
		struct interrupted interrupted;
	} clock;
	struct budget budget; /* budget.c */
	struct {	      /* keep.c: the line on disk */
		struct saved_line last;
		mono_t due; /* when to save it again */
	} kept;
	struct { /* date.c: what we know of the date */
		enum date_evidence ours;
		enum correct_refusal refusal; /* why our clock is not on the line */
		bool confirmed;		      /* a clock that may be right agreed with the line */
		bool unsure, told;	  /* on disk: none did; own_floor is what a group told us */
		enum leap leap;		  /* leap.c: that the references announce */
		enum founding founding;	  /* it is to be found anew, ... */
		bool obeys, order_untold; /* ... by order: we go where it says; to be told here */
		struct {		  /* as master: what was ordered */
			bool due;
			raw_t at;
			struct time_order order; /* at: when done, as of our RAW @at */
		} ordered;
		unsigned n_dated;	   /* hosts whose clocks agreed */
		wall_t own_floor, floor;   /* it is later, as we can prove, and as the group can */
		node_id floor_by, past_by; /* who says so; who said that our clock is past, or 0 */
		uint64_t era;	   /* names the founding that the line is of: its master's term */
		uint64_t past_era; /* our master had it given up for another, of another name */
		mono_t refused_since, refused_told, kept_told, save_due, founding_due;
	} date;
	mono_t deaf_told; /* that an order is not taken.  obey.c */
	struct {	  /* settime.c: the group's time as operators order it */
		struct time_order last;
		raw_t as_of;	  /* our RAW, when last.left_ns was right */
		bool known;	  /* as master: the bounds of all members allow for the slew */
		double told_pull; /* as master: the line's in the round before */
	} settime;
	struct held_group hold; /* hold.c */
	struct {	    /* forward.c: an order that was given here, on its way to the master */
		node_id to; /* 0: there is none */
		uint64_t term;
		struct wire_order order; /* the last */
		mono_t resend, until;
	} forward;
	struct {				/* follow.c: corrections */
		uint64_t round, term;		/* last one applied, of this term */
		unsigned n_term_lines, n_lines; /* of this master; since we were new */
		mono_t limit_told;
		enum correct_refusal refusal; /* the last one was beyond a limit; else CORRECT_OK */
		struct line wanted;	      /* by the last one that was beyond CORRECT_LIMIT */
		uint64_t n_corrections, n_refused;
	} taken;
	struct doubt doubt; /* doubt.c */
	struct {	    /* reply.c */
		struct sent_pair pair[REPLIES_KEPT];
		uint32_t n, raw_life; /* the latter is ours, see wire_stamps */
	} sent;
};

/* As master. */
struct leading {
	uint64_t round; /* lead.c, as the next four */
	mono_t next_round, last_round, founding_since, led_since;
	mono_t confirmed;	       /* a majority has replied under our term since.  bound.c */
	int64_t pulled_ppb;	       /* so fast others may be pulled away, as we knew.  bound.c */
	struct roster_info own_roster; /* as member: how the master sees our RAW.  roster.c */
	struct joint joint;	       /* joint.c */
	struct {		       /* paper.c */
		struct paper own;      /* of our own oscillator */
		double vote_rate; /* of the average: the line's, less what works off the phase */
		double phase_ns;  /* average of the phases */
		uint64_t voters;  /* who took part in it, mixed */
		double weight_used;
		enum reason reason;
		unsigned n_used;
	} paper;
	struct {		    /* group.c */
		mono_t young_until; /* a founding is less than a minute ago */
		int64_t spread_ns;
		struct round_view rounds[NODE_ROUNDS_KEPT];
		uint64_t n_rounds;
	} group;
	struct {	      /* runaway.c */
		mono_t until; /* our oscillator is the bad one */
		bool yields;  /* ... and somebody else may lead */
	} unfit;
	struct {	       /* reference.c */
		bool followed; /* group time follows references, */
		double rate;   /* with this learnt rate over our RAW */
	} reference;
	struct { /* roster.c: the pages that this round sends */
		uint16_t next, next_to_deputy;
		struct sweep sweep;
	} roster;
};

/* Another host with our identity. */
struct clone {
	mono_t until; /* it is there; MONO_NEVER: none */
	struct addr at;
	mono_t next_call, counted; /* the last: a master counted the hosts */
	size_t next_peer;	   /* to be called first */
};

/* Who was refused: an address, and for one reason. */
struct knocker {
	enum knock why; /* KNOCK_NONE: nobody */
	struct addr addr;
	uint64_t n_packets;
	mono_t first, last, told;
};

/* Handshakes and discovery.  join.c. */
struct joining {
	size_t n_slots;			   /* of the table: no later one was ever used.  table.c */
	unsigned n_nameless;		   /* configured peers without an address.  contacts.c */
	uint8_t discover_nonce[NONCE_LEN]; /* of our last DISCOVER */
	mono_t next_discover, renewed;	   /* the latter: when keys were looked at.  renew.c */
	struct strangers strangers;
	mono_t busy_told; /* that strangers ask for more than they get */
	struct {	  /* hint.c: when to tell those who may not know where the master is */
		mono_t at;
		int64_t every_ns;
		size_t next; /* and whom first */
	} hint;
	struct { /* contacts.c: calls for hearsay */
		struct allowance left[HEARSAY_MAX_];
		mono_t told; /* that there is no room for more */
	} asks;
	struct clone clone;		       /* clone.c */
	struct revoking revoke;		       /* revoke.c */
	struct knocker refused[KNOCKERS_KEPT]; /* knock.c */
};

struct pending_stamp {
	uint32_t tx_id, seq; /* tx_id 0: free */
	uint16_t peer;
	bool is_reply;
};

/* What goes out.  outbox.c. */
struct outbox {
	struct pending_stamp stamps[STAMPS_KEPT];
	uint32_t tx_id;
	uint64_t n_rx, n_tx, n_bad;
};

struct node {
	struct node_config config;
	struct node_storage store;
	struct trust trust;
	struct rng rng;
	struct self self;
	struct step step;
	struct election election;
	struct steering steering;
	struct leading leading;
	struct joining joining;
	struct chatting chat;
	struct outbox outbox;
};
