/* roster.c - what the master tells all of all: the table, page by page. */
#include "core/node/roster.h"

#include "core/node/census.h"
#include "core/node/clock.h"
#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/outbox.h"
#include "core/node/paper.h"
#include "core/node/peer.h"
#include "core/node/recall.h"
#include "core/node/rows.h"
#include "core/node/sweep.h"
#include "core/node/table.h"
#include "core/rules/bound.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MENTION_NS (4 * NS_PER_S) /* who was heard so lately needs no call */

/* A member's stamps may be anything; what goes to all the others must be decodable. */
static double rate_clamp(double r)
{
	return r != r ? 0 : rate_held(r, WIRE_RATE_MAX);
}

/* A clock of the paper clock, as an entry has it. */
static void paper_tell(const struct paper *c, struct wire_roster_entry *e)
{
	e->own_rate = rate_clamp(c->own_rate);
	e->phase_ps =
		ns_clamp(ns_from_double(c->phase_ns * 1e3), -WIRE_PHASE_PS_MAX, WIRE_PHASE_PS_MAX);
	e->unrest_ps = ns_clamp(ns_from_double(sqrt(c->unrest) * 1e3), 0, WIRE_PHASE_PS_MAX);
}

static void roster_fill(const struct node *n, const struct peer *p, struct wire_roster_entry *e)
{
	struct estimate est;
	const struct estimator *est_of = peer_estimator(n, p);

	e->id = p->id;
	e->addr = p->addr;
	peer_tell_name(p, e->name);
	e->mode = (uint8_t)p->mode;
	e->priority = p->priority;
	e->at = n->step.pair.raw;
	paper_tell(&p->as_master.paper.clock, e);
	if (est_of && estimator_at(est_of, n->step.pair.raw, &est)) {
		e->offset_ns = est.offset_ns;
		e->rate = rate_clamp(est.rate);
		e->sd_ns = ns_max(0, ns_from_double(est.sd_ns));
		e->delay_ns = ns_max(0, est.delay_ns);
	}
	e->bound_ns = row_bound_ns(n, p, n->step.now);
	e->wall_offset_ns = p->as_master.polled.wall_offset_ns;
	e->weight = (uint16_t)(p->as_master.paper.weight_used * 1000 + 0.5);
	e->closure_ns = closure_of(p);
	e->guest = p->guest;
	e->reason = (uint8_t)p->as_master.judged.reason;
	e->state = (uint8_t)judge_state(n, p);
	if (p->forgotten) {
		e->reason = p->dropped ? REASON_SILENT : REASON_OPERATOR;
	}
}

static void roster_self(const struct node *n, struct wire_roster_entry *e)
{
	e->id = n->self.id;
	memcpy(e->name, n->config.name, sizeof(e->name));
	e->state = MEMBER_SETTLED;
	e->reason = (uint8_t)n->leading.paper.reason;
	e->mode = (uint8_t)n->config.mode;
	e->priority = n->config.priority;
	e->at = n->step.pair.raw;
	paper_tell(&n->leading.paper.own, e);
	e->bound_ns = clock_bound_ns(n, n->step.now, n->step.pair);
	e->wall_offset_ns = ns_sub(0, n->steering.clock.servo.remainder_ns);
	e->guest = n->election.census.guest;
	e->weight = (uint16_t)(n->leading.paper.weight_used * 1000 + 0.5);
	e->closure_ns = CLOSURE_UNKNOWN;
}

/* Is @p one that all are told of: a member, or one that has left, or was forgotten, of late?
 * Members hear nothing else of who is gone; one that missed the word mentions it, and is told
 * then. */
static bool roster_lists(const struct node *n, const struct peer *p)
{
	bool lately = mono_sub(n->step.now, p->listed) <= n->config.forget_ns;
	bool mentioned = lately && p->listed.ns > p->heard.ns;

	if (p->in_table) {
		return true;
	}
	return p->forgotten ? lately
			    : p->left && (mentioned ||
					  (!mono_is_long_ago(p->heard) &&
					   mono_sub(n->step.now, p->heard) <= n->config.forget_ns &&
					   !row_is_replaced(n, p, n->step.now)));
}

/* How many it lists, with ourselves. */
static size_t roster_length(const struct node *n)
{
	size_t length = 1;

	for_each_peer (n, p) {
		length += roster_lists(n, p);
	}
	return length;
}

/* Entries from @first on (0: ourselves, then the table in slot order) to @to. */
static void roster_send(struct node *n, struct peer *to, size_t first)
{
	struct wire_msg msg = {.type = WIRE_ROSTER, .term = n->election.term};
	struct wire_roster *r = &msg.roster;
	size_t k = 0;

	r->first = (uint16_t)first;
	r->total = 1;
	if (first == 0) {
		roster_self(n, &r->entry[r->n++]);
	}
	for_each_peer (n, p) {
		if (!roster_lists(n, p)) {
			continue;
		}
		k++;
		r->total++;
		if (k >= first && r->n < WIRE_ROSTER_MAX) {
			roster_fill(n, p, &r->entry[r->n++]);
		}
	}
	if (r->n > 0) {
		outbox_send(n, to, &msg, false, 0);
	}
}

/* The deputy gets the whole table each round, the others one page each, turn by turn. */
void roster_round(struct node *n)
{
	if (n->leading.roster.sweep.under_way) {
		return; /* the pages of the round before are still going out */
	}
	n->leading.roster.next_to_deputy = 0;
	sweep_begin(&n->leading.roster.sweep);
	roster_tick(n);
}

void roster_tick(struct node *n)
{
	struct peer *deputy = n->election.deputy ? peer_find(n, n->election.deputy) : NULL;
	uint16_t *page = &n->leading.roster.next_to_deputy;
	size_t length = roster_length(n);

	if (!n->leading.roster.sweep.under_way) {
		return;
	}
	for (; deputy && *page < length && fx_has_room(n);
	     *page = (uint16_t)(*page + WIRE_ROSTER_MAX)) {
		roster_send(n, deputy, *page);
	}
	for (struct peer *p; (p = sweep_next(n, &n->leading.roster.sweep));) {
		if (p != deputy && peer_alive(n, p)) {
			roster_send(n, p, n->leading.roster.next);
		}
	}
	if (!n->leading.roster.sweep.under_way) {
		n->leading.roster.next = (uint16_t)(n->leading.roster.next + WIRE_ROSTER_MAX);
		if (n->leading.roster.next >= length) {
			n->leading.roster.next = 0;
		}
	}
}

/* While the deputy's pages go out, the sweep, which comes after them, is not over. */
mono_t roster_deadline(const struct node *n)
{
	return sweep_deadline(n, &n->leading.roster.sweep);
}

/* What another than our master says of @p, or of itself: a hint where somebody is.  It may make us
 * ask there, and it fills in what is not known otherwise. */
static void hear_mention(struct node *n, const struct peer *from, struct peer *p,
			 const struct wire_roster_entry *e)
{
	bool rumour = peer_is_rumour(p);

	if (e->id == from->id) {
		peer_name_itself(p, e->name);
	} else if (rumour) {
		peer_rename(p, e->name);
	}
	if (e->addr.port != 0 && (p->addr.port == 0 || rumour)) {
		contact_locate(p, &e->addr, NULL);
	}
	bool here = mono_within(p->heard, n->step.now, MENTION_NS);

	if (!here || !master_alive(n)) { /* perhaps this is the master of whom we asked */
		(void)contact_ask(n, here ? &p->addr : &e->addr, p->id, HEARSAY_MEMBER);
	}
}

/* Our master says that @p is there.  Where it was known to be it stays until it answers elsewhere,
 * or a liar could give its place to another: recall_replace(), row_is_replaced(). */
static void hear_place(struct node *n, struct peer *p, const struct wire_roster_entry *e)
{
	if (e->addr.port == 0 || peer_is_proved(p) || addr_equal(&e->addr, &p->addr)) {
		return;
	}
	if (p->addr.port == 0) {
		contact_locate(p, &e->addr, NULL);
	} else if (member_state_is_here((enum member_state)e->state)) {
		(void)contact_ask(n, &e->addr, p->id, HEARSAY_MEMBER);
	}
}

static void roster_entry(struct node *n, const struct peer *from, const struct wire_roster_entry *e,
			 bool by_master)
{
	struct peer *p = peer_find(n, e->id);

	if (e->state == MEMBER_FORGOTTEN) { /* only the master may say so, and of whom we know */
		if (p && by_master && p->id != from->id) {
			bool ordered = e->reason == REASON_OPERATOR;

			if (ordered && obey_why_not(n, from->id) == DEAF_NOT) {
				peer_strike(n, p, true);
			} else {
				peer_strike_by_word(n, p, ordered);
			}
			census_hear_guest(n, p, false);
		}
		return;
	}
	p = e->id == n->self.id || trust_is_revoked(&n->trust, e->id)
		    ? NULL
		    : peer_add(n, e->id, by_master ? PEER_LISTED : PEER_MENTIONED);
	if (!p) {
		if (e->id != n->self.id && !by_master && !trust_is_revoked(&n->trust, e->id)) {
			contact_tell_rumours(n);
		}
		return;
	}
	peer_note_mention(n, p);
	if (!by_master) {
		hear_mention(n, from, p, e);
		return;
	}
	hear_place(n, p, e);
	peer_rename(p, e->name);
	peer_describe(p, (enum clock_mode)e->mode, e->priority,
		      e->state == MEMBER_SETTLED || e->id == n->election.master);
	census_hear_guest(n, p, e->guest); /* who was in the table before is no guest now */
	peer_list(n, p, (enum member_state)e->state);
	recall_replace(n, p);
	paper_hear_peer(p, e);
	p->roster = (struct roster_info){.known = true,
					 .term = n->election.term,
					 .told = n->step.now,
					 .at = e->at,
					 .offset_ns = e->offset_ns,
					 .rate = e->rate,
					 .own_rate = e->own_rate,
					 .sd_ns = e->sd_ns,
					 .delay_ns = e->delay_ns,
					 .bound_ns = e->bound_ns,
					 .wall_offset_ns = e->wall_offset_ns,
					 .weight = e->weight,
					 .closure_ns = e->closure_ns,
					 .state = e->state,
					 .reason = e->reason};
	if (n->election.role == ROLE_DEPUTY && !p->left && !session_can_send(&p->session)) {
		contact_want_session(n, p); /* the deputy is ready to speak to everyone */
	}
}

void roster_on_message(struct node *n, struct peer *from, const struct wire_msg *msg)
{
	const struct wire_roster *r = &msg->roster;
	bool by_master = from->id == n->election.master && msg->term == n->election.term &&
			 n->election.role != ROLE_MASTER;

	for (unsigned i = 0; i < r->n; i++) {
		const struct wire_roster_entry *e = &r->entry[i];

		if (e->id == n->self.id && by_master) {
			paper_hear(n, e);
			census_hear_guest(n, NULL, e->guest);
			/* Where the master sees our RAW: the deputy needs it to place the others.
			 */
			n->leading.own_roster = (struct roster_info){.known = true,
								     .term = n->election.term,
								     .at = e->at,
								     .offset_ns = e->offset_ns,
								     .rate = e->rate,
								     .sd_ns = e->sd_ns,
								     .closure_ns = e->closure_ns};
		} else {
			roster_entry(n, from, e, by_master);
		}
	}
}

/* What the last master knew of @p, seen from our own RAW: offset = (its RAW - M's) - (ours - M's).
 */
bool roster_offset(const struct node *n, const struct peer *p, struct estimate *ret)
{
	const struct roster_info *it = &p->roster, *we = &n->leading.own_roster;

	if (!it->known || !we->known || it->term != we->term || it->state != MEMBER_SETTLED) {
		return false;
	}
	/* Our RAW now in M's RAW: m + we(m) = now. */
	raw_t m = raw_add(n->step.pair.raw, ns_sub(0, we->offset_ns));

	m = raw_add(m, ns_from_double(-(double)raw_sub(m, we->at) * we->rate));
	double age_it = (double)raw_sub(m, it->at), age_we = (double)raw_sub(m, we->at);
	double age = age_it > age_we ? age_it : age_we;
	/* Old, and learnt over other paths, whose asymmetry may be any: members hold their own
	 * lines meanwhile, so a wide prior costs nothing. */
	double sd = 3 * (double)ns_add(it->sd_ns, we->sd_ns) + 2000 + (double)it->delay_ns / 16;

	memset(ret, 0, sizeof(*ret));
	ret->at = n->step.pair.raw;
	ret->offset_ns = ns_sub(ns_add(it->offset_ns, ns_from_double(age_it * it->rate)),
				ns_add(we->offset_ns, ns_from_double(age_we * we->rate)));
	ret->rate = (it->rate - we->rate) / (1 + we->rate);
	ret->rate_sd = 1e-7 + sd / 60e9;
	ret->sd_ns = sd + age * ret->rate_sd;
	return true;
}

void roster_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->leading.roster.next = 0;
	n->leading.roster.sweep.under_way = false;
}

void roster_note_delay(struct peer *p, int64_t delay_ns)
{
	p->roster.delay_ns = delay_ns;
}

void roster_forget(struct node *n)
{
	for_each_peer (n, p) {
		p->roster.known = false;
	}
	n->leading.own_roster.known = false;
}

int64_t closure_of(const struct peer *p)
{
	return p->as_master.judged.averaged ? p->as_master.closure_ns : CLOSURE_UNKNOWN;
}
