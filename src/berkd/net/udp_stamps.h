/* udp_stamps.h - time stamps of packets, as the kernel and the NIC give them. */
#pragma once

#include "berkd/net/udp_private.h"

#include <linux/errqueue.h>

/* Switch kernel stamps on, or the kernel's counter of transmit stamps back to zero; what was under
 * way is forgotten.  0 or negative errno.  Call on an open socket: when it is new, after a send
 * that failed, and when hardware stamps come or go. */
int udp_stamps_restart(struct udp_socket *);
/* RAW of the stamps of a packet received on @ifindex (0: not known): the NIC's, else the kernel's,
 * else a reading of the clock now.  @ret_quality: enum of berk/wire.h (STAMP_KERNEL ...).  Call as
 * soon as the packet is read. */
void udp_stamps_of_packet(struct udp *, const struct scm_timestamping *, unsigned ifindex,
			  raw_t *ret_at, uint8_t *ret_quality);
/* Call after each send for which a stamp was asked; @tx_id is not 0.  @sent_ns: host WALL just
 * before; @shift_ns is added to the stamp. */
void udp_stamps_expect(struct udp_socket *, uint32_t tx_id, int64_t sent_ns, int64_t shift_ns);
/* Take a transmit stamp of counter @key, which was sent on @ifindex (0: not known), and feed it, or
 * hold it for the hardware's.  Call for each one on the error queue. */
void udp_stamps_take(struct udp_socket *, uint32_t key, unsigned ifindex,
		     const struct scm_timestamping *);
/* Feed the software stamps whose hardware stamp has not come in time.  Call at each wakeup, after
 * the error queue and before the packets. */
void udp_stamps_release(struct udp_socket *);
