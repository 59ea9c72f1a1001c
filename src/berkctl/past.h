/* past.h - a part of the daemon's history: a line of figures for each host, and events. */
#pragma once

#include "berkctl/berkctl.h"
#include "berkctl/view.h"

#define PAST_HOSTS_MAX 64 /* that are drawn; past->n_left_out tells how many were not */

/* One interval of a host. */
struct past_point {
	int64_t at_ns; /* group time */
	int64_t life;
	int64_t lo_ns, hi_ns; /* the offset was between these */
	int64_t offset_ns;    /* in the last sample */
	int64_t bound_ns;     /* -1: not known */
	bool master, deputy;
	bool known;	 /* lo_ns and hi_ns are */
	bool has_offset; /* offset_ns is */
};

struct past_host {
	char id[VIEW_MAX], name[VIEW_MAX]; /* fit to be shown */
	struct past_point *point;
	size_t n, size;
};

struct past_event {
	int64_t at_ns;
	size_t host;	 /* whom it is about; PAST_HOSTS_MAX: nobody who has points */
	const json_t *j; /* of past->entries */
};

struct past {
	json_t *entries; /* of all answers */
	int64_t since_ns, until_ns, interval_ns;
	bool cut; /* there was more */
	struct past_host host[PAST_HOSTS_MAX];
	size_t n_host, n_left_out;
	struct past_event *event;
	size_t n_event;
};

/* How far back is asked for: as --since says, or one hour. */
int64_t past_span_ns(const struct ctl *);
/* Ask the daemon for the last past_span_ns(), of --host if it is given, and for the newest @limit
 * entries, with one of a host for each @interval_ns.  CTL_OK, or an exit status; errors were
 * printed.  Call past_fini() in any case. */
int past_ask(const struct ctl *, int64_t interval_ns, int64_t limit, struct past *ret);
/* Take hosts, by their names, and events out of past->entries.  False when memory is out. */
bool past_sort(struct past *);
void past_fini(struct past *);
/* The instant as a person reads it who looks back so far: with the date, if it is long ago. */
const char *past_time(const struct past *, int64_t at_ns, char buf[static FORMAT_DATE_MAX]);
/* All that was answered, as one object. */
void past_print_json(const struct past *);
/* That there was more, on standard error. */
void past_tell_cut(const struct past *);
