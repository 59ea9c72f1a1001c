/* screens.h - the real commands of berkctl, over the real socket, of a node on the stage that
 * follows a puppet. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkd/config/load.h"
#include "berkd/control/control.h"
#include "tests/world/reign.h"

struct screens {
	struct reign reign; /* first: the stage's callback gets this */
	struct config config;
	sd_event *event;
	struct control *control;
	char dir[64];
	char text[16384]; /* what the last command printed */
	struct notice corrected;
	int history_dir;	   /* of its file; -1: none is kept */
	const struct saver *saver; /* for open_control() */
	/* What a reload does: it gives the number of the reload; and in each turn of the loop. */
	unsigned (*reload)(struct screens *);
	void (*reloading)(struct screens *);
	unsigned n_reloads;   /* for them to count in */
	unsigned n_forgotten; /* times that an order to forget was told to the daemon */
};

/* A fixture for cmocka: puppet 0 leads the node, which has met puppet 1, too. */
int open_screens(void **state);
int close_screens(void **state);
/* The same with so many puppets, all of whom the node has met. */
int open_screens_of(void **state, unsigned n_puppets);
/* The two halves of closing, for who opens another stage. */
void close_stage(struct screens *);
void open_control(struct screens *);

/* Run @cmd in a process of its own and serve it until it ends, or has printed @until. */
int run(struct screens *, int (*cmd)(const struct ctl *), struct ctl, const char *until);
extern const struct ctl plain;
struct ctl json(void);
void assert_shows(const struct screens *, const char *wanted);
void assert_hides(const struct screens *, const char *unwanted);

/* An entry of the master's roster for puppet 1: settled, and as good as it gets. */
struct wire_roster_entry entry_of_other(const struct screens *);
/* The master says it. */
void list(struct screens *, const struct wire_roster_entry *);
