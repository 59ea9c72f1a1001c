/* check.c - the verdict of `berkctl check`, of what the daemon says.  The simulator asks it too. */
#include "berkctl/check.h"

#include "berkctl/view.h"

#include "berk/reason.h"
#include "berk/status.h"
#include "berk/time.h"
#include "common/text.h"
#include "common/whom.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LATELY_NS     (60 * NS_PER_S) /* whoever was refused since then is told */
#define ADDRESSES     3		      /* of those who are refused for one reason, named */
#define ADDRESSES_MAX (ADDRESSES * (FORMAT_ADDR_MAX + 2) + 32)
#define CLONE_REMEDY  "remove the state directory on one of them"
#define SILENT_REMEDY "see that berkd runs there and that its packets reach this host"
#define NO_MASTER                                                                                  \
	"there is no master: an election takes some seconds; if none comes, see `berkctl "         \
	"members --all`, and quorum, priority and masters in berkd.conf(5)"
#define UNSEEN_REMEDY                                                                              \
	"see that it is up and that berkd runs there, or, if it is gone for good, run "            \
	"`berkctl forget %s`"

/* What hosts say is escaped in @text; what a daemon says that was taken over may be anything. */
static void add_finding(json_t *findings, const char *text)
{
	char safe[2048];

	(void)json_array_append_new(findings,
				    json_string(text_made_plain(text, safe, sizeof(safe))));
}

/* Whoever has ordered it may have forgotten it. */
static void check_hold(json_t *findings, const json_t *s)
{
	const json_t *h = json_object_get(s, "hold");
	char text[VIEW_MAX + 256], left[FORMAT_MAX], name[VIEW_MAX];
	int64_t uid;

	if (h && view_int(h, "uid", &uid)) {
		(void)snprintf(text, sizeof(text),
			       "the group is held for another %s, as user %" PRId64
			       " on %s has ordered, and no clock is corrected; when that is not "
			       "wanted any more: berkctl resume",
			       view_interval(h, "left_ns", left), uid,
			       view_text(h, "host_name", view_raw(h, "host"), name));
		add_finding(findings, text);
	}
}

static void check_bound(json_t *findings, const json_t *s)
{
	char text[512], a[FORMAT_MAX], b[FORMAT_MAX];
	int64_t bound, skew = view_int_or_0(s, "max_skew_ns");

	if (!view_int(s, "bound_ns", &bound)) {
		add_finding(findings, "the bound of this clock is not known; see `berkctl doctor`");
	} else if (skew > 0 && bound > skew / 2) {
		(void)snprintf(text, sizeof(text),
			       "the bound of this clock, %s, is beyond half of max_skew, %s; "
			       "see `berkctl members -v` on the master",
			       format_interval(bound, a), format_interval(skew / 2, b));
		add_finding(findings, text);
	}
}

/* What the clock lacks to be synchronised comes first, and what only follows from it not at all: a
 * host that is alone has neither a master, nor a majority, nor a bound. */
static void check_status(json_t *findings, const json_t *s)
{
	char text[512];
	int64_t n_alive, n_table;
	bool synced = view_true(s, "synced");
	int lack = view_word(s, "lack", words_lack);

	view_int(s, "n_alive", &n_alive);
	view_int(s, "n_table", &n_table);
	if (!synced) {
		(void)snprintf(text, sizeof(text), "this clock is not synchronised: %s",
			       view_raw(s, "lack_text"));
		add_finding(findings, text);
	} else if (!view_true(s, "date_confirmed")) {
		add_finding(findings, "the date is " CHECK_UNCONFIRMED);
	}
	if (!view_raw(s, "master")[0] && lack != LACK_MASTER && lack != LACK_COMPANY) {
		add_finding(findings, NO_MASTER);
	}
	if (view_true(s, "tripped")) {
		add_finding(findings, text_tripped);
	}
	if (view_true(s, "open_spent")) {
		add_finding(findings, text_open_spent);
	}
	if (view_raw(s, "clock_error")[0]) {
		(void)snprintf(text, sizeof(text), "this clock is not steered: %s",
			       view_raw(s, "clock_error"));
		add_finding(findings, text);
	}
	if (view_true(s, "island") && lack != LACK_COMPANY) {
		(void)snprintf(text, sizeof(text),
			       "the group is split: %" PRId64 " of %" PRId64 " hosts in sight; "
			       "see that the others are up, and the network between; "
			       "`berkctl members` names them",
			       n_alive, n_table);
		add_finding(findings, text);
	}
	if (view_raw(s, "clone")[0]) {
		(void)snprintf(text, sizeof(text),
			       "the host at %s has the identity of this one: " CLONE_REMEDY,
			       view_raw(s, "clone"));
		add_finding(findings, text);
	}
	if (view_raw(s, "state_error")[0]) {
		(void)snprintf(text, sizeof(text),
			       "the state directory %s; berkd works from memory%s; see "
			       "`berkctl doctor`",
			       view_raw(s, "state_error"),
			       view_true(s, "may_vote") ? "" : " and does not vote");
		add_finding(findings, text);
	}
	if (synced) {
		check_bound(findings, s);
	}
}

/* Is nobody else in the table? */
static bool is_alone(const json_t *s)
{
	int64_t n_table;

	return !view_int(s, "n_table", &n_table) || n_table <= 1;
}

/* Is the reason why @m does not count one that somebody should look at? */
static bool is_fault(const json_t *m)
{
	switch (view_word(m, "reason", words_reason)) {
	case REASON_NONE:
	case REASON_NEWCOMER:
	case REASON_TRIMMED:
	case REASON_OBSERVER:
	case REASON_NOT_REFERENCE:
		return false;
	default:
		return true;
	}
}

/* In words; a newer daemon may have others. */
static const char *why_not(const json_t *m)
{
	int reason = view_word(m, "reason", words_reason);

	return reason < 0 ? "see there" : reason_text((enum reason)reason);
}

static bool is_present(const json_t *m)
{
	int state = view_word(m, "state", words_member_state);

	return state == MEMBER_NEW || state == MEMBER_SETTLED;
}

/* Who orders something by name would be asked which of the two he means, and who reads the
 * journal cannot ask. */
static void check_names(json_t *findings, const json_t *members)
{
	for (size_t i = 0; i < json_array_size(members); i++) {
		const json_t *m = json_array_get(members, i);

		for (size_t j = 0; j < i && is_present(m); j++) {
			const json_t *other = json_array_get(members, j);
			char name[VIEW_MAX], text[VIEW_MAX + 256];

			if (!is_present(other) ||
			    !whom_same_name(view_raw(m, "name"), view_raw(other, "name"))) {
				continue;
			}
			(void)snprintf(text, sizeof(text),
				       "two hosts have the name %s, with the ids %s and %s: give "
				       "each a name of its own in [node]",
				       view_host(m, name), view_raw(other, "id"),
				       view_raw(m, "id"));
			add_finding(findings, text);
		}
	}
}

/* Only the host that measures the others tells what is wrong with them; a clone shows to anybody
 * who speaks with both, and a master that is silent to each that it led. */
static void check_members(json_t *findings, const json_t *members, bool synced)
{
	size_t i;
	const json_t *m;

	json_array_foreach(members, i, m)
	{
		char name[VIEW_MAX], text[VIEW_MAX + 256];
		int state = view_word(m, "state", words_member_state);
		bool silent = state == MEMBER_SILENT;

		if (view_raw(m, "clone")[0]) {
			(void)snprintf(
				text, sizeof(text),
				"%s is two hosts with one identity, at %s and %s: " CLONE_REMEDY,
				view_host(m, name), view_raw(m, "address"), view_raw(m, "clone"));
			add_finding(findings, text);
		} else if (state == MEMBER_UNSEEN) {
			(void)snprintf(text, sizeof(text),
				       "%s was in the group, and has not been seen since the "
				       "start: " UNSEEN_REMEDY,
				       view_host(m, name), name);
			add_finding(findings, text);
		} else if (view_true(m, "master") && (silent || state == MEMBER_LEFT)) {
			(void)snprintf(text, sizeof(text), "the master, %s, is %s: " SILENT_REMEDY,
				       view_host(m, name), view_raw(m, "state"));
			add_finding(findings, text);
		} else if (view_true(m, "self") && !synced) {
			continue; /* it was told of what this one lacks */
		} else if (view_true(m, "exact") && (silent || is_fault(m))) {
			(void)snprintf(text, sizeof(text),
				       "%s does not count (%s): %s; see `berkctl why %s`",
				       view_host(m, name),
				       silent ? "silent" : view_raw(m, "reason"),
				       silent ? "it has not answered lately" : why_not(m), name);
			add_finding(findings, text);
		}
	}
}

bool check_peer_is_here(const json_t *peer)
{
	int state = view_word(peer, "state", words_knock);

	return state == KNOCK_MET || state == KNOCK_SELF;
}

static void check_peers(json_t *findings, const json_t *peers)
{
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		char what[4 * VIEW_MAX], a[VIEW_MAX], b[VIEW_MAX], c[VIEW_MAX];
		const char *peer = view_text(p, "peer", "?", a);
		const char *addr = view_text(p, "address", peer, b);
		bool same = strncmp(addr, peer, strlen(peer)) == 0;

		if (check_peer_is_here(p)) {
			continue;
		}
		(void)snprintf(what, sizeof(what), "peer %s%s%s%s, %s: %s", same ? "" : peer,
			       same ? "" : " (", addr, same ? "" : ")", view_raw(p, "state"),
			       view_text(p, "text", "", c));
		add_finding(findings, what);
	}
}

/* Is the peer at the address @addr one that check_peers() has told of? */
static bool is_told(const json_t *peers, const char *addr)
{
	size_t i;
	const json_t *p;

	json_array_foreach(peers, i, p)
	{
		if (!check_peer_is_here(p) && strcmp(view_raw(p, "address"), addr) == 0) {
			return true;
		}
	}
	return false;
}

/* Is it one to tell of, with what is known besides?  Another group on the same network is no fault,
 * unless this host is @alone; and that a revoked host is refused is what somebody has ordered. */
static bool is_refused_lately(const json_t *r, const json_t *peers, bool alone)
{
	int why = view_word(r, "reason", words_knock);
	int64_t ago;

	return view_int(r, "last_ago_ns", &ago) && ago <= LATELY_NS &&
	       (why != KNOCK_OTHER_GROUP || alone) && why != KNOCK_REVOKED &&
	       !is_told(peers, view_raw(r, "address"));
}

/* The addresses of those rows of @refused that are to be told of for the reason of row @from.
 * False: an earlier row has told of them. */
static bool list_refused(const json_t *refused, size_t from, const json_t *peers, bool alone,
			 char ret[static ADDRESSES_MAX])
{
	const char *why = view_raw(json_array_get(refused, from), "reason");
	size_t i, len = 0, n = 0;
	const json_t *r;

	json_array_foreach(refused, i, r)
	{
		if (strcmp(view_raw(r, "reason"), why) != 0 ||
		    !is_refused_lately(r, peers, alone)) {
			continue;
		}
		if (i < from) {
			return false;
		}
		if (n++ < ADDRESSES) {
			len += (size_t)snprintf(ret + len, ADDRESSES_MAX - len, "%s%.*s",
						len > 0 ? ", " : "", FORMAT_ADDR_MAX - 1,
						view_raw(r, "address"));
		}
	}
	if (n > ADDRESSES) {
		(void)snprintf(ret + len, ADDRESSES_MAX - len, " and %zu more", n - ADDRESSES);
	}
	return true;
}

/* One finding for each reason: a host calls from all of its addresses. */
static void check_knocks(json_t *findings, const json_t *knocks, bool alone)
{
	const json_t *peers = json_object_get(knocks, "peers");
	const json_t *refused = json_object_get(knocks, "refused"), *r;
	size_t i;

	check_peers(findings, peers);
	json_array_foreach(refused, i, r)
	{
		char what[ADDRESSES_MAX + 2 * VIEW_MAX], who[ADDRESSES_MAX], text[VIEW_MAX];

		if (is_refused_lately(r, peers, alone) &&
		    list_refused(refused, i, peers, alone, who)) {
			(void)snprintf(what, sizeof(what), "refused %s, %s: %s", who,
				       view_raw(r, "reason"), view_text(r, "text", "", text));
			add_finding(findings, what);
		}
	}
}

json_t *check_findings(const json_t *status, const json_t *members, const json_t *knocks)
{
	json_t *findings = json_array();

	check_status(findings, status);
	check_hold(findings, status);
	check_members(findings, members, view_true(status, "synced"));
	check_names(findings, members);
	check_knocks(findings, knocks, is_alone(status));
	return findings;
}
