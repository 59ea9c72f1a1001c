/* chat.h - one talk: the lines that are still to be said, and the connection that tells what was
 * said. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkctl/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAT_LINE_MAX  400 /* bytes that the daemon takes as one line */
#define CHAT_QUEUE_MAX 32  /* lines that were typed and that the daemon has not taken yet */

struct talk {
	const struct ctl *ctl;
	struct client *follow; /* NULL: the talk is not followed */
	struct client *say;    /* NULL: no line was offered yet */
	char *queue[CHAT_QUEUE_MAX];
	char *to[CHAT_QUEUE_MAX];  /* the one host that it is for; NULL: all */
	bool part[CHAT_QUEUE_MAX]; /* of a longer line, which the one before begins */
	size_t first, n;
	bool asked;	   /* the first is private and was offered: it has no answer yet, ... */
	int64_t answer_ms; /* ... and none is waited for later, as client_now_ms() tells it */
	char *refused;	   /* a private line that nobody was shown, as it was typed; NULL: none */
	int backoff_ms;	   /* before the next try; 0: the last try succeeded */
	int64_t retry_ms;  /* time of the next try, as client_now_ms() tells it */
	int64_t ask_ms;	   /* when to ask whom we follow whether it lives; likewise */
	int64_t n_sent, n_shown; /* own lines that the daemon took, and that were printed */
	char id[17];		 /* of this host */
	int status;
};

/* Follow the talk, beginning with the last @history lines.  CTL_OK or an exit status. */
int talk_follow(struct talk *, int64_t history);
void talk_fini(struct talk *);
/* Put @len bytes into the queue, as several lines where they are too many for one; false, and
 * nothing is there, when it has no room for them, or when memory is out. */
bool talk_say(struct talk *, const char *text, size_t len);
/* The same for the host @to alone; NULL: for all. */
bool talk_say_to(struct talk *, const char *to, const char *text, size_t len);
/* Offer the first line of the queue to the daemon, unless the back-off still runs; and when it
 * said nothing for long, ask whether it lives, which may take 5 s.  False: the talk is over, and
 * talk.status is the exit status. */
bool talk_push(struct talk *);
/* Will talk_push() ask whether the daemon lives, and print it if it does not? */
bool talk_asks_now(const struct talk *);
/* Milliseconds until talk_push() is to be called; -1: not by time. */
int talk_wait_ms(const struct talk *);
/* Where the answer to a private line comes from: talk_push() is to be called then, too; -1: none is
 * waited for. */
int talk_say_fd(const struct talk *);
/* Print the private line that was refused, and forget it. */
void talk_print_refused(struct talk *);
/* Print the lines that are still to be said; how many.  Call at the end. */
size_t talk_print_unsaid(const struct talk *);
/* Read and print what came from the daemon.  @before is called before the first line is printed and
 * @after after the last one; either may be NULL.  False: the talk is over. */
bool talk_hear(struct talk *, void (*before)(void *), void (*after)(void *), void *userdata);

/* --- chat_command.c --- */

#define CHAT_ME "/me " /* a line that says what its host does begins so, on the wire too */
/* Print who is here, and note which lines are ours.  CTL_OK or an exit status. */
int chat_print_here(struct talk *);
/* Print the last @n lines.  CTL_OK or an exit status. */
int chat_print_past(const struct ctl *, int64_t n);
/* Do what was typed: a command of ours is carried out, and all else is said.  False: it is to be
 * said, and talk_say() has no room for it. */
bool chat_take(struct talk *, const char *line, size_t len);
/* What do all have in common that begin with @word, in whatever case: the names of @members and, if
 * it is the @first of its line, the commands?  How many do. */
size_t chat_complete(const char *word, bool first, const json_t *members, char *ret, size_t size);
/* Print all of them in a line. */
void chat_print_words(const char *word, bool first, const json_t *members);

/* chat_prompt.c: run a prompt with line editing until the input ends.  Returns the exit status. */
int chat_prompt(struct talk *);
/* chat_plain.c: likewise, but the terminal edits the line. */
int chat_plain(struct talk *);
