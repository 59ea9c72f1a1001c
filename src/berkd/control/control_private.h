/* control_private.h - the inside of control, shared by its methods (status, order, stream). */
#pragma once

#include "berkd/control/grant.h"

#include <systemd/sd-event.h>

#define CONTROL_PRESENT_MAX (NODE_PEERS_MAX + 1)
#define CONTROL_PATH_MAX    sizeof(((struct config *)0)->control_path)

struct present {
	node_id id;
	char name[NODE_NAME_MAX];
	unsigned missed; /* ticks since it was last seen */
};

struct varlink;
struct control_history;

struct control {
	struct control_grant grant;
	sd_event *event;
	mono_t began; /* with the daemon; 0: the clock could not be read then */
	struct varlink *server;
	/* Sockets we made, to be removed in the end; empty: not ours. */
	char own_path[2][CONTROL_PATH_MAX];
	char made_dir[2][CONTROL_PATH_MAX]; /* by us, for the sockets */
	uint64_t chat_shown;		    /* index of the last line that control_on_chat() got */
	/* history.c */
	struct control_history *history;
	unsigned history_stalls_max; /* a test has no patience */
	/* stream.c */
	sd_event_source *tick;
	bool ticking;
	bool has_present; /* chat is followed: who was here at the last look */
	size_t n_present;
	struct present present[CONTROL_PRESENT_MAX];
	size_t n_holder; /* whom each name is known of, when lines were last sent */
	struct present holder[CONTROL_PRESENT_MAX];
};
