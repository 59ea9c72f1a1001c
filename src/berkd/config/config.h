/* config.h - berkd.conf and its drop-ins as one struct, every limit checked. */
#pragma once

#include "berk/addr.h"
#include "berk/node.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_PEERS_MAX       NODE_HOSTS_MAX
#define CONFIG_INTERFACES_MAX  16
#define CONFIG_KEYS_MAX	       256
#define CONFIG_ASYMMETRIES_MAX 64
#define CONFIG_ADDRS_MAX       8 /* of one peer */

enum config_peer_state {
	CONFIG_PEER_UNASKED,  /* not looked up yet */
	CONFIG_PEER_RESOLVED, /* the addresses are of the last answer */
	CONFIG_PEER_MISSING,  /* the name does not resolve; the addresses, if any, are of before */
};

/* [network] peers: a text as written, and what it resolved to.  The rest is of names.c. */
struct config_peer {
	char text[128];
	struct addr addr[CONFIG_ADDRS_MAX];
	unsigned n_addr;
	bool numeric; /* written as an address: never looked up, and the state is of no meaning */
	enum config_peer_state state;
	mono_t since;  /* in this state, unless it is UNASKED */
	bool forgiven; /* by order: that it is not here counts no more until it is */
};

/* [network] asymmetry: what comes in from there takes so much longer than what goes out. */
struct config_asymmetry {
	char interface[IF_NAMESIZE]; /* empty: a peer */
	struct addr addr;	     /* its address, without port */
	int64_t longer_ns;
};

enum config_clock { CONFIG_CLOCK_KERNEL, CONFIG_CLOCK_VIRTUAL, CONFIG_CLOCK_OBSERVE };
/* Which time stamps: user space's, the kernel's, the NIC's where they come, and switched on. */
enum config_stamps {
	CONFIG_STAMPS_USER,
	CONFIG_STAMPS_KERNEL,
	CONFIG_STAMPS_AUTO,
	CONFIG_STAMPS_HARDWARE
};
enum config_log { CONFIG_LOG_AUTO, CONFIG_LOG_JOURNAL, CONFIG_LOG_STDERR };

/* What stands behind a field is its default.  berkd.conf(5) says what each key means. */
struct config {
	char path[256]; /* main file read */

	/* [group] */
	char group_name[64]; /* "berkd" */
	char key_file[256];  /* empty: an open group, whose key comes from its name */
	enum quorum quorum;  /* island */
	unsigned max_liars;  /* 1 */
	int64_t forget_ns;   /* 10 min */
	unsigned min_hosts;  /* 2 */
	uint8_t member_keys[CONFIG_KEYS_MAX][KEY_LEN]; /* none: any */
	size_t n_member_keys;
	uint8_t master_keys[CONFIG_KEYS_MAX][KEY_LEN]; /* none: any */
	size_t n_master_keys;
	enum orders_of orders; /* masters */
	bool insecure;	       /* no: without a key, others may move the clock by little */

	/* [node] */
	char node_name[NODE_NAME_MAX]; /* the host name */
	char user[32];		       /* "berkd"; whom root becomes */
	uint8_t priority;	       /* 100; 0: never master */
	enum clock_mode mode;	       /* steer */

	/* [network] */
	uint16_t port;				   /* 5252, UDP */
	struct addr listen[CONFIG_INTERFACES_MAX]; /* none: any */
	size_t n_listen;
	struct config_peer peers[CONFIG_PEERS_MAX]; /* none */
	size_t n_peers;
	bool ipv4, ipv6; /* both */
	bool discovery;	 /* yes */
	/* For discovery.  None: all that can do multicast, except loopback. */
	char interfaces[CONFIG_INTERFACES_MAX][IF_NAMESIZE];
	size_t n_interfaces;
	struct config_asymmetry asymmetries[CONFIG_ASYMMETRIES_MAX]; /* none */
	size_t n_asymmetries;
	bool netlink;			 /* yes */
	enum config_stamps timestamping; /* auto */

	/* [clock] */
	enum config_clock driver;   /* kernel */
	bool allow_rivals;	    /* no: refuse to start beside chronyd, ntpd, ... */
	int64_t poll_ns;	    /* 1 s */
	int64_t poll_ns_min;	    /* 250 ms */
	int64_t precision_ns;	    /* 0: the best at poll */
	int64_t step_threshold_ns;  /* 100 ms; INT64_MAX: never */
	int leap;		    /* 0: slew, 1: ignore */
	int64_t max_first_step_ns;  /* 1 h */
	int64_t max_slew_ppb;	    /* 50000 ppm */
	int64_t max_drift_ppb;	    /* 100 ppm */
	int64_t max_correction_ns;  /* 1 s */
	int64_t max_accumulated_ns; /* 10 s */
	int64_t max_delay_ns;	    /* 500 ms */
	int64_t max_skew_ns;	    /* 10 ms; 0: no alarm */

	/* [virtual]: only with driver = virtual */
	int64_t virtual_offset_ns; /* 0; WALL at start, against the host's CLOCK_REALTIME */
	double virtual_freq_ppm;   /* 0; oscillator error */
	double virtual_wander_ppm; /* 0; random walk per sqrt(s) */
	uint64_t virtual_seed;	   /* 1 */
	char virtual_truth[256];   /* none: not published (struct virtual_truth) */

	/* [control] */
	bool control;		/* yes */
	char control_path[108]; /* /run/berkd/control */
	char status_path[108];	/* /run/berkd/status: read-only methods */
	char control_group[32]; /* "berkd"; empty: root only */

	/* [wait] of berkd-wait-sync.service */
	int64_t wait_bound_ns;	 /* 0: any */
	int wait_hosts;		 /* 1, which is this one */
	int64_t wait_timeout_ns; /* 3 min */

	/* [log] */
	enum config_log log_target; /* auto */
	int log_level;		    /* enum notice_level; info */

	/* [state] */
	bool state;		/* yes */
	char state_dir[256];	/* $STATE_DIRECTORY, else /var/lib/berkd */
	uint64_t history_bytes; /* 16M; 0: none is kept */
};

/* One complaint per call: "FILE:LINE: [section] key: read "x": what is allowed".  What begins with
 * "warning: " is tolerated. */
typedef void (*config_report)(void *userdata, const char *message);

/* The configuration of an empty file on this host.  Call first: config_parse() changes only what
 * its text names. */
void config_defaults(struct config *);
/* Is this address of a peer, with its port, surely this host's own?  A host's own name often
 * leads to 127.0.1.1, and where berkd listens at one address, nobody answers there. */
bool config_is_own_addr(const struct config *, const struct addr *);
