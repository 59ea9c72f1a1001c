/* chat.h - one talk: what this side still has to say, and what was said. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkctl/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAT_QUEUE_MAX 16 /* lines typed and not yet taken by the daemon */

struct talk {
	const struct ctl *ctl;
	struct client *follow; /* NULL: not followed */
	struct client *say;    /* NULL: nothing was said yet */
	char *queue[CHAT_QUEUE_MAX];
	size_t first, n;
	int backoff_ms;		 /* of the next try; 0: the last one went well */
	int64_t retry_ms;	 /* CLOCK_BOOTTIME: not before */
	int64_t n_sent, n_shown; /* own lines taken by the daemon, and seen again */
	char id[17];		 /* this host's */
	int status;
};

/* Begin to follow, with the last @history lines.  CTL_OK or an exit status. */
int talk_follow(struct talk *, int64_t history);
void talk_fini(struct talk *);
/* A line of @len bytes to be said; false when the queue is full. */
bool talk_say(struct talk *, const char *text, size_t len);
/* Offer the first line of the queue to the daemon, when its time has come.  False: the talk is over
 * (talk.status says why). */
bool talk_push(struct talk *);
/* Milliseconds until talk_push() has something to do; -1: nothing. */
int talk_wait_ms(const struct talk *);
/* Read and print what came from the daemon.  @before and @after, if not NULL, are called around
 * printing. False: the talk is over. */
bool talk_hear(struct talk *, void (*before)(void *), void (*after)(void *), void *userdata);

/* chat_prompt.c: a line-edited prompt on the terminal, until its end.  Exit status. */
int chat_prompt(struct talk *);
