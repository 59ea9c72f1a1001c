/* udp_private.h - one socket and the set of them, as the files udp*.c share them. */
#pragma once

#include "berk/node.h"
#include "berkd/clock/phc.h"
#include "berkd/net/absent.h"
#include "berkd/net/asymmetry.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

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
	sd_event_source *calm; /* until then, packets of other versions are dropped */
	unsigned n_foreign;    /* of other versions, since they last were */
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
	void (*feed)(void *userdata, struct node_event *); /* udp_feed */
	void *userdata;
	struct udp_socket socket[UDP_SOCKETS_MAX];
	size_t n_socket;
	unsigned ifindex[CONFIG_INTERFACES_MAX];
	size_t n_ifindex;
	struct asymmetry asymmetry;
	struct absent absent;
	struct phc_set *phc;  /* NULL: no hardware stamps */
	bool hardware;	      /* ask for them: there is a PHC */
	bool looped;	      /* transmit stamps may come with the packet, and so its interface */
	unsigned tx_hardware; /* transmit stamps still waited for in vain; 0: none comes */
	uint8_t packet[WIRE_PACKET_MAX];
};
