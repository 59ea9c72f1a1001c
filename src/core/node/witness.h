/* witness.h - who follows whom, by the word of each itself. */
#pragma once

#include "core/node/state.h"

/* Call once, before any other. */
void witness_init(struct node *);
/* Ask some hosts of our own choice whom they follow; not before those asked last had the time to
 * answer.  Call when somebody claims followers, and witness_heard() is false. */
void witness_ask(struct node *);
/* Is there anybody to ask but @whom? */
bool witness_any(const struct node *, node_id whom);
/* Have those answered whom we asked lately, and not before @since, or had the time to?
 * MONO_LONG_AGO: whenever it was. */
bool witness_heard(const struct node *, mono_t since);
/* How many of all that we could have asked follow @master, by those whom we asked: who is silent
 * follows nobody, and @master itself is not counted.  Call when witness_heard(). */
unsigned witness_followers(const struct node *, node_id master);
/* A term that one honest host at least has granted: the (f + 1)-th latest, if f hosts lie.  False:
 * fewer than two answered.  Call when witness_heard(). */
bool witness_term(const struct node *, uint64_t *ret);
/* Call when a WITNESS came: it is told whom we follow. */
void witness_on_question(struct node *, struct peer *);
/* Call when a TESTIMONY came. */
void witness_on_testimony(struct peer *, const struct wire_msg *);
