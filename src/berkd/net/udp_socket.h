/* udp_socket.h - one socket of the daemon. */
#pragma once

#include "berkd/net/udp_private.h"

/* Open the socket of a slot whose udp, family and bound are set, and listen to it.  0 or negative
 * errno; then the slot is as it was.  Call once; from then on it opens itself again when it
 * dies. */
int udp_socket_open(struct udp_socket *);
/* Join the discovery groups on the interfaces in use.  Call when these have changed. */
void udp_socket_join(struct udp_socket *);
/* Close the socket and give the slot back.  Call when its address is wanted no more. */
void udp_socket_drop(struct udp_socket *);
