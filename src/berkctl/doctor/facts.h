/* facts.h - what `berkctl doctor` has seen of this host.  look.h fills it, judge.h reads it. */
#pragma once

#include "berkd/config/config.h"
#include "berkd/host/rival.h"

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACTS_ADDRS_MAX	     256
#define FACTS_INTERFACES_MAX 64
#define FACTS_RIVALS_MAX     8
#define FACTS_TEXT_MAX	     128
/* What cannot be seen, because this user may not, or it is not there. */
#define FACTS_UNKNOWN	     (-1)

/* What the files say. */
struct facts_config {
	const char *path;
	struct config config; /* where it is not loaded: the defaults */
	bool loaded;
	int error;		   /* why not: a negative errno */
	json_t *errors, *warnings; /* of the loader */
	json_t *key_errors;	   /* of the key file */
	json_t *odd;		   /* names in the folder of drop-ins that berkd passes over */
	unsigned n_dropins;
	bool is_root;	  /* else nobody can be tried in the daemon's place */
	bool user_exists; /* the daemon's */
	bool tried;	  /* the next two are known */
	int as_user;	  /* that user can read the files: 0, or a negative errno */
	int as_user_key;  /* and the key file */
	bool has_key;	  /* of the group */
	bool key_unseen;  /* this user cannot read it, and root could */
};

/* What the daemon says. */
struct facts_daemon {
	int error; /* 0: it answers, or a negative errno */
	pid_t pid; /* who answers; 0: not known */
	char socket[FACTS_TEXT_MAX];
	json_t *status, *members, *knocks; /* NULL: not asked, or no answer */
	bool installed, enabled;	   /* its unit */
	const char *version;		   /* of this berkctl */
};

struct facts_interface {
	char name[IF_NAMESIZE];
	bool up, carrier, multicast, loopback;
	bool has_stamps;   /* the next two are known */
	unsigned stamps;   /* SOF_TIMESTAMPING_... */
	int phc;	   /* N of /dev/ptpN; -1: none */
	bool phc_there;	   /* that device */
	bool phc_readable; /* by the user of the daemon */
	bool joined[2];	   /* the group of IPv4, of IPv6 */
	bool has_joined;   /* that is known */
};

/* A name of peers =, as this host resolves it now. */
struct facts_name {
	int error; /* of getaddrinfo(): EAI_... */
	bool ipv4, ipv6;
	bool loopback; /* it is, or one of its addresses */
};

struct facts_net {
	bool has_addrs; /* else they cannot be listed */
	struct addr addr[FACTS_ADDRS_MAX];
	size_t n_addrs;
	struct facts_interface interface[FACTS_INTERFACES_MAX];
	size_t n_interfaces;
	struct facts_name name[CONFIG_PEERS_MAX]; /* of config.peers, by index */
	bool has_sockets;
	unsigned n_sockets; /* that are bound to the port */
	int64_t n_dropped;  /* packets that the kernel did not queue for them */
	bool ipv6_off;
	/* Of nftables: a chain drops what comes in, and a rule names the port; false: none seen. */
	bool input_drops, names_port;
	const char *filter; /* a firewall that is on, a constant; NULL: none was seen */
};

struct facts_clock {
	struct rival rival[FACTS_RIVALS_MAX];
	size_t n_rivals;
	json_t *enabled;					/* complaints on units of others */
	char source[FACTS_TEXT_MAX], available[FACTS_TEXT_MAX]; /* "": not known */
	bool vmclock, vmclock_readable; /* the page of the hypervisor is there, and for that user */
	int64_t read_ns;		/* what one reading takes */
	int may_set; /* has this container, or host, CAP_SYS_TIME at all?  1, 0, FACTS_UNKNOWN */
	char release[FACTS_TEXT_MAX]; /* of the kernel */
};

struct facts_rtc {
	bool present;
	bool readable;
	double ahead_s; /* of WALL */
	bool local;	/* it keeps local time */
	bool empty;	/* its battery */
};

struct facts_disk {
	int error; /* of the state directory; negative errno: -EACCES: this user may not look */
	bool folder, ours, open; /* it is one; the daemon's user owns it; others may write there */
	bool read_only;
	int64_t free_bytes, free_files; /* FACTS_UNKNOWN */
	json_t *damaged;		/* names of files that were set aside */
	bool seen_inside;		/* the last one, and the next two, are known */
	bool has_identity;
	unsigned identity_mode;
	bool machine_id; /* this machine has one */
};

struct doctor_facts {
	struct facts_config config;
	struct facts_daemon daemon;
	struct facts_net net;
	struct facts_clock clock;
	struct facts_rtc rtc;
	struct facts_disk disk;
};
