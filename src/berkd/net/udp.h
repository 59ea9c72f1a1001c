/* udp.h - the sockets: packets in and out with kernel time stamps, multicast for discovery. */
#pragma once

#include "berk/node.h"
#include "berkd/clock/clock.h"
#include "berkd/config/config.h"

#include <systemd/sd-event.h>

struct udp;

/* Takes an EV_RX or EV_TX_STAMP, filled but for now, pair and random bytes. */
typedef void (*udp_feed)(void *userdata, struct node_event *);

/* Open every socket of @config and watch it.  The config and the clock stay the caller's and must
 * outlive it.  -EADDRINUSE when another process has the port; a family that the host lacks is left
 * out, and -EAFNOSUPPORT only when none is left.  Call before capabilities are dropped. */
int udp_new(sd_event *, const struct config *, struct clock *, udp_feed, void *userdata,
	    struct udp **ret);
/* NULL is allowed. */
struct udp *udp_free(struct udp *);
/* Carry out an FX_SEND.  A packet that cannot go is lost, as any packet may be. */
void udp_send(struct udp *, const struct effect *);
/* Carry out an FX_DISCOVER: multicast on every chosen interface. */
void udp_discover(struct udp *, const struct effect *);
/* Look at the interfaces again and join the groups on new ones.  Call after a reload. */
void udp_refresh(struct udp *);
/* The same, and look for their PTP hardware clocks again.  Call when interfaces have changed. */
void udp_link_changed(struct udp *);
