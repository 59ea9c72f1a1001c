/* grant.h - what the daemon lets control see and do.  Control knows nothing else of it. */
#pragma once

#include "berkd/config/config.h"

struct saver;

struct control_grant {
	const struct node *node;     /* to be looked at only, between two steps */
	const struct config *config; /* in force; a reload changes it in place */
	const char *clock;	     /* name of the clock driver */
	const struct saver *saver;   /* to be looked at only; NULL: none */
	void *userdata;		     /* of all that follows */
	/* The time and both clocks now.  0 or negative errno. */
	int (*read_clocks)(void *userdata, mono_t *ret_now, struct clock_pair *ret);
	/* Carry out an order: the event is complete but for type, time and random bytes.  0, or
	 * negative errno when the clock cannot be read. */
	int (*order)(void *userdata, struct node_event *, struct order_outcome *ret);
	/* That the configured peer of that number is not here counts no more until it is.
	 * False: it is here.  With @dry_run nothing is done. */
	bool (*forgive)(void *userdata, size_t peer, bool dry_run);
	/* That host (0: all that are out of sight) was forgotten by an order, and so are the
	 * configured peers that it is. */
	void (*forgotten)(void *userdata, node_id host);
	/* Have the configuration read again.  The number of this reload, whose end
	 * control_on_reloaded() tells later; 0: there will be none, for want of a thread. */
	unsigned (*reload)(void *userdata);
	/* Tell notices down to this level from now on, until the next reload. */
	void (*trace)(void *userdata, enum notice_level);
	/* The folder of the history; -1, and NULL itself: none is kept. */
	int (*history_directory)(void *userdata);
	/* That the clock is not steered, why, and what to do; NULL: it is.  NULL itself: it always
	 * is. */
	const char *(*clock_error)(void *userdata);
};
