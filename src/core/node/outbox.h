/* outbox.h - sealing and sending, and the transmit stamps that come back. */
#pragma once

#include "core/node/state.h"

/* Seal a message for the peer and send it.  @want_stamp: its transmit stamp is for the exchange
 * @seq. False when there is no session (one is then asked for), no address or no room.  Call for
 * whomever; who sends to many asks fx_has_room() first. */
bool outbox_send(struct node *, struct peer *, const struct wire_msg *, bool want_stamp,
		 uint32_t seq);
/* Send @len bytes (1 to WIRE_PACKET_MAX) of a handshake to @to, from our address @from (NULL: any).
 * Dropped when there is no room.  Call when there is no session yet. */
void outbox_send_bytes(struct node *, const struct addr *to, const struct addr *from,
		       const uint8_t *data, size_t len);
/* Multicast a DISCOVER of @len bytes (1 to WIRE_PACKET_MAX).  Call when fx_has_room(). */
void outbox_discover(struct node *, const uint8_t *data, size_t len);
/* Call when a transmit stamp came: whose it is, once.  False, and @ret as it was: none that we
 * wait for. */
bool outbox_take_stamp(struct node *, uint32_t tx_id, struct pending_stamp *ret);
/* Call when a packet came. */
/* Send it to the peer at @to, where it may be, from our address @from. */
void outbox_send_at(struct node *, struct peer *, const struct wire_msg *, const struct addr *to,
		    const struct addr *from);
void outbox_count_received(struct node *);
/* Call when a packet came that was not to be used. */
void outbox_count_bad(struct node *);
