/* wire.h - the messages of the protocol and their bytes.
 *
 * Outer packet, all numbers big-endian:
 *
 *   0      1      2      3      4               8                      16
 *   +------+------+------+------+---------------+----------------------+----------- - -
 *   | 'B'  | 'k'  | ver  | type | receiver's    | name of keys (8 bit) | body
 *   |      |      |  4   |      | session index | counter (56 bit)     |
 *   +------+------+------+------+---------------+----------------------+----------- - -
 *
 * Handshake types (handshake.h) carry their own MAC; WIRE_DATA's body is the AEAD of one message
 * below, with the 16 header bytes as associated data.  A message is: type (1 byte), term (8), then
 * its fields. Decoding is bounds-checked, rejects trailing bytes, out-of-range enums and flags, and
 * never trusts a count.
 */
#pragma once

#include "berk/addr.h"
#include "berk/id.h"
#include "berk/limits.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_PACKET_MAX	    1232 /* IPv6 minimum MTU less headers: never fragmented */
#define WIRE_HEADER_LEN	    16
#define WIRE_TAG_LEN	    16
#define WIRE_MESSAGE_MAX    (WIRE_PACKET_MAX - WIRE_HEADER_LEN - WIRE_TAG_LEN)
#define WIRE_VERSION	    4
#define WIRE_SUCCESSION_MAX 4
#define WIRE_DRIFT_PPB_MAX  1000000 /* no oscillator is worse */
#define WIRE_ROSTER_MAX	    4	    /* entries in one ROSTER message */
#define WIRE_CHAT_TEXT_MAX  400	    /* bytes of one line, UTF-8, no NUL */
#define WIRE_CHAT_LINES_MAX 2
#define WIRE_DEAF_MAX	    8	 /* hosts in one ORDER_REPLY */
#define WIRE_RATE_MAX	    0.01 /* of any two clocks, s/s: beyond it no oscillator is meant */
#define WIRE_PHASE_PS_MAX   INT64_C(1000000000000) /* a phase of one second is no phase */
#define CLOSURE_UNKNOWN	    INT64_MAX

/* Lengths of whole packets: what has none of these is not ours.  None is shorter than what it
 * causes. */
#define WIRE_HELLO_LEN	    150
#define WIRE_CHALLENGE_LEN  150
#define WIRE_RESPONSE_LEN   150
#define WIRE_ACCEPT_LEN	    100
#define WIRE_DISCOVER_LEN   WIRE_HELLO_LEN			 /* it causes one */
#define WIRE_DATA_LEN_MIN   (WIRE_HEADER_LEN + 9 + WIRE_TAG_LEN) /* a PING */

/* Outer types. */
enum wire_packet {
	WIRE_HELLO = 1,	    /* initiator -> responder: let us talk            */
	WIRE_CHALLENGE = 2, /* responder -> initiator: prove your address     */
	WIRE_RESPONSE = 3,  /* initiator -> responder: here is who I am       */
	WIRE_ACCEPT = 4,    /* responder -> initiator: session is made        */
	WIRE_DISCOVER = 5,  /* multicast: whoever is in this group, HELLO me  */
	WIRE_DATA = 16,
};

/* Message types, first byte of the plaintext: a new one goes to the end. */
enum wire_type {
	WIRE_POLL = 1,
	WIRE_REPLY,
	WIRE_CORRECT,
	WIRE_ROSTER,
	WIRE_PREVOTE,
	WIRE_PREVOTE_REPLY,
	WIRE_VOTE,
	WIRE_VOTE_REPLY,
	WIRE_TRANSFER,
	WIRE_BYE, /* nothing but its term: the sender stops; of a master, the deputy takes over */
	WIRE_CHAT_POST,
	WIRE_CHAT_LINES,
	WIRE_CHAT_PULL,
	WIRE_PING, /* an initiator's first word, which proves the new keys; or see wire_ping */
	WIRE_PROBE,
	WIRE_PROBE_REPLY,
	WIRE_CLOSURE,
	WIRE_ORDER,
	WIRE_ORDER_REPLY,
	WIRE_WITNESS, /* whom do you follow?  Nothing but its term; padded to the answer's length */
	WIRE_TESTIMONY,
	WIRE_REVOKED,
	WIRE_REVOKED_REPLY,
	WIRE_PRIVATE,
	WIRE_PRIVATE_REPLY,
	WIRE_TYPE_MAX_,
};

/* How good a time stamp is. */
enum stamp_quality {
	STAMP_USER = 0,	    /* taken in user space around the system call */
	STAMP_KERNEL = 1,   /* software stamp of the kernel               */
	STAMP_HARDWARE = 2, /* the NIC's                                  */
};

/* What a host does with its wall clock. */
enum clock_mode {
	MODE_STEER = 0,	    /* berkd steers it                                          */
	MODE_OBSERVE = 1,   /* berkd measures and never sets                            */
	MODE_REFERENCE = 2, /* steered by GPS, PTP or NTP elsewhere; the group follows it */
};
const char *clock_mode_name(enum clock_mode);

/* What a host's own clock says of the date. */
enum date_evidence {
	DATE_NONE = 0, /* nothing: its clock was known to be wrong, or the group has set its date */
	DATE_CLAIMS = 1, /* its clock may be right, and does not follow the group yet */
	DATE_AGREES = 2, /* its clock may be right, and agreed with the group when it joined */
};

/* A leap second that a reference's kernel will make at the end of the UTC day, by its own clock. */
enum leap {
	LEAP_NONE = 0,
	LEAP_INSERT = 1, /* 23:59:60: its clock goes back by a second */
	LEAP_DELETE = 2, /* no 23:59:59: it goes forward by one */
};

/* Why a group is to be founded anew. */
enum founding {
	FOUNDING_NONE = 0,  /* it is not */
	FOUNDING_DATE = 1,  /* its date is known to be wrong, or known better now */
	FOUNDING_ORDER = 2, /* an operator sets its time: all give the line up */
};

/* How an operator's order sets the group's time. */
enum time_way {
	TIME_STEPPED = 0,    /* all stepped their clocks */
	TIME_SLEWS = 1,	     /* by slewing, which is under way */
	TIME_SLEWED = 2,     /* by slewing, which is done */
	TIME_SLEW_ENDED = 3, /* by slewing, which ended before that */
};

/* The last order that set the group's time. */
struct time_order {
	wall_t at;	  /* group time when it was done, or a slew began; 0: there was none */
	int64_t shift_ns; /* by how much it moves group time; 0: there was none */
	node_id host;	  /* where it was given ... */
	uint32_t uid;	  /* ... and by which user there */
	uint8_t way;	  /* enum time_way */
	bool dated; /* it, or one before it, stepped: no clock and no floor contests the date */
	int64_t left_ns; /* of a slew that is under way, or has ended: not moved */
};

#define WIRE_SLEW_NS_MAX (100 * NS_PER_S)
/* Can it be one?  Call for what others say, or a file. */
bool time_order_valid(const struct time_order *);

#define HOLD_MS_MIN 1000
#define HOLD_MS_MAX 1800000 /* in which 100 ppm make a bound larger by some 0.4 s, and no more */

/* The group is held: its master corrects nobody, as an operator has ordered. */
struct hold {
	uint32_t left_ms; /* for so long; 0: it is not held, and the rest is 0 */
	node_id host;	  /* where it was ordered ... */
	uint32_t uid;	  /* ... and by which user there */
};

#define CHAT_INDEX_MAX (UINT64_MAX / 2 - 1) /* no message may name a higher one */

/* Place of a chat line in the group's one order: a log entry of Raft's shape. */
struct chat_pos {
	uint64_t term;	/* term of the master that gave the index */
	uint64_t index; /* 1, 2, 3 ...; 0: empty log */
};

/* Master -> member, each poll: request of the exchange and heartbeat in one. */
struct wire_poll {
	uint32_t seq; /* of this exchange, per peer */
	uint64_t round;
	uint32_t poll_ms;    /* when to expect the next: the lease is counted in these */
	uint16_t n_table;    /* members of the last known table, the master included   */
	uint16_t n_alive;    /* of those, followers now, the master included           */
	bool island;	     /* no majority: bounds grow as in holdover                */
	bool group_new;	     /* founding: nobody settled yet                         */
	uint8_t founding;    /* enum founding: forget the line                         */
	bool date_confirmed; /* a clock that may be right agreed with the line         */
	uint8_t leap;	     /* enum leap: what the references announce                */
	uint64_t era;	     /* names the founding of this group; 0: it has no line  */
	uint16_t n_dated;    /* members whose clocks agreed with it: DATE_AGREES       */
	wall_t floor;	     /* group time is later than this, as far as is known      */
	struct time_order ordered;
	/* Of any oscillator, as the master allows for; 0: it does not say. */
	uint32_t max_drift_ppb;
	struct hold hold;
	uint8_t n_succession; /* [0] is the deputy */
	node_id succession[WIRE_SUCCESSION_MAX];
	uint64_t chat_stable;	   /* lines up to this index may be shown */
	struct chat_pos chat_last; /* last entry of the master's log */
	uint64_t chat_acked_seq;   /* the receiver's own lines are in the log up to this origin
				      sequence */
};

/* The answering half of an exchange. */
struct wire_stamps {
	uint32_t seq;	   /* of the request answered */
	uint32_t raw_life; /* names the RAW that these are of: drawn when berkd starts or goes on
			    * from a snapshot, and one more when RAW stopped or jumped; never 0 */
	raw_t rec;	   /* T2, receiver's RAW */
	raw_t xmt;	   /* T3 as known before sending: user space */
	uint8_t rec_quality;
	uint32_t prev_seq; /* interleaved: exact T3 of an earlier reply; 0: none */
	raw_t prev_xmt;
	uint8_t prev_quality;
};

static inline uint32_t raw_life_next(uint32_t life)
{
	return life == UINT32_MAX ? 1 : life + 1;
}

/* Member -> master: reply of the exchange, and the member's state. */
struct wire_reply {
	struct wire_stamps stamps;
	struct clock_pair pair; /* RAW and WALL of the member, taken at the reply */
	uint32_t clock_epoch;	/* +1 at each step of the wall clock, ours or foreign */
	uint8_t mode;		/* enum clock_mode */
	bool settled;		/* member's own view: follows a line, remainder small */
	uint8_t carried;	/* enum carried */
	uint8_t date;		/* enum date_evidence */
	uint8_t leap;	 /* enum leap: what its kernel will make of a clock not steered by berkd */
	uint8_t refusal; /* enum correct_refusal: why it does not follow; CORRECT_OK: it does */
	uint8_t deaf;	 /* enum deaf: why it would not step by an order of its master's */
	wall_t floor;	 /* it is later than this, as its host can prove, ... */
	bool floor_told; /* ... or as a group told it for whose date other clocks vouch */
	uint32_t max_drift_ppb; /* as configured; 0: it does not say */
	uint8_t priority;	/* 0: never master */
	int64_t remainder_ns;	/* group - wall still to be slewed */
	int64_t bound_ns;	/* E; INT64_MAX: unknown */
	uint64_t applied_round; /* last correction applied; 0: none of this term */
	struct chat_pos chat_last;
	char name[NODE_NAME_MAX];
};

/* Master -> member: the member's own relative correction.  Bound to group and boot by the session,
 * to term, round and member by its fields; applied at most once; it expires two
 * seconds, or four polls, after the exchange (core/node/follow.c). */
struct wire_correct {
	uint64_t round;
	uint32_t seq; /* the exchange whose reply carried the pair (r0, w0) that this is relative to
		       */
	uint32_t clock_epoch; /* of that pair */
	int64_t offset_ns;    /* d = group - wall at r0; positive: the member is behind */
	double rate;	      /* k: group time per second of the member's RAW, minus 1 */
	double pull;	      /* of k: what works off an ordered slew of group time */
	int64_t error_ns;     /* e: hard bound of the line at r0 */
	int64_t sd_ns;	      /* one sigma, for people and for blending */
	int64_t growth_ppb;   /* g: growth of the hard bound with age */
	bool may_step;	      /* first join: a step is allowed beyond the member's threshold */
	uint8_t reason;	      /* enum reason: why not, if not */
};

/* One member as the master knows it; goes to the deputy each round and to the others in rotation.
 */
struct wire_roster_entry {
	node_id id;
	struct addr addr; /* port 0: unknown (the sender itself) */
	char name[NODE_NAME_MAX];
	uint8_t state;	/* enum member_state */
	uint8_t reason; /* enum reason */
	uint8_t mode;
	uint8_t priority;
	int64_t offset_ns; /* its RAW - master's RAW at @at */
	raw_t at;	   /* master's RAW */
	double rate;	   /* of that offset, s/s */
	double own_rate;   /* learnt: group time per second of its RAW, minus 1 */
	int64_t sd_ns;
	int64_t delay_ns; /* smallest round trip in the window */
	int64_t bound_ns;
	int64_t wall_offset_ns; /* its WALL - group time when last seen */
	uint16_t weight;	/* of the average, 1/1000 */
	int64_t phase_ps;	/* of its paper clock: group time by it alone, less the line */
	int64_t unrest_ps;	/* root mean square of that about the average; 0: not known */
	int64_t closure_ns;	/* see wire_closure; CLOSURE_UNKNOWN */
	bool guest;		/* it came to an island, and counts in no majority yet */
};

struct wire_roster {
	uint16_t first; /* index of entry[0] */
	uint16_t total;
	uint8_t n;
	struct wire_roster_entry entry[WIRE_ROSTER_MAX];
};

/* Deputy -> member, rarely: what lies between us two?  Padded to the length of a PROBE_REPLY, whose
 * body is a wire_stamps. */
struct wire_probe {
	uint32_t seq;
};

/* Deputy -> master: the member's clock by the deputy's own exchanges, less the same by the master's
 * with both: 0, but for what the paths are asymmetric. */
struct wire_closure {
	node_id member;
	int64_t closure_ns;
};

/* The first ones concern the group, and are the master's to carry out: elsewhere they travel to it,
 * as their numbers (ORDER).  The others concern the host on which they are given. */
enum order {
	ORDER_SET_TIME, /* set_time: the group's */
	ORDER_TRANSFER, /* peer 0: to the deputy; refused when there is none */
	ORDER_EXCLUDE,	/* peer: out of the average */
	ORDER_INCLUDE,
	ORDER_FORGET, /* peer, or 0: all that are out of sight; without a master, here alone */
	ORDER_HOLD,   /* hold_ms: nobody is corrected for so long */
	ORDER_RESUME, /* that ends */
	ORDER_STEP,   /* step the wall clock onto the line now */
	ORDER_STAYS_ = ORDER_STEP, /* this one and those after it do not travel */
	ORDER_CHAT,		   /* text */
	ORDER_REVOKE,		   /* peer, known or not: its key is taken no more */
	ORDER_RESTORE,		   /* peer: that is taken back */
	ORDER_PRIVATE, /* text, for peer alone: FX_PRIVATE_DONE says what became of it */
};

/* Host -> master, repeated until it is answered: an operator here orders what concerns the group.
 * Its term is the master's when it was given: in any other, it is void. */
struct wire_order {
	uint64_t seq; /* rises by 1 per order; starts at a random 40-bit number << 20 per boot */
	int64_t shift_ns; /* of ORDER_SET_TIME: from where group time is */
	bool step;	  /* the same: all hosts step; else group time is slewed */
	bool dry_run;	  /* say what would be done */
	uint32_t uid;	  /* of the operator */
	uint8_t what;	  /* enum order: one that travels */
	node_id peer;	  /* whom it is about; 0: nobody, which ORDER_TRANSFER and ORDER_FORGET may
			     say too */
	uint32_t hold_ms; /* of ORDER_HOLD: for so long */
};

/* Hosts that do not take an order: as many as there is room for, by name. */
struct deaf_hosts {
	uint16_t n;
	uint8_t n_named;
	struct {
		node_id id;
		uint8_t why; /* enum deaf */
	} host[WIRE_DEAF_MAX];
};

/* Master -> that host. */
struct wire_order_reply {
	uint64_t seq;
	uint8_t verdict; /* enum order_verdict */
	int64_t moved_ns, takes_ns;
	node_id peer; /* this and what follows is as in struct order_outcome */
	uint16_t n_before, n_after;
	struct deaf_hosts deaf; /* none but with ORDER_NOT_TRUSTED */
};

/* What is said of an identity: it is refused, or no longer.  Of two words the one with the higher
 * number stands. */
struct revocation {
	node_id id;
	uint64_t number; /* from 1 on */
	bool revoked;	 /* false: that was taken back */
};

/* The last word on an identity, as a host keeps it. */
struct revoked_host {
	struct revocation word;
	bool given;		  /* by an operator of this host */
	node_id by;		  /* the one host on whose word alone it holds; 0: of an operator
				     here, or of several hosts */
	char name[NODE_NAME_MAX]; /* as it was called then; empty: not known */
};

/* Host -> host, at the beginning of a session and after a change, repeated until it is answered:
 * all that its sender holds.  core/node/revoke.c says whose word counts. */
struct wire_revoked {
	uint32_t list; /* names it */
	uint8_t n;
	struct revocation entry[REVOKED_MAX]; /* ids rise */
};

/* And back: does the sender hold the same of entry[i]?  Bit i. */
struct wire_revoked_reply {
	uint32_t list;
	uint64_t agrees;
};

struct wire_vote {	   /* PREVOTE and VOTE */
	uint64_t new_term; /* asked for; wire_msg.term is the sender's present term */
	bool settled;
	bool dated;    /* its clock may be right by its date */
	bool transfer; /* by order of the present master: leases do not count */
	uint8_t priority;
};

struct wire_vote_reply { /* PREVOTE_REPLY and VOTE_REPLY */
	uint64_t new_term;
	bool granted;
	bool settled;
	uint8_t refusal;  /* enum refusal */
	node_id master;	  /* whom the sender follows; 0: nobody */
	uint16_t n_alive; /* hosts of that side that are here, the sender among them */
	struct chat_pos chat_last;
};

struct wire_transfer {
	node_id to;
};

/* Whom the sender follows, under wire_msg.term: it has granted that; and what it thinks of it. */
struct wire_testimony {
	node_id master; /* 0: nobody, or it is silent */
	bool doubts;	/* its master contradicts itself over the sender's clock */
	/* Where the receiver's clock is, as the sender has measured as deputy. */
	raw_t raw;	  /* the receiver's RAW ... */
	wall_t time;	  /* ... when group time was this, */
	int64_t error_ns; /* to so much; INT64_MAX: it is not known */
};

/* Does the receiver hear at the address that this is sent to?  It sends the token back. */
struct wire_ping {
	uint64_t token; /* 0: nothing is asked */
	bool back;
};

/* Origin -> master: a line that wants a place in the order. */
struct wire_chat_line {
	struct chat_pos pos; /* 0 in a POST */
	node_id origin;
	uint64_t origin_seq; /* rises by 1 per line of an origin; starts at a random 40-bit number
				<< 20 per boot */
	int64_t wall_ns;     /* group time at which it was typed, for display only */
	uint16_t len;
	char text[WIRE_CHAT_TEXT_MAX];
	char name[NODE_NAME_MAX];
};

struct wire_chat_post {
	uint64_t after; /* origin sequence that must stand in the log before line[0]; 0: none */
	uint8_t n;
	struct wire_chat_line line[WIRE_CHAT_LINES_MAX];
};

struct wire_chat_lines {      /* master -> member, or the answer to a PULL */
	struct chat_pos prev; /* entry before line[0]: must match the receiver's log, as in Raft */
	uint64_t stable;
	uint8_t n;
	struct wire_chat_line line[WIRE_CHAT_LINES_MAX];
};

struct wire_chat_pull {
	uint64_t from;	      /* send me lines from this index on */
	struct chat_pos have; /* my last entry: a receipt when it stands in your log too */
};

/* What has become of a line for one host alone (PRIVATE, repeated until it is answered): a
 * wire_chat_line without place and origin, for it is in no log, and is its sender's. */
enum private_outcome {
	PRIVATE_SHOWN = 0,
	PRIVATE_UNREAD = 1, /* nobody follows the chat there: it is not shown */
	PRIVATE_FULL = 2,   /* its sender says too much: it is not shown */
	PRIVATE_SILENT = 3, /* there was no answer: it may have been shown.  In no message */
};

/* Its receiver -> its sender. */
struct wire_private_reply {
	uint64_t origin_seq; /* of that line */
	uint8_t outcome;     /* enum private_outcome */
};

struct wire_msg {
	enum wire_type type;
	uint64_t term;
	union {
		struct wire_poll poll;
		struct wire_reply reply;
		struct wire_correct correct;
		struct wire_roster roster;
		struct wire_vote vote;
		struct wire_vote_reply vote_reply;
		struct wire_transfer transfer;
		struct wire_testimony testimony;
		struct wire_ping ping;
		struct wire_chat_post chat_post;
		struct wire_chat_lines chat_lines;
		struct wire_chat_pull chat_pull;
		struct wire_probe probe;
		struct wire_stamps probe_reply;
		struct wire_closure closure;
		struct wire_order order;
		struct wire_order_reply order_reply;
		struct wire_revoked revoked;
		struct wire_revoked_reply revoked_reply;
		struct wire_chat_line private_line;
		struct wire_private_reply private_reply;
	};
};

enum wire_verdict {
	WIRE_OK = 0,
	WIRE_TRUNCATED, /* ends before its fields do           */
	WIRE_TRAILING,	/* bytes after the last field          */
	WIRE_BAD_TYPE,
	WIRE_BAD_RANGE,	  /* an enum, flag, count or number outside its range */
	WIRE_BAD_VERSION, /* of another version of the protocol: no packet of it is read further */
	WIRE_BAD_TEXT, /* a name or text that is not UTF-8, has a NUL or is empty where it must not
			   be */
};

/* Encode @msg into @out of @size bytes; return the length, 0 if it does not fit (our bug).
 * A POLL is padded to the length of the longest REPLY, and so are a PROBE, a WITNESS, a ballot and
 * an ORDER:
 * requests are at least as long as replies. */
size_t wire_encode(const struct wire_msg *msg, uint8_t *out, size_t size);
/* Decode @len bytes into @ret; @ret is undefined unless WIRE_OK. */
enum wire_verdict wire_decode(const uint8_t *in, size_t len, struct wire_msg *ret);
const char *wire_verdict_name(enum wire_verdict);

struct wire_header {
	uint8_t type;	  /* enum wire_packet */
	uint32_t session; /* receiver's session index */
	uint64_t counter;
};
void wire_header_put(const struct wire_header *, uint8_t out[static WIRE_HEADER_LEN]);
enum wire_verdict wire_header_get(const uint8_t *in, size_t len, struct wire_header *ret);
