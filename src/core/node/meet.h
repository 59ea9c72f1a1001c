/* meet.h - two masters meet: which side stays. */
#pragma once

#include "core/node/state.h"

/* Call when a POLL came at @at: from our master, from one that we may follow from now on, or from
 * one whom we refuse. */
void meet_on_poll(struct node *, struct peer *, const struct wire_msg *, raw_t at, uint8_t quality);
/* As master: a VOTE_REPLY came, which refuses our poll or grants us a vote that is over. */
void meet_on_refusal(struct node *, const struct peer *, const struct wire_msg *);
/* A message came from @p, which is two hosts: a POLL, PREVOTE or VOTE that our time forbids is
 * refused aloud, a POLL that we would follow takes from us the time of another founding, and all
 * else is dropped. */
void meet_twin(struct node *, struct peer *, const struct wire_msg *);
