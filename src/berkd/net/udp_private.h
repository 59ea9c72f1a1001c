/* udp_private.h - one socket and the set of them, shared by udp.c and udp_packet.c. */
#pragma once

#include "berkd/clock/phc.h"
#include "berkd/net/asymmetry.h"
#include "berkd/net/udp.h"

#include <stdbool.h>

/* Listen addresses, the IPv4 group, the IPv6 group on each interface. */
#define UDP_SOCKETS_MAX (2 * CONFIG_INTERFACES_MAX + 1)
#define UDP_TX_KEPT	128

/* A stamped send under way. */
struct tx_pending {
	uint32_t tx_id;	  /* 0: free */
	uint32_t key;	  /* the kernel's counter */
	int64_t sent;	  /* host WALL just before, ns: a stamp cannot be earlier */
	int64_t shift_ns; /* for the path's asymmetry */
	raw_t software;	  /* the software stamp, when it waits here for the hardware's */
	bool held;
};

struct udp_socket {
	struct udp *udp;
	int family;	  /* 0: slot is free */
	int fd;		  /* -1: being reopened */
	bool groups_only; /* receives the groups beside sockets bound to addresses */
	bool kernel_stamps;
	struct addr bound;
	sd_event_source *io, *retry;
	uint64_t backoff_us;
	unsigned fruitless;
	uint32_t tx_key; /* next */
	unsigned n_held;
	struct tx_pending tx[UDP_TX_KEPT];
};

struct udp {
	sd_event *event;
	const struct config *config;
	struct clock *clock;
	udp_feed feed;
	void *userdata;
	struct udp_socket socket[UDP_SOCKETS_MAX];
	size_t n_socket;
	unsigned ifindex[CONFIG_INTERFACES_MAX];
	size_t n_ifindex;
	struct asymmetry asymmetry;
	uint64_t n_kernel, n_user;
	struct phc_set *phc;  /* NULL: no hardware stamps */
	bool hardware;	      /* ask for them: there is a PHC */
	bool looped;	      /* transmit stamps may come with the packet, and so its interface */
	unsigned tx_hardware; /* transmit stamps still waited for in vain; 0: none comes */
	uint8_t packet[WIRE_PACKET_MAX];
};

/* Switch kernel stamps on, or the kernel's counter of transmit stamps back to zero; what was under
 * way is forgotten. */
int udp_stamps_restart(struct udp_socket *);
/* Feed the software stamps whose hardware stamp has not come in time. */
void udp_stamps_release(struct udp_socket *);
/* Take one packet, one entry of the error queue.  1: taken (or dropped as useless); 0: none there;
 * negative errno. */
int udp_receive_packet(struct udp_socket *);
int udp_receive_error(struct udp_socket *);
/* Send once.  @from: source address, or NULL; @ifindex: interface for multicast, or 0; @tx_id: not
 * 0: with a transmit stamp.  0 or negative errno. */
int udp_send_packet(struct udp_socket *, const struct addr *to, const struct addr *from,
		    unsigned ifindex, uint8_t *data, size_t len, uint32_t tx_id);
