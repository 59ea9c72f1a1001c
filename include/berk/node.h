/* node.h - a whole node as one deterministic function: event in, effects out.
 *
 * node_step() makes no system call, reads no clock, allocates nothing, prints nothing and has no
 * globals. Time and randomness come in with the event.  The daemon, the simulator and the tests run
 * the same object code.  The caller owns all storage given to node_init(); struct node is opaque
 * but for its size.
 */
#pragma once

#include "berk/addr.h"
#include "berk/id.h"
#include "berk/limits.h"
#include "berk/line.h"
#include "berk/notice.h"
#include "berk/reason.h"
#include "berk/status.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quorum { QUORUM_ISLAND, QUORUM_MAJORITY };

/* On which other hosts an operator may give orders that concern this one: on those that master_keys
 * lists, on nobody's without such a list; on any that is in the table; on none. */
enum orders_of { ORDERS_OF_MASTERS, ORDERS_OF_MEMBERS, ORDERS_OF_NOBODY };

struct node_config {
	char name[NODE_NAME_MAX];
	uint8_t group_key[KEY_LEN];			       /* the one that is sent, ... */
	uint8_t other_group_keys[GROUP_KEYS_MAX - 1][KEY_LEN]; /* ... and those taken too */
	size_t n_other_group_keys;
	bool open_group; /* the key is made of the name of the group: nobody's secret, ... */
	bool insecure;	 /* ... and it is wanted so: others may do all that they may with one */
	uint8_t secret[KEY_LEN];	       /* X25519, from the state directory */
	const uint8_t (*member_keys)[KEY_LEN]; /* pinned; NULL: any holder of the group key.
						  Caller's, stays */
	size_t n_member_keys;
	const uint8_t (*master_keys)[KEY_LEN]; /* who may be master; NULL: any */
	size_t n_master_keys;
	enum orders_of orders;
	enum clock_mode mode;
	enum quorum quorum;
	uint8_t priority;      /* 0: never master; default 100 */
	int64_t poll_ns_min;   /* fast polls: start, join, failover */
	int64_t poll_ns;       /* settled */
	int64_t precision_ns;  /* wanted of two clocks' difference, p99; 0: the best at poll_ns */
	int64_t max_drift_ppb; /* of any oscillator; default 100 000 */
	int64_t max_slew_ppb;  /* departure from the line; default 50 000 000 (5 %) */
	int64_t freq_ppb_max;  /* what the clock driver takes; kernel: 100 000 000 */
	int64_t step_threshold_ns; /* first join: step above, slew below; INT64_MAX: never step */
	int64_t max_correction_ns; /* one correction after the first join; beyond: refuse, notice */
	int64_t max_accumulated_ns; /* sum of corrections' magnitudes per hour beyond drift; beyond:
				       refuse */
	int64_t max_delay_ns;	    /* slower exchanges are refused */
	int64_t max_skew_ns;	    /* alarm when 2 E exceeds it; 0: none */
	unsigned max_liars;	    /* f */
	int64_t forget_ns;  /* a silent member leaves the table after so long (with a majority only)
			    */
	bool discovery;	    /* send DISCOVER while alone, and now and then */
	unsigned min_hosts; /* so many hosts, we among them, make a group; 1: a lone host is one */
	bool ignores_leaps; /* a reference that is a leap second off is not followed */
	int64_t max_first_step_ns; /* of a clock that may be right, unless a majority agrees */
	wall_t reset; /* what the clock shows at boot without a hardware clock; 0: not known */
	wall_t floor, ceiling; /* a clock that shows a date outside of these is wrong */
	wall_t earliest;       /* no operator may order an earlier time: that of our build */
};

/* Another host of the group, as it is kept on disk. */
struct node_row {
	node_id id;
	bool guest;
	bool key_known;
	uint8_t key[KEY_LEN]; /* public */
	char name[NODE_NAME_MAX];
	struct addr addr; /* its last; port 0: not known */
};

/* The line on disk, for the next start of the daemon, and what was known of its date. */
struct saved_line {
	bool any; /* there is one, over this life of RAW; where it is saved, false voids the disk */
	struct line line; /* its error and its growth are those of a host that hears nobody */
	uint64_t era;	  /* names its founding */
	struct time_order
		order; /* the last that set the group's time; what was left of it as of the line */
	enum date_evidence date; /* what our own clock said of the date */
	bool confirmed;		 /* a clock that may be right agreed with the line */
};

/* How far our clock was moved by others, on disk. */
struct saved_budget {
	bool any;  /* of this boot */
	mono_t at; /* when it was so */
	int64_t wall_less_raw_ns;
	bool held, tripped, rate_known;
	mono_t sure;
	double rate;
	int64_t lo_ns, hi_ns, hour_ns, day_ns;
	unsigned n_ordered;
	struct { /* since the boot, in an open group: see budget_state.h */
		int64_t moved_ns, followed_ns;
		double rate;
		bool spent;
	} open;
};

/* What was on disk. */
struct node_saved {
	uint64_t term;
	int64_t freq_ppb; /* what the clock was steered to */
	bool has_freq;	  /* by us, as the drift file says; else somebody left it so */
	struct saved_line line;
	struct saved_budget budget;
	/* The chat: the storage's chat_log has the lines up to here, each at its place; lines up to
	 * @chat_stable were shown. */
	struct chat_pos chat_last;
	uint64_t chat_stable;
	unsigned n_table; /* hosts of the group that it was in when its line had a bound last; 0:
			     it never had one, or how many is not known */
	bool carried;	  /* it had one, even if nothing else of it can be read */
	bool unconfirmed; /* no clock that might be right agreed with the date of that line */
	bool told;	  /* our floor is from a group whose date our clock took */
	bool guest;	  /* it counted in no majority of that group */
	struct revoked_host revoked[REVOKED_MAX];
	size_t n_revoked; /* ids rise */
	const struct node_row
		*row; /* the others, as far as they are known; the caller's, read once */
	size_t n_row; /* at most as many as the storage has peers */
};

/* Storage for one node: the caller chooses sizes, the core never grows them. */
struct node_storage {
	struct peer *peers; /* n_peers * peer_size() bytes */
	size_t n_peers;
	struct contact *contacts; /* n_contacts * contact_size() */
	size_t n_contacts;
	struct estimator *estimators; /* n_estimators * estimator_size(); used by a master
					 and its deputy, one per member; >= n_peers, or
					 fewer if priority 0 */
	size_t n_estimators;
	struct wire_chat_line *chat_log;
	size_t n_chat_log; /* power of two */
	struct wire_chat_line *chat_own;
	size_t n_chat_own; /* power of two */
};

enum event_type {
	EV_START,
	EV_RX,
	EV_TX_STAMP,
	EV_TIMER,
	EV_CLOCK_STEPPED, /* WALL was stepped by another hand, or RAW was interrupted */
	EV_LINK,	  /* an address or interface came or changed: try contacts again now */
	EV_CLOCK_TOUCHED, /* timex read-back differs from what we set */
	EV_ORDER,
	EV_STOP,
	EV_DISK, /* terms can no longer be saved, or can again */
};

/* Outcome of an order, for the control socket. */
enum order_verdict {
	ORDER_OK = 0,
	ORDER_NOT_MASTER,
	ORDER_NO_SUCH_PEER,
	ORDER_NO_DEPUTY,
	ORDER_NOT_ALLOWED, /* target may not or cannot be master */
	ORDER_NO_LINE,	   /* nothing to step onto */
	ORDER_NO_STEP,	   /* observe or reference: never sets */
	ORDER_IS_HERE,	   /* to be forgotten, and here */
	ORDER_ABSENT,	   /* a host that is known is not here, and would keep the old time, or
			      not hear */
	ORDER_TOO_EARLY,   /* a time before our build, ... */
	ORDER_TOO_LATE,	   /* ... or one that no clock may show */
	ORDER_REFERENCE,   /* group time is that of the references */
	ORDER_TOO_FAR,	   /* to be slewed within a day */
	ORDER_CHAT_FULL,
	ORDER_BAD_TEXT,
	ORDER_SENT,	   /* to where it is carried out: FX_ORDERED, or FX_PRIVATE_DONE, brings
			      the outcome */
	ORDER_BUSY,	   /* another order waits for its answer, or was given a moment ago */
	ORDER_NOT_TRUSTED, /* some hosts do not take it from here: they are named */
	ORDER_NO_ANSWER,   /* of the master: it may have been carried out */
	ORDER_REVOKED_FULL,
	ORDER_NOT_REVOKED, /* nothing to take back */
	ORDER_LEADS,	   /* the peer is the master: no order of this kind is for it */
	ORDER_HELD,	   /* the group is held, so its time is not set */
	ORDER_NOT_HELD,	   /* nothing to resume from */
	ORDER_SLEWS,	   /* group time is being slewed, so it is not held */
	ORDER_MAX_,
};
const char *order_verdict_name(enum order_verdict);

/* What has become of an order, or would. */
struct order_outcome {
	enum order_verdict verdict;
	enum order order;
	bool dry_run;
	node_id peer;	  /* whom it concerns: of a transfer, who is to lead; 0: nobody */
	int64_t moved_ns; /* by it, our WALL; or to be moved, group time; of ORDER_HOLD, how far a
			     bound may grow meanwhile */
	int64_t takes_ns; /* until that is done on all hosts, at most; 0: it is done; of a hold,
			     how much of it is left */
	/* Clocks in the average, before and after it; of ORDER_FORGET, hosts in the table. */
	unsigned n_before, n_after;
	struct deaf_hosts deaf; /* who does not take it, with ORDER_NOT_TRUSTED */
};

struct node_event {
	enum event_type type;
	mono_t now;
	struct clock_pair pair; /* both clocks now */
	int64_t read_error_ns;	/* width of the bracket */
	enum leap leap;		/* that the kernel will make; only if WALL is not ours to steer */
	bool chat_is_read;	/* somebody follows the chat here */
	uint8_t rnd[NODE_RAND_LEN]; /* fresh random bytes */
	union {
		struct {
			const uint8_t *data; /* caller's, valid during the call */
			size_t len;
			struct addr from;
			struct addr to; /* local address it came to (pktinfo); port ours */
			raw_t at;	/* receive stamp */
			uint8_t quality;
		} rx;
		struct {
			uint32_t tx_id;
			raw_t at;
			uint8_t quality;
		} tx;
		struct {
			int64_t step_ns;    /* WALL's jump, 0 unknown */
			int64_t suspend_ns; /* > 0: slept so long; RAW did not count it */
			/* INTERRUPTION_MIGRATION or _RESTORE: so says the hypervisor. */
			enum interruption machine;
		} stepped;
		struct {
			enum clock_touched what; /* not a step */
			int64_t value;		 /* in its unit */
		} touched;
		struct {
			bool failed;
			uint64_t term; /* that is on disk */
		} disk;
		struct {
			enum order order;
			node_id peer;
			uint32_t uid; /* who ordered it */
			uint32_t hold_ms;
			bool dry_run; /* say what would be done, and do nothing; of those that
					 travel, and of ORDER_STEP */
			const char *text;
			size_t text_len;
			struct {
				wall_t to; /* or, relative, ... */
				bool relative;
				int64_t shift_ns; /* ... by so much from group time */
				bool step; /* all clocks step, else group time is slewed there */
			} set_time;
		} order;
	};
};

enum effect_type {
	FX_SEND,
	FX_ADJ_FREQ,  /* set frequency */
	FX_STEP,      /* step WALL by ns; the frequency stays */
	FX_STATUS,    /* timex maxerror, esterror, STA_UNSYNC */
	FX_SAVE_TERM, /* to be on disk before anything leaves that is a promise (send.promise) */
	FX_SAVE_DRIFT,
	FX_SAVE_LINE,	 /* for the next start of the daemon; or there is none to go on from */
	FX_SAVE_BUDGET,	 /* how far others have moved our clock, for the next start of the daemon */
	FX_SAVE_TIME,	 /* group time, as a floor of time after a restart, and the group's size */
	FX_SAVE_TABLE,	 /* the rows of node_row(), and the group's size; nothing waits for it */
	FX_SAVE_CHAT,	 /* lines of the chat; soon, and without waiting for the disk */
	FX_SAVE_REVOKED, /* all of node_revocation() */
	FX_NOTICE,
	FX_CHAT,	 /* a line to show */
	FX_ORDERED,	 /* what has become of an order that was ORDER_SENT */
	FX_DISCOVER,	 /* multicast these bytes on all chosen interfaces */
	FX_PRIVATE,	 /* a line to show, that another host said to us alone: it is in no log */
	FX_PRIVATE_DONE, /* what has become of an ORDER_PRIVATE that was ORDER_SENT */
	FX_FORGOTTEN,	 /* by an order of another host: its configured addresses count no more */
};

struct effect {
	enum effect_type type;
	union {
		struct {
			struct addr to;
			struct addr from; /* local address to use (pktinfo); ip all zero: any */
			uint32_t tx_id;	  /* not 0: a transmit stamp is wanted under this id */
			bool promise;	  /* not to leave before the last FX_SAVE_TERM is on disk */
			uint16_t len;
			uint8_t *data; /* into node_effects.bytes */
		} send;
		int64_t freq_ppb;
		int64_t step_ns;
		struct wall_status status;
		uint64_t term;
		struct saved_line line;
		struct saved_budget budget;
		struct {
			wall_t at;
			unsigned n_table;
			bool unconfirmed; /* its date is */
			bool told;	  /* other clocks vouched for it, and not ours */
		} time;
		struct {
			unsigned n_table;
			bool guest; /* we are one */
		} table;
		struct order_outcome ordered;
		uint64_t chat_from; /* lines from it on may have changed; see node_chat_log() */
		struct notice notice;
		const struct wire_chat_line *chat; /* valid until the next node_step() */
		struct {
			node_id to;
			enum private_outcome outcome;
		} private_done;
		node_id forgotten; /* 0: all that are out of sight */
	};
};

struct node_effects {
	size_t n;
	struct effect fx[FX_MAX];
	size_t n_send;
	uint8_t bytes[FX_SEND_MAX][WIRE_PACKET_MAX];
	mono_t deadline;	      /* when EV_TIMER is wanted next; MONO_NEVER: not */
	struct order_outcome ordered; /* of an EV_ORDER */
};

size_t node_size(void);
size_t peer_size(void);
size_t contact_size(void);
size_t estimator_size(void);

struct node;
void node_init(struct node *, const struct node_config *, const struct node_storage *,
	       const struct node_saved *, uint64_t seed);
/* Take over what may change live: everything but name, our own keys, mode, freq_ppb_max, floor,
 * ceiling, reset, earliest and storage.  Follow it with an event: only then is who is trusted no
 * more gone. */
void node_reconfigure(struct node *, const struct node_config *);
#define HOST_FOUND (-1) /* an address that is not configured */
/* An address to talk to, of the configured peer number @host (0 to NODE_HOSTS_MAX - 1; a peer
 * may have several addresses) or HOST_FOUND; false when the table is full.  A known one gets
 * that number. */
bool node_add_contact(struct node *, const struct addr *, int host);
/* So many configured peers have no address: they count as out of sight.  Call when that changes. */
void node_set_nameless(struct node *, unsigned n);
void node_remove_contact(struct node *, const struct addr *);
/* That nobody was met at that address counts no more, until somebody is. */
void node_forgive_contact(struct node *, const struct addr *);
/* The @i-th row of the table that is to be on disk; false past the end.  Call for an
 * FX_SAVE_TABLE. */
bool node_row(const struct node *, size_t i, struct node_row *ret);

/* What is known of the @i-th identity of which it was ever said that it is revoked; false past the
 * end.  Call for an FX_SAVE_REVOKED, or to show it. */
bool node_revocation(const struct node *, size_t i, struct revocation_view *ret);
/* The @i-th thing that others say of who is to be revoked, or trusted again, and that waits for
 * more of them; false past the end. */
bool node_said(const struct node *, size_t i, struct said_view *ret);

/* Is the packet of @ev, an EV_RX with its data and where it is from, worth a step?  False: it is
 * junk or a copy, was counted as such, and is to be forgotten.  It costs some hashes at most.  A
 * step does what is right with junk too: this is for a host that is flooded. */
bool node_glance(struct node *, const struct node_event *);
/* The one entry point.  @fx is overwritten. */
void node_step(struct node *, const struct node_event *, struct node_effects *fx);
