/* judge_group.c - is the clock on group time, who answers, and over which paths. */
#include "berkctl/doctor/judge_parts.h"

#include "berk/time.h"
#include "berkctl/check.h"
#include "berkctl/view.h"

#include <stdio.h>
#include <string.h>

#define AREA	     "group"
#define PEERS_AREA   "peers"
#define ASYMMETRY_NS (20 * NS_PER_US) /* less is of cards and switches */

/* What is wrong in words of `berkctl check`, which name the remedy. */
static void judge_check(json_t *list, const struct facts_daemon *d)
{
	const json_t *members = json_object_get(d->members, "members");
	json_t *findings = check_findings(d->status, members, d->knocks);
	char text[4 * VIEW_MAX];
	const json_t *f;
	size_t i;

	json_array_foreach(findings, i, f)
	{
		const char *raw = json_string_value(f);

		(void)snprintf(text, sizeof(text), "%s", raw ? raw : "");
		text[strcspn(text, "\n")] = '\0';
		size_t len = strlen(text);

		finding_add(list, GRADE_FAILURE, AREA, "check",
			    "berkctl check says: %s%s\n"
			    "Do what that says; berkctl status, berkctl members --all and berkctl "
			    "why HOST show more.",
			    text, len > 0 && text[len - 1] == '.' ? "" : ".");
	}
	json_decref(findings);
}

/* Group time is of oscillators, too, so either may be what is off. */
static void judge_oscillator(json_t *list, const struct config *c, const json_t *s)
{
	char is[FORMAT_MAX], max[FORMAT_MAX];
	int64_t ppb;

	if (!view_int(s, "oscillator_ppb", &ppb)) {
		return;
	}
	(void)view_ppm(s, "oscillator_ppb", is);
	(void)format_ppm(c->max_drift_ppb, max);
	if (ns_abs(ppb) > 2 * c->max_drift_ppb) {
		finding_add(
			list, GRADE_FAILURE, AREA, "oscillator",
			"The oscillator of this host is %s from group time, and oscillators that "
			"keep max_drift, %s, are no more than twice that apart: no bound holds.\n"
			"See in berkctl members which host is far from the others, and replace "
			"its board; or raise max_drift in [clock] on all hosts.",
			is, max);
	} else if (ns_abs(ppb) > c->max_drift_ppb) {
		finding_add(
			list, GRADE_WARNING, AREA, "oscillator-far",
			"The oscillator of this host is %s from group time, more than max_drift, "
			"%s: this one, or those of the others, may be worse than the bounds "
			"allow for.\n"
			"See in berkctl members which host is far from the others; or raise "
			"max_drift in [clock] on all hosts.",
			is, max);
	}
}

/* --- Paths --- */

static void judge_path(json_t *list, const struct config *c, const json_t *m)
{
	char name[VIEW_MAX], delay[FORMAT_MAX], max[FORMAT_MAX], closure[FORMAT_MAX];
	int64_t delay_ns, closure_ns;

	if (view_true(m, "self") || !view_int(m, "delay_ns", &delay_ns)) {
		return;
	}
	(void)view_host(m, name);
	(void)view_interval(m, "delay_ns", delay);
	if (delay_ns > c->max_delay_ns / 2) {
		finding_add(
			list, GRADE_WARNING, PEERS_AREA, "delay",
			"The round trip to %s takes %s; beyond max_delay, %s, the host does not "
			"count.\n"
			"Look for the slow link: ping and tracepath to it; or raise max_delay in "
			"[clock] on all hosts.",
			name, delay, format_interval(c->max_delay_ns, max));
	}
	if (view_int(m, "closure_ns", &closure_ns) && ns_abs(closure_ns) > ASYMMETRY_NS &&
	    ns_abs(closure_ns) > delay_ns / 4) {
		finding_add(list, GRADE_WARNING, PEERS_AREA, "asymmetry",
			    "The path to %s takes longer one way than the other: the closure of "
			    "its loop with master and deputy is %s, at a round trip of %s.\nLet "
			    "both ways go over the same link; where that cannot be, set the "
			    "difference with asymmetry in [network], see berkd.conf(5).",
			    name, format_interval(ns_abs(closure_ns), closure), delay);
	}
	if (c->timestamping != CONFIG_STAMPS_USER && strcmp(view_raw(m, "stamps"), "user") == 0) {
		finding_add(list, GRADE_WARNING, PEERS_AREA, "stamps",
			    "The packets to and from %s have no time stamps of the kernel, so the "
			    "bounds are wider.\nSee the findings on time stamps for the network "
			    "card that they go through.",
			    name);
	}
}

/* Then judge_net() has told of it. */
static bool has_firewall(const struct facts_net *f)
{
	return f->filter || (f->input_drops && !f->names_port);
}

/* Not one packet came in, and some went out: this is what a firewall looks like. */
static void judge_traffic(json_t *list, const struct doctor_facts *facts)
{
	const json_t *s = facts->daemon.status;
	int64_t n_rx = view_int_or_0(s, "n_rx"), n_tx = view_int_or_0(s, "n_tx");
	unsigned port = facts->config.config.port;

	if (n_tx > 0 && n_rx == 0 && !has_firewall(&facts->net)) {
		finding_add(
			list, GRADE_FAILURE, PEERS_AREA, "nothing-came",
			"berkd has sent packets, and not one has come in: no other host is up, "
			"or a firewall or switch keeps UDP port %u from this host.\n"
			"See whether any arrive: tcpdump -n udp port %u. If they do, open the "
			"port in the firewall of this host; if not, look at the others, and name "
			"them in peers where multicast does not reach.",
			port, port);
	}
}

/* The worst of paths that are all good. */
static void tell_paths(json_t *list, const json_t *members)
{
	int64_t delay_ns, closure_ns, most_ns = 0, widest_ns = 0;
	char delay[FORMAT_MAX], closure[FORMAT_MAX];
	bool known = false;
	unsigned n = 0;
	const json_t *m;
	size_t i;

	json_array_foreach(members, i, m)
	{
		if (!view_true(m, "self") && view_int(m, "delay_ns", &delay_ns)) {
			known = view_int(m, "closure_ns", &closure_ns) || known;
			most_ns = ns_max(most_ns, delay_ns);
			widest_ns = ns_max(widest_ns, ns_abs(closure_ns));
			n++;
		}
	}
	if (n == 0) {
		finding_add(list, GRADE_OK, PEERS_AREA, "peers",
			    "Packets come and go; no path was measured from here.");
		return;
	}
	finding_add(list, GRADE_OK, PEERS_AREA, "peers",
		    "Packets come and go over %u path%s: the longest round trip takes %s, and the "
		    "largest asymmetry of a loop is %s.",
		    n, n == 1 ? "" : "s", format_interval(most_ns, delay),
		    known ? format_interval(widest_ns, closure) : "not known here");
}

void judge_group(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_daemon *d = &facts->daemon;
	const json_t *members = json_object_get(d->members, "members");
	char bound[FORMAT_MAX];
	const json_t *m;
	size_t i;

	if (!d->status) {
		return; /* judge_daemon() has said so */
	}
	judge_check(list, d);
	judge_oscillator(list, &facts->config.config, d->status);
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "check",
			    "This clock is within %s of group time, and each member is in order.",
			    view_interval(d->status, "bound_ns", bound));
	}
	judge_traffic(list, facts);
	json_array_foreach(members, i, m)
	{
		judge_path(list, &facts->config.config, m);
	}
	if (!findings_have(list, PEERS_AREA)) {
		tell_paths(list, members);
	}
}
