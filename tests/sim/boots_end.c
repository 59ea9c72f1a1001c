/* boots_end.c - what must hold when the first hour of a site is over: who could be in the group
 * is in, with its time and the right date, and who is out is told why. */
#include "tests/sim/boots_rules.h"

#define REASON_NS     (60 * NS_PER_S)	/* a reason is told again within */
#define FIRST_STEP_NS (3000 * NS_PER_S) /* surely below max_first_step */
#define SLEWING_NS    NS_PER_MS
#define SPREAD_NS     (2 * NS_PER_MS) /* of a group a minute old, beyond half a round trip */
#define DATE_NS	      (3600 * NS_PER_S)
#define FOLLOWERS_MIN 2

/* Of a twin with another key they are not followers, though it has the id of their master. */
static unsigned n_followers(const struct world *w, const struct node_status *st, unsigned m)
{
	unsigned found = 0;

	for (unsigned i = 0; i < w->n; i++) {
		found += st[i].master == st[m].id && st[i].term == st[m].term &&
			 (i == m || boots_are_together(w, i, m));
	}
	return found;
}

/* The master of most hosts; -1: nobody has two with it. */
static int find_lead(const struct world *w, const struct node_status *st)
{
	int lead = -1;
	unsigned most = FOLLOWERS_MIN - 1;

	for (unsigned m = 0; m < w->n; m++) {
		unsigned found = st[m].role == ROLE_MASTER ? n_followers(w, st, m) : 0;

		if (found > most) {
			most = found;
			lead = (int)m;
		}
	}
	return lead;
}

/* By its status, or by a notice of the last minute. */
static bool was_told_why(const struct world *w, unsigned i, const struct node_status *st)
{
	return st->clone.port != 0 || st->lack != LACK_NOTHING ||
	       boots_of(w)->host[i].reason_at > w->now - REASON_NS;
}

/* An observer's own clock is not the group's; of a host that has a new disk the old identity may be
 * in the table still; who slews is on its way. */
static bool is_in(const struct world *w, unsigned i, const struct node_status *st,
		  const struct node_status *lead)
{
	bool excused = st->n_table > w->n || w->host[i].config.mode == MODE_OBSERVE ||
		       boots_of(w)->features >> SITE_DISK & 1 || ns_abs(st->offset_ns) > SLEWING_NS;

	return lead && st->master == lead->id && st->term == lead->term && st->has_line &&
	       (st->synced || (excused && st->refusal == CORRECT_OK));
}

/* Is somebody known who cannot come in, or is another now?  He may have the time of a group all
 * the same. */
static bool may_lack(const struct world *w)
{
	return boots_has_clone(w) || (boots_of(w)->features & (1U << SITE_KEY | 1U << SITE_DISK));
}

/* Is there nothing that keeps host @i out of the group that @lead leads?  Who has stepped already in
 * this life does not step to a group that has begun anew meanwhile.  The lead itself may be out:
 * its clock is not on its line, or it lacks those who have one identity or another key, and says
 * so. */
static bool could_be_in(const struct world *w, unsigned i, unsigned lead,
			const struct node_status *st)
{
	int64_t wall = world_wall(w, i).ns;
	int64_t group = world_wall(w, lead).ns - st[lead].offset_ns;

	return st[i].refusal != CORRECT_SECOND_STEP && !(may_lack(w) && !st[lead].synced) &&
	       boots_are_together(w, i, lead) && group >= host_floor(w, i) &&
	       (!boots_may_be_right(w, i, wall) || ns_abs(wall - group) < FIRST_STEP_NS);
}

static bool leads(const struct host *h)
{
	return h->config.mode != MODE_OBSERVE && h->config.priority > 0;
}

/* Is another host there that has an identity of its own, so that there may be a group? */
static bool has_honest_company(const struct world *w, unsigned i)
{
	for (unsigned k = 0; k < w->n; k++) {
		if (k != i && boots_reaches(w, i, k) && boots_find_twin(w, k) < 0 &&
		    (leads(&w->host[i]) || leads(&w->host[k]))) {
			return true;
		}
	}
	return false;
}

static void look_at_who_is_out(struct world *w, unsigned i, const struct node_status *st, int lead)
{
	bool told = was_told_why(w, i, &st[i]);

	if (boots_has_clone(w) && !has_honest_company(w, i)) {
		return; /* it goes on as an island, and was told so when it became one */
	}

	/* Who cannot reach that group, over any host of its key, may be in another. */
	bool strangers = lead >= 0 && !boots_are_together(w, i, (unsigned)lead);

	if (strangers ? !st[i].synced && !told : st[i].synced || !told) {
		boots_broke(w, RULE_REASON, "h%u is out%s%s", i, st[i].synced ? ", synced" : "",
			    told ? "" : ", no reason was told");
	}
	if (lead >= 0 && could_be_in(w, i, (unsigned)lead, st)) {
		boots_broke(w, RULE_OUT, "h%u is out, %.3f s from the group of h%d", i,
			    (double)wall_sub(world_wall(w, i), world_wall(w, (unsigned)lead)) / 1e9,
			    lead);
	}
}

/* Those whose clocks might be right had the right date, and one of them is in: so must the
 * group. */
static void look_at_date(struct world *w, unsigned lead, int64_t line_off_ns,
			 const bool in[BOOTS_HOSTS_MAX])
{
	int64_t off = ns_abs(line_off_ns);
	bool known = false;

	for (unsigned i = 0; i < w->n; i++) {
		const struct boots_host *b = &boots_of(w)->host[i];

		if (b->misled || b->misleads) {
			return;
		}
		known = known || (b->plausible && in[i] && w->host[i].config.mode == MODE_STEER);
	}
	if (known && off > DATE_NS) {
		boots_broke(w, RULE_DATE, "the group of h%u is off by %.0f s", lead,
			    (double)off / 1e9);
	}
}

/* Do any two hosts of one key reach each other, so that there should be a group? */
static bool are_any_together(const struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < i; k++) {
			if (boots_are_together(w, i, k) &&
			    (leads(&w->host[i]) || leads(&w->host[k])) &&
			    boots_find_twin(w, i) < 0 && boots_find_twin(w, k) < 0) {
				return true;
			}
		}
	}
	return false;
}

void boots_end(struct world *w)
{
	struct node_status st[BOOTS_HOSTS_MAX];
	bool in[BOOTS_HOSTS_MAX];
	int64_t low = INT64_MAX, high = INT64_MIN;

	for (unsigned i = 0; i < w->n; i++) {
		st[i] = world_status(w, i);
	}
	int lead = find_lead(w, st);

	for (unsigned i = 0; i < w->n; i++) {
		in[i] = is_in(w, i, &st[i], lead < 0 ? NULL : &st[lead]);
		if (boots_find_twin(w, i) >= 0) {
			continue; /* the others may mean either: it promises nothing once it knows */
		}
		if (!in[i]) {
			look_at_who_is_out(w, i, st, lead);
		} else if (w->host[i].config.mode == MODE_STEER) {
			int64_t line = world_wall(w, i).ns - st[i].offset_ns;

			low = ns_min(low, line);
			high = ns_max(high, line);
		}
	}
	if (high > low && high - low > SPREAD_NS + w->net.base_ns) {
		boots_broke(w, RULE_SPREAD, "the group of h%d is spread over %.9f s", lead,
			    (double)(high - low) / 1e9);
	}
	if (lead >= 0) {
		look_at_date(w, (unsigned)lead,
			     wall_sub(world_wall(w, (unsigned)lead),
				      (wall_t){WORLD_WALL + w->now + st[lead].offset_ns}),
			     in);
	} else if (are_any_together(w)) {
		boots_broke(w, RULE_OUT, "nobody leads two hosts");
	}
}
