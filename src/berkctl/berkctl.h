/* berkctl.h - what the commands of berkctl share. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit statuses; berkctl(1) documents them. */
enum {
	CTL_OK = 0,
	CTL_FAILED = 1, /* the daemon refused, or check found something */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3, /* no daemon there, or no permission */
	CTL_TIMED_OUT = 4,
};

struct ctl {
	const char *socket; /* NULL: control or status socket, as the command needs */
	bool json, verbose;
	bool colour;
	bool follow;
	int64_t history;     /* -1: not given */
	int64_t limit;	     /* -1 */
	int64_t timeout_ns;  /* -1 */
	int64_t bound_ns;    /* -1 */
	int64_t interval_ns; /* -1 */
	int argc;	     /* arguments after the command */
	char **argv;
};

/* --- main.c: talking to the daemon for a command; all print what went wrong to stderr --- */

struct client;

/* Connect; @changes: an order, so the control socket is needed.  NULL: said why. */
struct client *ctl_connect(const struct ctl *, bool changes);
/* Connect, call, and give the answer's parameters (the caller's).  CTL_OK or an exit status. */
int ctl_ask(const struct ctl *, bool changes, const char *method, json_t *parameters, json_t **ret);
/* Say what the error answer @error (one that client_next() gave) means; returns the exit status. */
int ctl_complain(const char *error, const json_t *parameters);
/* Print @j for programs: pretty, or one line of a stream (@line, flushed).  Returns CTL_OK. */
int ctl_print_json(const json_t *j, bool line);

/* --- Commands: return an exit status --- */

int cmd_status(const struct ctl *);
int cmd_check(const struct ctl *);
int cmd_metrics(const struct ctl *);
int cmd_members(const struct ctl *);
int cmd_why(const struct ctl *);
int cmd_diff(const struct ctl *);
int cmd_rounds(const struct ctl *);
int cmd_monitor(const struct ctl *);
int cmd_waitsync(const struct ctl *);
int cmd_transfer(const struct ctl *);
int cmd_stepdown(const struct ctl *);
int cmd_step(const struct ctl *);
int cmd_exclude(const struct ctl *);
int cmd_include(const struct ctl *);
int cmd_reload(const struct ctl *);
int cmd_trace(const struct ctl *);
int cmd_keygen(const struct ctl *);
int cmd_chat(const struct ctl *);
int cmd_version(const struct ctl *);
