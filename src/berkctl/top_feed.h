/* top_feed.h - the questions of `berkctl top`, again and again, without waiting for any answer. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkctl/client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are asked. */
enum feed_call { FEED_STATUS, FEED_MEMBERS, FEED_KNOCKS, FEED_WHY, FEED_CALLS };

struct feed {
	const struct ctl *ctl;
	int64_t interval_ms;
	struct client *client;	    /* NULL: there is no connection */
	size_t call;		    /* that waits for its answer; FEED_CALLS: none */
	json_t *answer[FEED_CALLS]; /* of this turn */
	char open[32];		    /* id of the host that Why is asked of; "": none */
	int64_t due_ms, asked_ms;   /* the next turn, or try to connect; the last question */
	int error;		    /* a negative errno: why there is no connection */
};

/* Over this connection, which is taken over.  Whoever owns it calls feed_fini(). */
void feed_init(struct feed *, const struct ctl *, struct client *, int64_t interval_ms,
	       int64_t now_ms);
void feed_fini(struct feed *);
/* Ask also why the host of this id counts or not, from now on; "": no more. */
void feed_open(struct feed *, const char *id, int64_t now_ms);
/* Read what has come, and ask what is due.  True: a turn is complete, and the answers are the
 * caller's, who takes them out of feed.answer; NULL: an error, or it was not asked. */
bool feed_turn(struct feed *, int64_t now_ms);
/* What is to be waited for: the descriptor (-1: none), and for how long at most. */
int feed_fd(const struct feed *);
int feed_wait_ms(const struct feed *, int64_t now_ms);
/* What is wrong with the daemon, for people; "": nothing. */
const char *feed_trouble(const struct feed *, int64_t now_ms, char *buf, size_t size);
