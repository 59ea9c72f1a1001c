/* path.h - a peer is where it was asked and has answered from. */
#pragma once

#include "core/node/state.h"

/* Call with where a packet of a peer came from and to, when it was opened.  From an address of
 * which nothing is known yet, the peer is asked there. */
void path_track(struct node *, struct peer *, const struct addr *from, const struct addr *to);
/* Ask it, to hear whether it is there: by a PING, and, when it was silent to one, by a handshake,
 * unless another host answers there. */
void path_ask(struct node *, struct peer *);
/* A handshake has proved that the peer hears at @from, where its packet to @to came from: it may go
 * on from there. */
void path_proved(const struct node *, struct peer *, const struct addr *from,
		 const struct addr *to);
/* Call when a PING came. */
void path_on_ping(struct node *, struct peer *, const struct wire_ping *, const struct addr *from,
		  const struct addr *to);
