/* notice.h - what the core has to say to people.  The shell words, rates and logs it; the core
 * never prints. */
#pragma once

#include "berk/id.h"
#include "berk/reason.h"

#include <stdint.h>

enum notice_level {
	LEVEL_ERR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6,
	LEVEL_DEBUG = 7
};
const char *level_name(enum notice_level);

enum notice_kind {
	/* each of these has a MESSAGE_ID in the journal */
	NOTICE_BECAME_MASTER,	   /* a: term, b: members reached, c: island */
	NOTICE_FOLLOWS_MASTER,	   /* peer: master, a: term */
	NOTICE_DEPUTY_NAMED,	   /* peer: deputy (0: nobody left) */
	NOTICE_MEMBER_JOINED,	   /* peer */
	NOTICE_MEMBER_LEFT,	   /* peer, a: 0 said goodbye, 1 silent, 2 forgotten */
	NOTICE_MEMBER_EXCLUDED,	   /* peer, reason, a: offset ns */
	NOTICE_MEMBER_READMITTED,  /* peer */
	NOTICE_STEP,		   /* a: ns, b: 0 first join, 1 operator */
	NOTICE_CLOCK_INTERFERENCE, /* a: ns or ppb, b: 0 frequency, 1 step, 2 status */
	NOTICE_SUSPENDED,	   /* a: ns away; and resumed as a newcomer */
	NOTICE_BOUND_EXCEEDED,	   /* a: E ns, b: configured max_skew ns; c: 1 back below */
	NOTICE_LIMIT_TRIPPED,	   /* a: what: 0 correction, 1 accumulated, 2 rate, 3 table, 4 group
				      rate; b: value, c: limit */
	/* the rest is ordinary */
	NOTICE_STEPPED_DOWN,	   /* a: our term, b: the higher one; peer: whom we yield to */
	NOTICE_ISLAND,		   /* a: 1 began, 0 ended; b: alive, c: table */
	NOTICE_ELECTION,	   /* a: new term, b: 0 pre-vote, 1 vote, c: grants */
	NOTICE_VOTE,		   /* peer: candidate, a: term, b: granted, c: refusal */
	NOTICE_PEER_REFUSED,	   /* peer or 0, a: enum session_verdict */
	NOTICE_PACKET_BAD,	   /* peer or 0, a: enum wire_verdict */
	NOTICE_SESSION_OPEN,	   /* peer */
	NOTICE_SAMPLE,		   /* debug: peer, a: offset, b: delay, c: verdict */
	NOTICE_CORRECTION,	   /* debug: a: offset, b: freq ppb, c: bound */
	NOTICE_CORRECTION_REFUSED, /* peer, a: why (enum correct_refusal) */
	NOTICE_PATH_CHANGED,	   /* peer: moved to another address */
	NOTICE_MAX_,
};

struct notice {
	enum notice_kind kind;
	enum notice_level level;
	enum reason reason;
	node_id peer;
	int64_t a, b, c;
};
