/* udp_packet.h - one packet in or out of a socket. */
#pragma once

#include "berkd/net/udp_private.h"

/* Take one packet, one entry of the error queue, and feed what it says.  1: taken (or dropped as
 * useless); 0: none there; negative errno.  Call when the socket wakes, until it is not 1. */
int udp_receive_packet(struct udp_socket *);
int udp_receive_error(struct udp_socket *);
/* Send once.  @from: source address, or NULL; @ifindex: interface for multicast, or 0; @tx_id: not
 * 0: with a transmit stamp.  0 or negative errno.  Call on an open socket of the family of @to. */
int udp_send_packet(struct udp_socket *, const struct addr *to, const struct addr *from,
		    unsigned ifindex, uint8_t *data, size_t len, uint32_t tx_id);
