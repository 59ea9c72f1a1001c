/* udp_filter.h - a filter in the kernel: what cannot be a packet of ours wakes nobody. */
#pragma once

#include "berkd/net/udp_private.h"

/* Drop what has not the magic, the version, a type and a length of ours.  Call when the socket is
 * opened; without a filter it works as well. */
void udp_filter_attach(struct udp_socket *);
/* Call with each packet that came.  One of another version is to be told to people, so ten of these
 * pass; then they are dropped for a second. */
void udp_filter_note(struct udp_socket *, const uint8_t *data, size_t len);
/* Call when the socket is closed. */
void udp_filter_detach(struct udp_socket *);
