/* daemon.h - owns the loop, the node and every part of the shell; feeds events, applies effects. */
#pragma once

#include "berk/node.h"
#include "berkd/clock/clock.h"
#include "berkd/config/config.h"
#include "berkd/host/notify.h"

#include <systemd/sd-event.h>

struct udp;
struct link_watch;
struct clock_watch;
struct resolver;
struct state;
struct control;

struct daemon {
	sd_event *event;
	struct config config;
	struct node *node;
	struct clock *clock;
	struct udp *udp;
	struct link_watch *link;
	struct clock_watch *clock_watch;
	struct state *state;
	struct control *control; /* NULL: switched off */
	struct node_effects fx;
	sd_event_source *timer;
	bool reloading;

	/* daemon.c's own. */
	struct resolver *resolver;
	struct node_storage storage;
	bool feeding;	   /* inside node_step() or its effects */
	bool stopping;	   /* EV_STOP is being carried out */
	bool term_unsaved; /* the disk refused it; tried again */
	uint64_t term;
	int64_t freq_ppb;      /* last FX_ADJ_FREQ, to be put back when another hand changed it */
	int touched;	       /* clock_ops.check() of this step; 0: nothing */
	int64_t touched_value; /* what it read */
	int log_level;	       /* enum notice_level shown; ORDER_TRACE sets it */
	char status_text[NOTIFY_STATUS_MAX];
};

/* Everything opened, nothing said to anybody yet.  0 or negative errno; -EINVAL, -EPERM and -EBUSY
 * (a rival daemon) are matters of configuration, which a restart does not mend. */
int daemon_new(const struct config *, struct daemon **ret);
struct daemon *daemon_free(struct daemon *);
/* Until SIGTERM or SIGINT: 0. */
int daemon_run(struct daemon *);

/* Fill ev->now, pair, read_error_ns and rnd. */
int daemon_stamp_event(struct daemon *, struct node_event *ev);
/* node_step() and all its effects; re-arms the timer.  Returns the verdict for EV_ORDER. */
enum order_verdict daemon_feed(struct daemon *, struct node_event *ev);
/* Read the configuration again.  @report is told what was refused or needs a restart. 0 or negative
 * errno. */
int daemon_reload(struct daemon *, config_report report, void *userdata);
/* effects.c: carry out d->fx, in its order. */
void daemon_apply(struct daemon *);

/* control.c: a varlink server on two sockets; knows nothing of UDP or the clock. */
int control_new(struct daemon *, struct control **ret);
struct control *control_free(struct control *);
/* Told by daemon_feed(): feeds the streams of monitor and chat follow. */
void control_on_notice(struct control *, const struct notice *, const char *text);
void control_on_chat(struct control *, const struct wire_chat_line *);
