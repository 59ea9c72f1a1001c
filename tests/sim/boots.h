/* boots.h - one run of berksim boots: the first hour of a site, as it was drawn, and what its parts
 * share. */
#pragma once

#include "tests/world/world.h"

#include <stdbool.h>
#include <stdint.h>

#define BOOTS_HOSTS_MAX 9
#define LOOK_NS		(NS_PER_S / 4)

/* What must hold; the table in boots_rules.c has a sentence for each. */
enum rule {
	RULE_FLOOR, /* a */
	RULE_PAIR,  /* b */
	RULE_ALONE,
	RULE_STEP, /* c */
	RULE_UNNAMED,
	RULE_REASON, /* d */
	RULE_OUT,
	RULE_SPREAD,
	RULE_DATE,
	RULE_WORLD, /* e */
	RULE_TWIN,  /* f */
	RULE_CHECK, /* g */
	RULE_MISSED,
	N_RULES
};

/* What is not as in the textbook at this site, one bit each: for the list of the simplest seeds. */
enum feature {
	SITE_WRONG_CLOCK, /* by its date: before the build, or in 2031 */
	SITE_OFF_CLOCK,	  /* by an hour or a day */
	SITE_ORDER,	  /* hosts do not boot together */
	SITE_LATE_LINK,
	SITE_LATE_NAME,
	SITE_HALF, /* only some know each other */
	SITE_DISCOVERY,
	SITE_KEY,
	SITE_CLONE,
	SITE_SILENT_RANK, /* a host of priority 0 */
	SITE_OBSERVER,
	SITE_FORGET,
	SITE_POWER, /* a power cycle */
	SITE_DISK,  /* with the disk lost */
	SITE_CABLE,
	SITE_SPLIT,
	N_FEATURES
};

enum middle { MIDDLE_QUIET, MIDDLE_POWER, MIDDLE_CABLE, MIDDLE_SPLIT };

/* Values of AT_SCRIPT: a command in the high half, a host in the low. */
enum boots_script {
	DO_BOOT,      /* for the first time, or again */
	DO_LINK_UP,   /* and the host is told */
	DO_NAMES,     /* all names that it was to know resolve */
	DO_LINK_DOWN, /* its cable is pulled */
	DO_POWER_OFF,
	DO_QUIT, /* the daemon ends in order ... */
	DO_KILL, /* ... or not */
	DO_SPLIT,
	DO_HEAL, /* the switch; no host is told */
	DO_LOOK,
	DO_END
};

struct boots_host {
	int64_t rtc_error_ns; /* of its hardware clock, against the truth */
	bool rtc_begins_anew; /* when the power goes: it has no battery */
	bool loses_disk;      /* at the power cycle */
	bool has_link;	      /* now */
	uint16_t names;	      /* that it will know */
	bool plausible;	      /* its clock, when it booted last */
	bool misleads;	      /* in any life its clock might have been right, and was not */
	bool misled;	      /* by a group that was ahead: the truth is below its floor */
	bool has_met;	      /* it has opened a session with somebody in this life */
	int64_t stepped_at;
	unsigned n_step_of[STEP_MAX_]; /* steps of this life that were told, by cause ... */
	unsigned n_named, n_steps;     /* ... and all of them, told or not */
	int64_t twin_since;	       /* it reaches two hosts of one identity; -1: it does not */
	int64_t reason_at;	       /* a notice named why it is out; INT64_MIN: none did */
	int64_t together[BOOTS_HOSTS_MAX]; /* with that host since then; -1: they are apart */
	bool met[BOOTS_HOSTS_MAX];	   /* they could have: for so long they were together */
	int64_t there_at[BOOTS_HOSTS_MAX]; /* that peer was there; 0: never ... */
	int64_t led_at;			   /* ... and the master that it follows */
	uint16_t copies;		   /* hosts that had its identity, in any life */
};

struct boots {
	unsigned features;
	bool split;	     /* the switch is in two ... */
	unsigned side;	     /* ... with these hosts at one end */
	int64_t founding_at; /* a master said that the date is found anew */
	int64_t meet_ns;     /* hosts that reach each other for so long have met */
	int64_t end;
	bool all_known; /* each host has the address of each other, on a disk that nobody lost */
	bool failed[N_RULES];
	struct boots_host host[BOOTS_HOSTS_MAX];
};

static inline struct boots *boots_of(const struct world *w)
{
	return w->scenario.user;
}

/* boots_site.c */
/* Draw a site of @n hosts (0: 2 to 9) from @seed, all that will happen there until @b.end, and
 * when it is looked at. */
struct world *boots_site(uint64_t seed, unsigned n, struct boots *b);
/* Print what was drawn. */
void boots_site_print(const struct world *);
const char *boots_feature_name(enum feature);

/* boots_rules.c */
struct rule_info {
	const char *name, *text;
};
const struct rule_info *boots_rule(enum rule);
/* The scenario's look at each effect. */
void boots_rules_effect(struct world *, unsigned i, const struct effect *);
/* A life of host @i is about to begin. */
void boots_rules_boot(struct world *, unsigned i);
/* Its disk was lost: nobody has met this host. */
void boots_rules_new_disk(struct world *, unsigned i);
/* Look at what must hold at any time. */
void boots_rules_look(struct world *);
/* The run is over: what check.h found counts under RULE_WORLD. */
void boots_rules_end(struct world *);

/* boots_end.c */
/* Look at what must hold in the end. */
void boots_end(struct world *);
