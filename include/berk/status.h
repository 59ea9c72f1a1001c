/* status.h - what a node shows of itself: views for status, metrics and invariants.
 *
 * None of these functions has a side effect; each may be called at any time between two steps.
 */
#pragma once

#include "berk/addr.h"
#include "berk/id.h"
#include "berk/limits.h"
#include "berk/line.h"
#include "berk/reason.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;

enum role {
	ROLE_NONE, /* knows no master yet */
	ROLE_MEMBER,
	ROLE_DEPUTY,	/* member that the master named as successor */
	ROLE_CANDIDATE, /* asks for votes */
	ROLE_MASTER,
};
const char *role_name(enum role);

/* The number travels (ROSTER): a new one goes to the end, and is a row in src/common/words.c. */
enum member_state {
	MEMBER_CONTACT, /* known by address or roster only, no session */
	MEMBER_JOINING, /* session open, has not yet answered a poll of this group */
	MEMBER_NEW,	/* answers and is corrected, its rate is not yet known */
	MEMBER_SETTLED, /* counts in the average unless it has a reason not to */
	MEMBER_SILENT,
	MEMBER_LEFT,
	MEMBER_UNSEEN,	  /* in the table on disk, and not seen since the start */
	MEMBER_FORGOTTEN, /* counts no more until it is seen: the master tells the others so */
	MEMBER_MAX_,
};
const char *member_state_name(enum member_state);
const char *member_state_text(enum member_state);   /* a sentence without its dot, for people */
const char *member_state_remedy(enum member_state); /* the same: what to do about it */
/* Does a host in this state take part in the group now?  Call with any value: false for a
 * strange one. */
static inline bool member_state_is_here(enum member_state s)
{
	return s == MEMBER_JOINING || s == MEMBER_NEW || s == MEMBER_SETTLED;
}
/* Has a host in this state been corrected, and does its clock go on as it was, so that its
 * figures mean something?  Call with any value: false for a strange one. */
static inline bool member_state_has_figures(enum member_state s)
{
	return s == MEMBER_NEW || s == MEMBER_SETTLED || s == MEMBER_SILENT;
}

/* What a host still lacks to be synchronised; the first that applies. */
enum lack {
	LACK_NOTHING,
	LACK_COMPANY,  /* it has met too few others since its start to make a group */
	LACK_MASTER,   /* nobody leads it */
	LACK_LINE,     /* it has a master, and was not corrected yet */
	LACK_KEY,      /* its group is open, and nobody may move this clock any further */
	LACK_CONSENT,  /* group time is too far away to be followed without an order */
	LACK_IDENTITY, /* another host has its identity, and may be the one that the group means */
	LACK_OSCILLATOR, /* its oscillator and the others differ by more than max_drift allows */
	LACK_OTHERS,	 /* known hosts are out of sight, and may have another time: no bound */
	LACK_BOUND,	 /* the bound is half a second or more */
	LACK_HOSTS,	 /* fewer hosts are here than somebody waits for: control/wait.h */
	LACK_MAX_,
};

/* The last one in this life. */
struct interrupted {
	enum interruption why;
	mono_t at;
};

struct node_status {
	node_id id;
	uint8_t public_key[KEY_LEN];
	char name[NODE_NAME_MAX];
	enum role role;
	node_id master, deputy;
	uint64_t term;
	uint64_t round;
	bool island;
	bool synced; /* is on a line, and the bound is below half a second */
	bool settled;
	enum lack lack;		 /* why not synced */
	enum date_evidence date; /* what our own clock says of it */
	bool date_confirmed;	 /* a clock whose date may be right agrees with the line */
	enum leap leap;		 /* that the references announce for the end of the UTC day */
	enum correct_refusal
		refusal; /* why the clock does not go onto the line; CORRECT_OK: it does */
	bool tripped;	 /* others moved it too far: it is not steered, but by order */
	struct time_order last_order; /* that set the group's time */
	struct hold hold;
	bool has_line;
	uint64_t era;	  /* names the founding that the line is of */
	struct line line; /* group time over our RAW */
	int64_t bound_ns; /* E; BOUND_UNKNOWN */
	int64_t est_error_ns;
	int64_t offset_ns; /* WALL - group time now: positive when the clock is ahead */
	int64_t freq_ppb;
	int64_t poll_ns;
	int64_t spread_ns; /* master: max - min of the good members' wall offsets as last seen */
	mono_t heard;	   /* last word of the master */
	mono_t last_round;
	unsigned n_table, n_alive, n_used;
	uint64_t n_rx, n_tx, n_bad, n_steps, n_corrections, n_refused;
	uint32_t clock_epoch;
	struct interrupted interrupted;
	uint64_t chat_last, chat_stable;
	bool open_group; /* its key is nobody's secret */
	/* In an open group, unless that is wanted: how far others have moved the clock since the
	 * boot, and how far they may, ns.  Else 0, 0. */
	int64_t open_moved_ns, open_max_ns;
	bool open_spent;   /* no further */
	bool disk_failed;  /* it may neither vote nor lead: its promises cannot be saved */
	struct addr clone; /* of another host with our identity; port 0: there is none */
};
/* Status as of @now and @pair. */
void node_status(const struct node *, mono_t now, struct clock_pair pair, struct node_status *ret);

struct member_view {
	node_id id;
	bool key_known; /* it had a session with us */
	uint8_t public_key[KEY_LEN];
	char name[NODE_NAME_MAX];
	struct addr addr;
	enum member_state state;
	enum reason reason;
	enum clock_mode mode;
	bool is_self, is_master, is_deputy;
	bool exact; /* measured here (we are master), else from the master's roster */
	uint8_t priority;
	/* Are these known: offset_ns; rate and sd_ns; delay_ns? */
	bool has_offset, has_rate, has_path;
	int64_t offset_ns; /* its WALL - group time, as last seen */
	double rate;	   /* its oscillator against group time: own_rate, s/s */
	int64_t delay_ns, jitter_ns, sd_ns;
	int64_t bound_ns; /* as of now; BOUND_UNKNOWN */
	double weight;
	int64_t closure_ns;   /* around master, deputy and it; CLOSURE_UNKNOWN */
	int64_t heard_ago_ns; /* INT64_MAX: never */
	unsigned reach;	      /* last 8 polls answered, one bit each */
	unsigned n_samples;
	/* Two hosts have its identity: the address of the other one.  Port 0: one host has. */
	struct addr clone;
	uint8_t quality; /* of its last exchange, if measured here */
};
/* The hosts one after the other, this one first, the others in no order: begin with *@at 0, which
 * moves on; false past the end.  All of them cost as much as a walk over the table, each once, so
 * look for one of them by its id with the two functions below. */
bool node_member(const struct node *, size_t *at, mono_t now, struct clock_pair pair,
		 struct member_view *ret);
/* The host @id, this one too.  False when it has no row. */
bool node_member_of(const struct node *, node_id id, mono_t now, struct clock_pair pair,
		    struct member_view *ret);
/* Its name; NULL when it has none, or is not known. */
const char *node_name_of(const struct node *, node_id id);
/* Where it is; false, and no address, when it is not known, or this host. */
bool node_addr_of(const struct node *, node_id id, struct addr *ret);

/* An address: configured, or refused. */
struct knock_view {
	struct addr addr;
	enum knock state;
	bool configured;
	bool forgiven;	      /* configured: that it is not here counts no more, by order */
	node_id id;	      /* configured: who answers there; 0: not known */
	uint64_t n_packets;   /* refused */
	int64_t first_ago_ns; /* refused: since the first packet */
	int64_t last_ago_ns;  /* since it was refused, or answered, last; INT64_MAX: never */
};
/* The contact at @addr, as of @now: does somebody answer there, and if not, why not?  False: that
 * address is none that we call. */
bool node_contact(const struct node *, const struct addr *addr, mono_t now, struct knock_view *ret);
/* The @i-th of those who were refused, the latest first, as of @now; false past the end.  Only so
 * many are kept, the latest of each address and reason. */
bool node_knock(const struct node *, size_t i, mono_t now, struct knock_view *ret);

/* Whose word of who is revoked counts with the other hosts, if they have our lists. */
enum revoke_rule {
	REVOKE_EACH,	/* nobody's: who is a member is no secret, so each has its operator's */
	REVOKE_MASTERS, /* that of each of `masters` */
	REVOKE_QUORUM,	/* that of more than max_liars of `masters`, or of `members` */
	REVOKE_RULE_MAX_,
};

/* What is said of an identity, and by how many. */
struct revocation_view {
	struct revoked_host host;
	enum revoke_rule rule;
	bool heeded;	   /* our word counts by that rule */
	unsigned n_others; /* hosts of the table, but us and it */
	unsigned n_agree;  /* of them, those that say they hold the same */
	unsigned n_more;   /* on so many it is still to be said, for all to hold it */
};

#define SAID_BY_MAX 8

/* What others say of an identity, and too few of them for it to hold here. */
struct said_view {
	node_id id;
	char name[NODE_NAME_MAX];  /* empty: not known */
	bool revoked;		   /* else: that it is so no more */
	unsigned n_said, n_needed; /* n_needed 0: no number of them counts here */
	node_id by[SAID_BY_MAX];   /* the first of them */
};

struct round_view {
	uint64_t round, term;
	mono_t at;
	unsigned n_known, n_used, f;
	int64_t adjust_ns; /* how far the average moved group time from the old line (0 in steady
			      state) */
	double rate;	   /* of the group line in the master's RAW */
	int64_t spread_ns;
};
/* The @i-th newest round we led; false past the end. */
bool node_round(const struct node *, size_t i, struct round_view *ret);
/* What must hold between two steps: NULL when all of it does, else a sentence about an invariant
 * that does not hold.  It takes time with the square of the size of the table.  Call after each
 * step of a node under test; a running daemon asserts what costs nothing of it by itself. */
const char *node_broken_invariant(const struct node *);
/* Line @index of the chat if it may be shown and is still kept, or NULL. */
const struct wire_chat_line *node_chat_line(const struct node *, uint64_t index);
/* What is to be on disk of the chat: line @index, stable or not, or NULL; where the log ends,
 * and what of it is stable.  Call after an FX_SAVE_CHAT, soon. */
const struct wire_chat_line *node_chat_log(const struct node *, uint64_t index,
					   struct chat_pos *ret_last, uint64_t *ret_stable);
