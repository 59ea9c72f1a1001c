/* attack_rules.c - what no attacker may do to an honest host, looked at once a second.  What the
 * nodes promise at every event stands in tests/world/check.c. */
#include "berk/term.h"
#include "core/node/lease.h"
#include "core/node/state.h"
#include "core/rules/window.h"
#include "tests/sim/attack.h"
#include "tests/world/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* In a second, an honest host sends at most so many packets to each other host, those that a
 * traitor made up and that stand in its table among them, and so many for each packet of the
 * attackers. */
/* An election, whom others follow, a chat that all post again; and lines of the chat that a member
 * lacks, as many as it takes in a second. */
#define TX_PER_HOST   (60 + CHAT_COPIED_PER_S / WIRE_CHAT_LINES_MAX)
#define TX_PER_ATTACK 2
/* Whoever followed the traitor for a moment hears from another master who is a member. */
#define RELISTED_NS   FOUND_NS
/* So long may most honest hosts have nobody who leads them, whatever is said.  Hosts that a master
 * made up count in majorities (SECURITY.md), so it may be long; but it ends. */
#define LEADERLESS_NS (240 * NS_PER_S)
/* By then a master has noticed that hosts do not reply any more. */
#define NOTICED_NS    (20 * NS_PER_S)
/* Two good oscillators, and the line between them, s/s. */
#define RATES	      2

static bool is_honest(const struct world *w, unsigned i)
{
	return !w->host[i].liar && w->host[i].up;
}

static int64_t wall_less_raw(const struct world *w, unsigned i)
{
	return world_wall(w, i).ns - host_clock_raw(&w->host[i].clock, w->now).ns;
}

/* --- Movement --- */

/* What a host may be moved in so long, by its caps and by what it has learnt of its oscillator. */
static int64_t may_move_ns(const struct node_config *c, int64_t in_ns)
{
	double s = (double)in_ns / 1e9;

	return (int64_t)((double)c->max_accumulated_ns * (1 + s / 3600) +
			 RATES * (double)c->max_drift_ppb * s);
}

static void track_begin(struct world *w, unsigned i, int64_t at)
{
	struct track *t = &attack_of(w)->track[i];

	t->known = true;
	t->since = w->now;
	t->lo = t->hi = at;
	t->n_second = 0;
	t->boot = w->host[i].boot;
}

static void watch_movement(struct world *w, unsigned i, const struct node_status *st)
{
	struct attack *a = attack_of(w);
	struct track *t = &a->track[i];
	int64_t now = wall_less_raw(w, i), most = 0;

	if (t->boot != w->host[i].boot || t->n_steps != st->n_steps) {
		t->known = false; /* it may step again, or it has, which check_step() looks at */
	}
	t->n_steps = st->n_steps;
	if (!t->known) {
		if (st->settled) {
			track_begin(w, i, now);
		}
		return;
	}
	t->lo = ns_min(t->lo, now);
	t->hi = ns_max(t->hi, now);
	if (t->hi - t->lo > may_move_ns(&w->host[i].config, w->now - t->since)) {
		world_fail(w, "caps: h%u was moved by %.3f s in %.0f s", i,
			   (double)(t->hi - t->lo) / 1e9, (double)(w->now - t->since) / 1e9);
	}
	t->second[t->n_second++ % WINDOW_S] = now;
	for (unsigned k = 0; k < WINDOW_S && k < t->n_second; k++) {
		most = ns_max(most, ns_abs(now - t->second[k]));
	}
	int64_t *figure = check_misled(w, -1) ? &a->moved_as_master : &a->moved_as_member;

	*figure = ns_max(*figure, most);
	if (!check_misled(w, -1) && most > w->host[i].config.max_correction_ns) {
		world_fail(w, "caps: h%u was moved by %.3f s in a minute, by no lying master", i,
			   (double)most / 1e9);
	}
}

/* --- Tables --- */

/* What host @i knows of host @k; NULL: nothing. */
static const struct peer *peer_of(const struct world *w, unsigned i, unsigned k)
{
	const struct node *n = w->host[i].node;
	node_id id = w->host[k].node->self.id;

	for (size_t p = 0; p < n->store.n_peers; p++) {
		if (n->store.peers[p].used && n->store.peers[p].id == id) {
			return &n->store.peers[p];
		}
	}
	return NULL;
}

/* Is there no room for one more host?  A master that lies fills the table, and the disk; then
 * whoever was not met since the start makes room for who calls. */
static bool is_full(const struct world *w, unsigned i)
{
	const struct node *n = w->host[i].node;
	size_t p = 0;

	while (p < n->store.n_peers && n->store.peers[p].used) {
		p++;
	}
	return p == n->store.n_peers;
}

static bool follows_traitor(const struct world *w, unsigned i)
{
	const struct attack *a = w->scenario.user;

	return a->traitor < w->n &&
	       w->host[i].node->election.master == w->host[a->traitor].node->self.id;
}

static bool takes_term_of(const struct world *w, unsigned i, unsigned k)
{
	return term_counter(w->host[k].node->election.term) <= w->host[i].node->election.terms.end;
}

/* Is host @k at a term that host @i or its master does not take yet?  Their windows move there by a
 * block a minute: see core/rules/window.h. */
static bool is_term_beyond(const struct world *w, unsigned i, unsigned k)
{
	bool beyond = !takes_term_of(w, i, k);

	for (unsigned m = 0; m < w->n; m++) {
		beyond = beyond || (w->host[i].node->election.master == w->host[m].node->self.id &&
				    !takes_term_of(w, m, k));
	}
	return beyond;
}

/* The table of a host is its master's word: of whoever follows the traitor it is asked only that
 * nobody's row is gone; and who follows it is nobody else's member. */
static void watch_table(struct world *w, unsigned i, const struct node_status *st)
{
	struct attack *a = attack_of(w);
	struct track *t = &a->track[i];
	bool led_astray = /* or by nobody */
		st->master == 0 || st->role == ROLE_CANDIDATE || follows_traitor(w, i);
	bool healed = a->fallen && w->now - (a->end - FALL_NS) > FOUND_NS + a->terms_ns;

	if (t->boot != w->host[i].boot) {
		t->seen = t->rows = 0;
	}
	for (unsigned k = 0; k < w->n; k++) {
		uint64_t bit = UINT64_C(1) << k;
		const struct peer *p = k != i && is_honest(w, k) ? peer_of(w, i, k) : NULL;
		bool member = p && p->in_table && !p->left && !p->forgotten;

		if (k == i || !is_honest(w, k)) {
			t->seen &= ~bit;
			t->rows &= ~bit;
			continue;
		}
		if (member || led_astray || a->split || (p && follows_traitor(w, k)) ||
		    is_term_beyond(w, i, k)) {
			t->lost_at[k] = w->now;
		}
		bool lost = t->seen & bit && w->now - t->lost_at[k] > RELISTED_NS + a->terms_ns;

		if ((!p && t->rows & bit && !is_full(w, i)) || (!member && healed) || lost) {
			world_fail(w, "table: h%u is %s at h%u", k,
				   !p		  ? "not there"
				   : p->left	  ? "said to have left"
				   : p->forgotten ? "forgotten"
						  : "no member",
				   i);
		}
		t->rows |= p && p->in_table ? bit : 0;
		t->seen |= member ? bit : 0;
	}
}

/* --- Packets --- */

static void watch_packets(struct world *w, unsigned i, const struct node_status *st)
{
	struct attack *a = attack_of(w);
	struct track *t = &a->track[i];
	uint64_t sent = t->boot == w->host[i].boot ? st->n_tx - t->n_tx : 0;
	unsigned told = (unsigned)ns_max(w->n, w->host[i].node->election.census.n_table) - 1;
	uint64_t most =
		(uint64_t)TX_PER_HOST * told + TX_PER_ATTACK * (a->n_attacks - a->n_attacks_before);

	t->n_tx = st->n_tx;
	a->tx_most = sent > a->tx_most ? sent : a->tx_most;
	if (sent > most) {
		world_fail(w, "storm: h%u sent %" PRIu64 " packets in a second, at most %" PRIu64,
			   i, sent, most);
	}
}

/* --- Who leads --- */

/* Do more than half of the honest hosts follow somebody who leads, or lead themselves? */
static bool most_are_led(const struct world *w)
{
	node_id leads[ATTACK_HOSTS_MAX];
	unsigned n_leads = 0, honest = 0, led = 0;

	for (unsigned i = 0; i < w->n; i++) {
		const struct election *e = &w->host[i].node->election;

		/* The traitor may lead by claims alone. */
		if (w->host[i].up && (e->role == ROLE_MASTER || w->host[i].liar)) {
			leads[n_leads++] = w->host[i].node->self.id;
		}
	}
	for (unsigned i = 0; i < w->n; i++) {
		unsigned k = 0;

		while (k < n_leads && (w->host[i].node->election.master != leads[k] ||
				       !master_alive(w->host[i].node))) {
			k++;
		}
		honest += is_honest(w, i);
		led += is_honest(w, i) && k < n_leads;
	}
	return 2 * led > honest;
}

static void watch_leaders(struct world *w)
{
	struct attack *a = attack_of(w);

	a->led_at = a->split || most_are_led(w) ? w->now : a->led_at;
	a->leaderless_ns = ns_max(a->leaderless_ns, w->now - a->led_at);
	if (a->leaderless_ns > LEADERLESS_NS) {
		world_fail(w, "master: nobody leads most honest hosts for %.0f s",
			   (double)a->leaderless_ns / 1e9);
	}
}

/* Two parts of a split group, and each takes itself for the whole: for a moment, for one master may
 * not have noticed yet, while the other is elected by a host that has just left it. */
static void watch_split(struct world *w)
{
	struct attack *a = attack_of(w);
	int whole[2] = {-1, -1};

	for (unsigned i = 0; i < w->n && a->split; i++) {
		struct node_status st = world_status(w, i);

		if (is_honest(w, i) && st.role == ROLE_MASTER && !st.island && st.synced) {
			whole[a->side >> i & 1] = (int)i;
		}
	}
	if (whole[0] < 0 || whole[1] < 0) {
		a->one_is_whole = w->now;
	} else if (w->now - a->one_is_whole > NOTICED_NS) {
		world_fail(w, "split: h%d and h%d both lead the whole group", whole[0], whole[1]);
	}
}

/* No promise, but what an attack costs. */
static void watch_costs(struct world *w)
{
	struct attack *a = attack_of(w);

	for (unsigned i = 0; i < w->n; i++) {
		struct track *t = &a->track[i];
		bool cloned =
			is_honest(w, i) && !mono_is_never(w->host[i].node->joining.clone.until);

		t->cloned_since = !cloned ? w->now : t->cloned_since;
		a->cloned_ns = ns_max(a->cloned_ns, w->now - t->cloned_since);
	}
}

/* --- After the fall --- */

int64_t attack_terms_ns(const struct world *w)
{
	uint64_t highest = 0, lowest = UINT64_MAX;

	for (unsigned i = 0; i < w->n; i++) {
		const struct election *e = &w->host[i].node->election;

		if (is_honest(w, i)) {
			highest = term_counter(e->term) > highest ? term_counter(e->term) : highest;
			lowest = e->terms.end < lowest ? e->terms.end : lowest;
		}
	}
	/* Who is there stands in the next term. */
	uint64_t beyond = highest >= lowest ? highest + 1 - lowest : 0;

	return (int64_t)((beyond + TERM_BLOCK - 1) / TERM_BLOCK) * TERM_CLAIM_NS;
}

/* The one master that all honest hosts follow, in one term; -1: there is none. */
static int common_master(struct world *w)
{
	struct attack *a = attack_of(w);
	int m = -1;

	for (unsigned i = 0; i < w->n; i++) {
		if (is_honest(w, i) && world_status(w, i).role == ROLE_MASTER) {
			m = (int)i;
		}
	}
	for (unsigned i = 0; m >= 0 && i < w->n; i++) {
		struct node_status st = world_status(w, i), lead = world_status(w, (unsigned)m);

		if (is_honest(w, i) && (st.master != lead.id || st.term != lead.term)) {
			(void)snprintf(a->why, sizeof(a->why), "h%u does not follow h%d", i, m);
			return -1;
		}
	}
	if (m < 0) {
		(void)snprintf(a->why, sizeof(a->why), "nobody leads");
	}
	return m;
}

static void watch_healing(struct world *w)
{
	struct attack *a = attack_of(w);
	int64_t since = w->now - (a->end - FALL_NS);
	char why[sizeof(a->why)];
	bool one = check_one_group(w, 2 * NS_PER_MS + w->net.base_ns, why, sizeof(why));
	bool found = common_master(w) >= 0;

	a->found_ns = !found ? -1 : a->found_ns < 0 ? since : a->found_ns;
	a->one_ns = !one ? -1 : a->one_ns < 0 ? since : a->one_ns;
	if (!found && since > FOUND_NS + a->terms_ns) {
		world_fail(w, "master: none again, %s", a->why);
	}
	if (!one && since > ONE_NS + a->terms_ns && !check_misled(w, -1)) {
		world_fail(w, "one group: %s", why);
	}
}

void attack_watch(struct world *w)
{
	struct attack *a = attack_of(w);

	for (unsigned i = 0; i < w->n && !w->failed; i++) {
		if (!is_honest(w, i)) {
			continue;
		}
		struct node_status st = world_status(w, i);

		watch_table(w, i, &st);
		watch_packets(w, i, &st);
		watch_movement(w, i, &st);
		a->track[i].boot = w->host[i].boot;
	}
	watch_leaders(w);
	watch_split(w);
	watch_costs(w);
	a->n_attacks_before = a->n_attacks;
	if (a->fallen) {
		watch_healing(w);
	}
}
