/* boots_rules.c - what must hold at any time in the first hour of a site.  Evidence, not belief:
 * nobody claims what it cannot know.
 *
 * Of two hosts that never could have met, neither can know of the other: RULE_PAIR is not asked
 * of them.  It is the one excuse, and it is not given where each host is configured with the
 * addresses of all: what is configured and out of sight counts as being there.  Two hosts have
 * met when packets could pass between them, over others that they both can reach too, for
 * meet_ns on end; a host with a new disk has met nobody.  Once met, never strangers again: not
 * by a restart, a split or `forget`; but who goes over to a master whom the other has not met is
 * a stranger to it until that is done. */
#include "tests/sim/boots_rules.h"
#include "tests/sim/says.h"

#include "common/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CALL_NS		  (38 * NS_PER_S) /* between two calls to who does not answer, at most */
#define MISSED_NS	  (10 * NS_PER_S) /* until check misses who was here */
#define SAMPLES_A_VERDICT 32

static const struct rule_info rules[N_RULES] = {
	[RULE_FLOOR] = {"a floor", "no clock that may be right is moved below its floor of time"},
	[RULE_PAIR] = {"b pair",
		       "nobody is synced while it and another differ by more than their bounds"},
	[RULE_ALONE] = {"b alone", "nobody is synced that has met nobody"},
	[RULE_STEP] = {"c step", "a life has one step at most, but for decisions with a name"},
	[RULE_UNNAMED] = {"c name", "each step is told"},
	[RULE_REASON] = {"d reason", "who is out at the end is not synced, and a reason was told"},
	[RULE_OUT] = {"d out", "who could be in the group at the end is in"},
	[RULE_SPREAD] = {"d one", "the group has one time at the end"},
	[RULE_DATE] = {"d date",
		       "the group has the right date if all clocks that may be right have it"},
	[RULE_WORLD] = {"e group", "what ARCHITECTURE.md lists, but for the bound"},
	[RULE_TWIN] = {"f twin",
		       "whoever reaches two hosts of one identity, or is one of them, knows it"},
	[RULE_CHECK] = {"g check",
			"check is not OK while the host and another differ by more than their "
			"bounds"},
	[RULE_MISSED] = {"g missed",
			 "check is not OK while a configured peer, or the master, is missing"},
};

const struct rule_info *boots_rule(enum rule r)
{
	return &rules[r];
}

bool boots_has_clone(const struct world *w)
{
	return boots_of(w)->features >> SITE_CLONE & 1;
}

void boots_broke(struct world *w, enum rule r, const char *format, ...)
{
	struct boots *b = boots_of(w);
	char text[200];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	if (w->verbose && !b->failed[r]) {
		printf("%14.6f -- BROKEN %s: %s\n", (double)w->now / 1e9, rules[r].name, text);
		world_describe(w);
	}
	b->failed[r] = true;
	world_fail(w, "%s: %s", rules[r].name, text);
}

bool boots_may_be_right(const struct world *w, unsigned i, int64_t wall)
{
	return wall >= host_floor(w, i) && wall <= WORLD_LAST;
}

static bool same_key(const struct world *w, unsigned i, unsigned k)
{
	return memcmp(w->host[i].config.group_key, w->host[k].config.group_key, KEY_LEN) == 0;
}

static bool same_secret(const struct world *w, unsigned i, unsigned k)
{
	return memcmp(w->host[i].config.secret, w->host[k].config.secret, KEY_LEN) == 0;
}

/* --- a, c: steps --- */

static void look_at_step(struct world *w, unsigned i, int64_t step_ns)
{
	int64_t after = world_wall(w, i).ns, before = after - step_ns;

	boots_of(w)->host[i].n_steps++;
	if (boots_may_be_right(w, i, before) && !boots_may_be_right(w, i, after)) {
		boots_broke(
			w, RULE_FLOOR,
			"h%u, off by %.3f s, is stepped by %.3f s; its floor is %.3f s before the "
			"truth",
			i, (double)(before - WORLD_WALL - w->now) / 1e9, (double)step_ns / 1e9,
			(double)(WORLD_WALL + w->now - host_floor(w, i)) / 1e9);
	}
}

/* A first join is one; so is a move from a group without a bound; a founding is told before. */
static void look_at_cause(struct world *w, unsigned i, enum step_cause why)
{
	struct boots_host *b = &boots_of(w)->host[i];
	bool founding = why == STEP_FOUNDING && boots_of(w)->founding_at > b->stepped_at;

	b->n_named++;
	b->n_step_of[why]++;
	b->stepped_at = w->now;
	if (b->n_step_of[why] > 1 && why != STEP_BY_ORDER && !founding) {
		boots_broke(w, RULE_STEP, "h%u makes step %u of one cause: %s", i,
			    b->n_step_of[why], texts_step_cause[why]);
	}
}

static void look_at_notice(struct world *w, unsigned i, const struct notice *n)
{
	struct boots_host *b = &boots_of(w)->host[i];

	switch (n->kind) {
	case NOTICE_STEP:
		look_at_cause(w, i, n->step.why);
		break;
	case NOTICE_FOUNDING:
		boots_of(w)->founding_at = w->now;
		break;
	case NOTICE_SESSION_OPEN:
		b->has_met = true;
		break;
	case NOTICE_LIMIT_TRIPPED:
	case NOTICE_PEER_REFUSED:
	case NOTICE_PACKET_BAD:
	case NOTICE_CLOCK_INTERFERENCE:
		b->reason_at = n->level < LEVEL_DEBUG ? w->now : b->reason_at;
		break;
	default:
		break;
	}
}

void boots_rules_effect(struct world *w, unsigned i, const struct effect *e)
{
	if (e->type == FX_STEP) {
		look_at_step(w, i, e->step_ns);
	} else if (e->type == FX_NOTICE) {
		look_at_notice(w, i, &e->notice);
	}
}

void boots_rules_boot(struct world *w, unsigned i)
{
	struct boots_host *b = &boots_of(w)->host[i];

	b->plausible = boots_may_be_right(w, i, world_wall(w, i).ns);
	b->misled = host_floor(w, i) > WORLD_WALL + w->now;
	bool right = ns_abs(world_wall(w, i).ns - WORLD_WALL - w->now) < 60 * NS_PER_S;

	b->misleads = b->misleads || (b->plausible && !right);
	b->has_met = false;
	b->twin_since = -1;
	b->led_at = w->now; /* it may be led and lose its master between two samples */
	for (unsigned k = 0; k < w->n; k++) {
		bool copied = k != i && same_secret(w, i, k);

		b->copies |= (uint16_t)(copied ? 1U << k : 0);
		boots_of(w)->host[k].copies |= (uint16_t)(copied ? 1U << i : 0);
	}
	b->n_named = b->n_steps = 0;
	memset(b->n_step_of, 0, sizeof(b->n_step_of));
	b->reason_at = INT64_MIN;
}

void boots_rules_new_disk(struct world *w, unsigned i)
{
	boots_of(w)->all_known = false;
	for (unsigned k = 0; k < w->n; k++) {
		boots_of(w)->host[i].met[k] = boots_of(w)->host[k].met[i] = false;
		boots_of(w)->host[i].there_at[k] = 0;
	}
}

/* --- b: at any time --- */

/* May host @i call @k, or be called by it? */
static bool knows(const struct world *w, unsigned i, unsigned k)
{
	return w->host[i].contacts >> k & 1 || w->host[k].contacts >> i & 1 ||
	       (w->host[i].config.discovery && w->host[k].config.discovery);
}

static bool is_in_sight(const struct world *w, unsigned i, unsigned k)
{
	return host_runs(&w->host[i]) && host_runs(&w->host[k]) && same_key(w, i, k) &&
	       !net_is_cut(&w->net, i, k);
}

bool boots_reaches(const struct world *w, unsigned i, unsigned k)
{
	return is_in_sight(w, i, k) && knows(w, i, k);
}

int boots_find_twin(const struct world *w, unsigned i)
{
	const struct host *h = w->host;

	for (unsigned k = 0; k < w->n; k++) {
		if (k != i && host_runs(&h[i]) && host_runs(&h[k]) && same_key(w, i, k) &&
		    same_secret(w, i, k)) {
			return (int)k;
		}
	}
	return -1;
}

static void find_who_is_together(const struct world *w, uint16_t ret[BOOTS_HOSTS_MAX])
{
	for (unsigned i = 0; i < w->n; i++) {
		ret[i] = (uint16_t)(1U << i);
		for (unsigned k = 0; k < w->n; k++) {
			ret[i] |= (uint16_t)(boots_reaches(w, i, k) ? 1U << k : 0);
		}
	}
	for (unsigned via = 0; via < w->n; via++) {
		for (unsigned i = 0; i < w->n && boots_find_twin(w, via) < 0; i++) {
			ret[i] |= ret[i] >> via & 1 ? ret[via] : 0; /* nobody believes a twin */
		}
	}
}

bool boots_are_together(const struct world *w, unsigned i, unsigned k)
{
	uint16_t together[BOOTS_HOSTS_MAX];

	find_who_is_together(w, together);
	return together[i] >> k & 1;
}

static void note_who_has_met(struct world *w)
{
	struct boots *b = boots_of(w);
	uint16_t together[BOOTS_HOSTS_MAX];

	find_who_is_together(w, together);
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < w->n; k++) {
			struct boots_host *h = &b->host[i];

			if (!(together[i] >> k & 1)) {
				h->together[k] = -1;
			} else if (h->together[k] < 0) {
				h->together[k] = w->now;
			} else if (w->now - h->together[k] >= b->meet_ns) {
				h->met[k] = true;
			}
		}
	}
}

/* Does host @i follow somebody whom @k had no time to meet?  Then it has left the time that the
 * two had, and @k cannot know it yet. */
static bool follows_stranger(const struct world *w, unsigned i, unsigned k,
			     const struct node_status *st)
{
	for (unsigned m = 0; m < w->n; m++) {
		if (host_runs(&w->host[m]) && st[m].id == st[i].master && m != k) {
			return !boots_of(w)->host[k].met[m];
		}
	}
	return false;
}

/* Is host @i in reach of both?  Twins are where a third host is, too: it tells them of each
 * other. */
static bool reaches_twins(const struct world *w, unsigned i, unsigned one, unsigned other)
{
	if (i != one && i != other) {
		return boots_reaches(w, i, one) && boots_reaches(w, i, other);
	}
	for (unsigned k = 0; k < w->n && !net_is_cut(&w->net, one, other); k++) {
		if (boots_find_twin(w, k) < 0 && boots_reaches(w, k, one) &&
		    boots_reaches(w, k, other)) {
			return true;
		}
	}
	return boots_reaches(w, one, other);
}

static bool knows_of_twins(const struct world *w, unsigned i, unsigned one, unsigned other)
{
	struct member_view v;

	return i == one || i == other ? world_status(w, i).clone.port != 0
				      : world_member_of(w, i, one, &v) && v.reason == REASON_CLONE;
}

static void look_at_twins(struct world *w)
{
	struct boots *b = boots_of(w);
	/* No host is told when the switch is whole again, nor that another has come up, which
	 * has no name of it yet: they meet at their next call. */
	bool calls = b->features & (1U << SITE_SPLIT | 1U << SITE_LATE_NAME);
	unsigned one = 0;

	while (one < w->n && boots_find_twin(w, one) < 0) {
		one++;
	}
	for (unsigned i = 0; i < w->n; i++) {
		int64_t *since = &b->host[i].twin_since;
		unsigned other = one < w->n ? (unsigned)boots_find_twin(w, one) : one;

		if (one == w->n || !reaches_twins(w, i, one, other)) {
			*since = -1;
		} else if (*since < 0) {
			*since = w->now;
		} else if (w->now - *since > (b->meet_ns + (calls ? CALL_NS : 0)) &&
			   !knows_of_twins(w, i, one, other)) {
			boots_broke(w, RULE_TWIN,
				    "h%u does not know that h%u and h%u have one identity, %.3f s "
				    "after",
				    i, one, other, (double)(w->now - *since) / 1e9);
		}
	}
}

static bool check_is_ok(const struct world *w, unsigned i)
{
	return host_runs(&w->host[i]) && says_ok(w, i, boots_of(w)->host[i].names);
}

static void look_at_pair(struct world *w, unsigned i, unsigned k, const struct node_status *st)
{
	const struct boots *b = boots_of(w);
	bool strangers = !b->host[i].met[k] || follows_stranger(w, i, k, st) ||
			 follows_stranger(w, k, i, st);
	bool excused = (strangers && !b->all_known) || boots_find_twin(w, i) >= 0 ||
		       boots_find_twin(w, k) >= 0;
	int64_t apart = ns_abs(wall_sub(world_wall(w, i), world_wall(w, k)));

	if (!same_key(w, i, k) || excused || apart <= ns_add(st[i].bound_ns, st[k].bound_ns)) {
		return;
	}
	if (st[i].synced || st[k].synced) {
		boots_broke(w, RULE_PAIR,
			    "h%u and h%u differ by %.9f s, their bounds are %.9f and %.9f s", i, k,
			    (double)apart / 1e9, (double)st[i].bound_ns / 1e9,
			    (double)st[k].bound_ns / 1e9);
	}
	if (check_is_ok(w, i) || check_is_ok(w, k)) {
		boots_broke(w, RULE_CHECK, "h%u or h%u says OK, and they differ by %.9f s", i, k,
			    (double)apart / 1e9);
	}
}

/* --- g: what check says --- */

/* Do hosts @i and @k hear each other?  A copy of @k's identity answers for it: by its address
 * alone nobody can tell a host that is gone from one that has moved. */
static bool is_there(const struct world *w, unsigned i, unsigned k)
{
	bool there = is_in_sight(w, i, k);

	for (unsigned j = 0; j < w->n && !there; j++) {
		there = boots_of(w)->host[k].copies >> j & 1 && j != i && is_in_sight(w, i, j);
	}
	return there;
}

static bool is_led(const struct world *w, unsigned i, const struct node_status *st)
{
	for (unsigned k = 0; k < w->n; k++) {
		if (st[k].id == st[i].master && st[i].master != 0 &&
		    (k == i || is_in_sight(w, i, k))) {
			return true;
		}
	}
	return false;
}

/* Is somebody whom check has to miss not there: one of its peers =, or its master?  Who was met in
 * an earlier life may have been here a moment ago, as the master says; whom nobody has met is
 * missing at once.  A name without an address is a peer that is missing, too. */
static bool misses_somebody(struct world *w, unsigned i, const struct node_status *st)
{
	struct boots_host *b = &boots_of(w)->host[i];
	bool missing = false;

	for (unsigned k = 0; k < w->n; k++) {
		if (w->host[i].contacts >> k & 1 && is_there(w, i, k)) {
			b->there_at[k] = w->now;
		}
		missing = missing || (k != i && b->names >> k & 1 &&
				      (b->there_at[k] == 0 || w->now - b->there_at[k] > MISSED_NS));
	}
	if (is_led(w, i, st)) {
		b->led_at = w->now;
	}
	return missing || ns_sub(w->now, b->led_at) > MISSED_NS;
}

/* Do the views that check's verdict is made of show by themselves that there is a problem? */
static bool shows_problem(const struct world *w, unsigned i, const struct node_status *st)
{
	mono_t now = host_clock_boot(&w->host[i].clock, w->now);
	bool led = st->role == ROLE_MASTER || mono_sub(now, st->heard) < MISSED_NS;
	bool problem = !st->synced || st->island || st->master == 0 || !led;

	for (unsigned k = 0; k < w->n && !problem; k++) {
		struct addr a = host_addr(k);
		struct knock_view v;

		problem = boots_of(w)->host[i].names >> k & 1 &&
			  (!(w->host[i].contacts >> k & 1) ||
			   (node_contact(w->host[i].node, &a, now, &v) && v.state != KNOCK_MET &&
			    v.state != KNOCK_SELF));
	}
	return problem;
}

/* The verdict itself takes a thousand times as long as the views: where these show a problem it
 * is asked in one sample of so many. */
static void look_at_missing(struct world *w, unsigned i, const struct node_status *st)
{
	bool turn = (w->now / LOOK_NS + i) % SAMPLES_A_VERDICT == 0;

	if (misses_somebody(w, i, st) && (turn || !shows_problem(w, i, &st[i])) &&
	    check_is_ok(w, i)) {
		boots_broke(w, RULE_MISSED,
			    "h%u says OK, and one of its peers or its master is missing", i);
	}
}

static void look_at_host(struct world *w, unsigned i, const struct node_status *st)
{
	const struct boots_host *b = &boots_of(w)->host[i];

	if (st->synced && !b->has_met && w->host[i].disk.time == 0) {
		boots_broke(w, RULE_ALONE, "h%u is synced within %.9f s", i,
			    (double)st->bound_ns / 1e9);
	}
	if (b->n_steps != b->n_named) {
		boots_broke(w, RULE_UNNAMED, "h%u made %u steps and told of %u", i, b->n_steps,
			    b->n_named);
	}
}

void boots_rules_look(struct world *w)
{
	struct node_status st[BOOTS_HOSTS_MAX];

	note_who_has_met(w);
	for (unsigned i = 0; i < w->n; i++) {
		st[i] = (struct node_status){.bound_ns = BOUND_UNKNOWN};
		if (host_runs(&w->host[i])) {
			st[i] = world_status(w, i);
			look_at_host(w, i, &st[i]);
		}
	}
	look_at_twins(w);
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < i; k++) {
			look_at_pair(w, i, k, st);
		}
		if (host_runs(&w->host[i])) {
			look_at_missing(w, i, st);
		}
	}
}

/* --- e --- */

void boots_rules_end(struct world *w)
{
	struct boots *b = boots_of(w);
	bool ours = false;

	for (unsigned r = 0; r < N_RULES; r++) {
		ours = ours || b->failed[r];
	}
	b->failed[RULE_WORLD] = w->failed && !ours;
}
