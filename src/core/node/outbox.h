/* outbox.h - sealing and sending, and the transmit stamps that come back. */
#pragma once

#include "core/node/state.h"

/* Seal @msg for @p and send it.  @want_stamp: its transmit stamp is for the exchange @seq.  False
 * when there is no session (one is then asked for), no address or no room. */
bool outbox_send(struct node *, struct peer *p, const struct wire_msg *msg, bool want_stamp,
		 uint32_t seq);
/* Send @len bytes of a handshake to @to, from our address @from (NULL: any). */
void outbox_send_bytes(struct node *, const struct addr *to, const struct addr *from,
		       const uint8_t *data, size_t len);
/* Multicast a DISCOVER of @len bytes.  Call when fx_has_room(). */
void outbox_discover(struct node *, const uint8_t *data, size_t len);
/* A transmit stamp came: whose it is, once.  False: none that we wait for. */
bool outbox_take_stamp(struct node *, uint32_t tx_id, struct pending_stamp *ret);
/* A packet came; it was not to be used. */
void outbox_count_received(struct node *);
void outbox_count_bad(struct node *);
