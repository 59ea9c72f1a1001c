/* daemon_private.h - what the daemon owns, as the files that feed it and carry out its effects
 * share it: feed, effects, steer, contacts, daemon_reload, daemon. */
#pragma once

#include "berk/node.h"
#include "berkd/clock/clock.h"
#include "berkd/clock/owed.h"
#include "berkd/config/config.h"
#include "berkd/host/notify.h"
#include "berkd/host/privilege.h"

#include <systemd/sd-event.h>

struct daemon {
	sd_event *event;
	sd_event_source *timer;
	struct config config;
	struct privilege_user user; /* whom it becomes */
	struct node *node;
	struct node_storage storage; /* of the node */
	struct clock *clock;
	struct clock_watch *clock_watch;
	struct udp *udp;
	struct link_watch *link;
	struct resolver *resolver;
	struct state *state; /* while the daemon runs, to be asked through its saver */
	struct saver *saver;
	struct held *held;
	struct chat_saver *chat_saver;
	struct reload *reload;
	struct control *control; /* NULL: switched off */

	/* disk.c */
	sd_event_source *disk_timer;
	bool disk_failed;  /* people were told that the state directory cannot be written */
	bool disk_forgets; /* ... and that it lacks who is revoked */
	bool disk_mute;	   /* the core was told that it must not promise anything */

	/* feed.c */
	bool feeding;  /* inside node_step() or its effects */
	bool stopping; /* EV_STOP is being carried out */
	struct node_effects fx;

	/* steer.c */
	sd_event_source *owed_timer;
	struct owed owed; /* of what the core wants of the clock */

	/* history.c */
	struct history_saver *history_saver; /* NULL: no history is kept */
	int history_dir;		     /* of its file, which is the state's; or -1 */
	mono_t history_sampled;		     /* of the last sample */
	unsigned history_events;	     /* since then */

	/* effects.c */
	enum clock_touched touched; /* by another hand, in this step */
	int64_t touched_value;	    /* what was read there */
	char status_text[NOTIFY_STATUS_MAX];
};
