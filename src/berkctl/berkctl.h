/* berkctl.h - what the commands of berkctl share. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit statuses; berkctl(1) documents them. */
enum {
	CTL_OK = 0,
	CTL_FAILED = 1, /* the daemon refused, or check or doctor found something */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3, /* no daemon there, or no permission */
	CTL_TIMED_OUT = 4,
};

struct command;
struct ctl {
	const struct command *commands; /* for completion: all, up to one without a name */
	const char *socket;		/* NULL: the default one, which depends on the command */
	bool json, verbose;
	bool colour;
	bool follow;
	bool all;
	bool step, from_rtc; /* of settime */
	bool dry_run;	     /* and of other orders, trust, setup, join and leave */
	bool undo;	     /* of revoke and invite */
	bool yes;	     /* of setup, join and leave: do not ask */
	bool qr;	     /* of setup and invite */
	bool configured;     /* of waitsync */
	const char *host;    /* of history and plot; NULL: all */
	const char *to;	     /* of say: the one host that it is for; NULL: all */
	const char *svg;     /* of plot: the file; NULL: on the terminal */
	const char *config;  /* of trust, doctor, setup and the like; NULL: the system's */
	int64_t history;     /* this and what follows: -1 when it is not given */
	int64_t limit;
	int64_t since_ns; /* how long ago */
	int64_t timeout_ns;
	int64_t bound_ns;
	int64_t hosts;
	int64_t interval_ns;
	int argc; /* arguments after the command */
	char **argv;
};

/* --- ask.c: how a command talks to the daemon.  All of these print errors to stderr. --- */

struct client;

/* How long a daemon may take to answer: long enough for a reload that looks names up. */
#define CTL_ANSWER_MS 15000
/* A stream that says nothing for so long is asked after by ctl_is_alive(). */
#define CTL_SILENT_MS 10000

/* Connect to the daemon.  @changes: the command is an order, so it needs the control socket.  NULL
 * when there is no connection; the reason was printed. */
struct client *ctl_connect(const struct ctl *, bool changes);
/* Connect for questions within @limit_ms, and print nothing: NULL and @ret_error, a negative errno,
 * when there is no connection. */
struct client *ctl_reach(const struct ctl *, int limit_ms, int *ret_error);
/* Connect, call @method, and give the parameters of the answer in @ret, which the caller frees.  An
 * order is given again, for 7 s, while one before it is under way.  CTL_OK or an exit status. */
int ctl_ask(const struct ctl *, bool changes, const char *method, json_t *parameters, json_t **ret);
/* The same over a connection that is there already.  CTL_UNREACHABLE: there was no answer, but what
 * was asked for may be done all the same, now or later. */
int ctl_ask_over(struct client *, const char *method, json_t *parameters, json_t **ret);
/* Does the daemon answer a question at all, within 5 s?  Call when a stream is silent.  Prints
 * nothing. */
bool ctl_is_alive(const struct ctl *);
/* Print that the connection is of no more use, by @error, a negative errno: -ETIMEDOUT: the
 * daemon does not answer.  Returns CTL_UNREACHABLE. */
int ctl_lost(int error);
/* Print what the error means that client_next() gave; returns the exit status. */
int ctl_complain(const char *error, const json_t *parameters);
/* Print @j for programs: indented, or, as part of a stream (@line), in one line that is flushed.
 * Returns CTL_OK. */
int ctl_print_json(const json_t *j, bool line);

/* --- The commands.  Each returns an exit status. --- */

int cmd_status(const struct ctl *);
int cmd_check(const struct ctl *);
int cmd_doctor(const struct ctl *);
int cmd_metrics(const struct ctl *);
int cmd_members(const struct ctl *);
int cmd_why(const struct ctl *);
int cmd_diff(const struct ctl *);
int cmd_rounds(const struct ctl *);
int cmd_history(const struct ctl *);
int cmd_plot(const struct ctl *);
int cmd_monitor(const struct ctl *);
int cmd_top(const struct ctl *);
int cmd_waitsync(const struct ctl *);
int cmd_transfer(const struct ctl *);
int cmd_stepdown(const struct ctl *);
int cmd_step(const struct ctl *);
int cmd_settime(const struct ctl *);
int cmd_forget(const struct ctl *);
int cmd_exclude(const struct ctl *);
int cmd_include(const struct ctl *);
int cmd_hold(const struct ctl *);
int cmd_resume(const struct ctl *);
int cmd_reload(const struct ctl *);
int cmd_trace(const struct ctl *);
int cmd_keygen(const struct ctl *);
int cmd_trust(const struct ctl *);
int cmd_revoke(const struct ctl *);
int cmd_setup(const struct ctl *);
int cmd_invite(const struct ctl *);
int cmd_join(const struct ctl *);
int cmd_leave(const struct ctl *);
int cmd_chat(const struct ctl *);
int cmd_say(const struct ctl *);
int cmd_completion(const struct ctl *);
int cmd_version(const struct ctl *);
