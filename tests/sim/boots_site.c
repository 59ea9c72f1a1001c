/* boots_site.c - sites as they are: clocks without a battery, late links and names, wrong keys, and
 * what happens there in the first minutes. */
#include "tests/sim/boots.h"

#include "core/node/contacts.h"
#include "tests/world/check.h"

#include <stdio.h>

#define TABLE	   16
#define F_MAX	   95e-6 /* oscillators; max_drift is 100 ppm */
#define DAY_NS	   (86400 * NS_PER_S)
#define YEAR_NS	   (365 * DAY_NS)
#define LATE_NS	   (100 * NS_PER_S)
#define QUIT_NS	   NS_PER_MS	   /* the goodbyes of a daemon leave before it ends */
#define AFTER_NS   (70 * NS_PER_S) /* the group has had a minute when we look */
#define DISCOVER_S 80		   /* a group looks for others about once a minute */

static bool draw_one_of(struct world *w, unsigned n)
{
	return rng_below(&w->rng, n) == 0;
}

static int64_t draw_ns(struct world *w, int64_t ns) /* 0 .. ns */
{
	return (int64_t)(rng_unit(&w->rng) * (double)ns);
}

static int64_t draw_within(struct world *w, int64_t ns) /* -ns .. +ns */
{
	return draw_ns(w, 2 * ns) - ns;
}

static void note_feature(struct world *w, enum feature f)
{
	boots_of(w)->features |= 1U << f;
}

static void script_in(struct world *w, int64_t in_ns, enum boots_script what, unsigned host)
{
	world_at(w, w->now + in_ns, (uint64_t)what << 32 | host);
}

/* --- Clocks --- */

enum rtc { RTC_RIGHT, RTC_SECONDS, RTC_HOUR, RTC_DAY, RTC_BUILD, RTC_1970, RTC_2031 };

static enum rtc draw_rtc(struct world *w, bool all_right)
{
	static const enum rtc kinds[] = {RTC_RIGHT,   RTC_RIGHT, RTC_RIGHT, RTC_RIGHT,
					 RTC_SECONDS, RTC_HOUR,	 RTC_DAY,   RTC_BUILD,
					 RTC_1970,    RTC_1970,	 RTC_1970,  RTC_2031};

	return kinds[rng_below(&w->rng, all_right ? 5 : sizeof(kinds) / sizeof(kinds[0]))];
}

/* How far a hardware clock of @kind is off. */
static int64_t rtc_error(struct world *w, enum rtc kind)
{
	int64_t ms = draw_within(w, 20 * NS_PER_MS), s = draw_within(w, 5 * NS_PER_S);
	int64_t sign = draw_one_of(w, 2) ? 1 : -1;

	switch (kind) {
	case RTC_RIGHT:
		return ms;
	case RTC_SECONDS:
		return s;
	case RTC_HOUR:
		return sign * 3600 * NS_PER_S + ms;
	case RTC_DAY:
		return sign * DAY_NS + s;
	case RTC_BUILD:
		return WORLD_BUILD - WORLD_WALL - ns_abs(s); /* set to the build soon after */
	case RTC_1970:
		return -WORLD_WALL + ns_abs(s);
	case RTC_2031:
		return 8 * YEAR_NS + s;
	}
	return 0;
}

static void draw_clocks(struct world *w)
{
	bool all_right = draw_one_of(w, 3);

	for (unsigned i = 0; i < w->n; i++) {
		struct boots_host *b = &boots_of(w)->host[i];
		enum rtc kind = draw_rtc(w, all_right);
		struct host_clock *c = &w->host[i].clock;

		world_draw_clock(w, i, 0, F_MAX);
		b->rtc_error_ns = rtc_error(w, kind);
		b->rtc_begins_anew = kind == RTC_1970 || kind == RTC_BUILD;
		c->wall += b->rtc_error_ns;
		c->wander = 1e-9;
		c->limit = F_MAX;
		w->host[i].config.floor.ns = WORLD_BUILD;
		w->host[i].config.reset.ns = WORLD_BUILD;
		w->host[i].config.ceiling.ns = WORLD_LAST;
		if (kind >= RTC_BUILD) {
			note_feature(w, SITE_WRONG_CLOCK);
		} else if (kind >= RTC_HOUR) {
			note_feature(w, SITE_OFF_CLOCK);
		}
	}
}

/* --- Who knows whom --- */

static void draw_half(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].contacts = (uint16_t)rng_below(&w->rng, UINT64_C(1) << w->n);
	}
	for (unsigned i = 1; i < w->n; i++) { /* nobody is left out altogether */
		unsigned k = (unsigned)rng_below(&w->rng, i);
		bool turn = draw_one_of(w, 2);

		w->host[turn ? i : k].contacts |= (uint16_t)(1U << (turn ? k : i));
	}
	note_feature(w, SITE_HALF);
}

static void draw_contacts(struct world *w)
{
	struct boots *b = boots_of(w);
	unsigned kind = (unsigned)rng_below(&w->rng, 4);

	b->all_known = kind < 2;
	b->meet_ns = kind == 3 ? DISCOVER_S * NS_PER_S : 10 * NS_PER_S;
	if (kind == 2) { /* only one side may call, and the link that came up is the other's */
		b->meet_ns += BACKOFF_NS_MAX + BACKOFF_NS_MAX / 4;
	}
	if (kind == 2) {
		draw_half(w);
	}
	for (unsigned i = 0; kind == 3 && i < w->n; i++) {
		w->host[i].contacts = 0;
		w->host[i].config.discovery = true;
		note_feature(w, SITE_DISCOVERY);
	}
	for (unsigned i = 0; i < w->n; i++) {
		b->host[i].names = w->host[i].contacts;
	}
}

static void draw_faults_of_setup(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->n), k = (unsigned)rng_below(&w->rng, w->n);

	if (draw_one_of(w, 8)) {
		w->host[i].config.group_key[2] = 1;
		note_feature(w, SITE_KEY);
	}
	if (draw_one_of(w, 8) && i != k) {
		for (unsigned j = 0; j < KEY_LEN; j++) {
			w->host[k].config.secret[j] = w->host[i].config.secret[j];
		}
		note_feature(w, SITE_CLONE);
	}
	i = (unsigned)rng_below(&w->rng, w->n);
	k = (unsigned)rng_below(&w->rng, w->n);
	if (draw_one_of(w, 6)) {
		w->host[i].config.priority = 0;
		note_feature(w, SITE_SILENT_RANK);
	}
	if (draw_one_of(w, 8)) {
		w->host[k].config.mode = MODE_OBSERVE;
		note_feature(w, SITE_OBSERVER);
	}
	bool forgets = draw_one_of(w, 3);

	for (unsigned j = 0; j < w->n; j++) {
		w->host[j].config.poll_ns_min = NS_PER_S;
		w->host[j].config.forget_ns = forgets ? 30 * NS_PER_S : 600 * NS_PER_S;
	}
	if (forgets) {
		note_feature(w, SITE_FORGET);
	}
}

/* --- When --- */

static int64_t draw_boot(struct world *w, unsigned kind, unsigned place)
{
	switch (kind) {
	case 0:
		return draw_ns(w, NS_PER_S);
	case 1:
		return draw_ns(w, 15 * NS_PER_S);
	default:
		return place * 240 / w->n * NS_PER_S + draw_ns(w, 20 * NS_PER_S);
	}
}

/* Returns when all hosts, links and names are there. */
static int64_t draw_first_minutes(struct world *w)
{
	struct boots *b = boots_of(w);
	unsigned kind = (unsigned)rng_below(&w->rng, 3), first = (unsigned)rng_below(&w->rng, w->n);
	bool late_links = draw_one_of(w, 2), late_names = draw_one_of(w, 4);
	int64_t last = 0;

	if (kind > 0) {
		note_feature(w, SITE_ORDER);
	}
	for (unsigned place = 0; place < w->n; place++) {
		unsigned i = (first + place) % w->n;
		int64_t boot = draw_boot(w, kind, place), at = boot;

		b->host[i].has_link = true;
		if (late_links && draw_one_of(w, 3)) {
			b->host[i].has_link = false;
			at = boot + draw_ns(w, LATE_NS);
			script_in(w, at, DO_LINK_UP, i);
			note_feature(w, SITE_LATE_LINK);
		}
		last = ns_max(last, at);
		if (late_names && w->host[i].contacts && draw_one_of(w, 2)) {
			w->host[i].contacts = 0;
			at = boot + draw_ns(w, LATE_NS);
			script_in(w, at, DO_NAMES, i);
			note_feature(w, SITE_LATE_NAME);
			b->all_known = false;
		}
		last = ns_max(last, at);
		script_in(w, boot, DO_BOOT, i);
	}
	return last;
}

/* --- In the middle --- */

static int64_t draw_power_cycles(struct world *w, int64_t at)
{
	unsigned kind = (unsigned)rng_below(&w->rng, 3);
	unsigned one = (unsigned)rng_below(&w->rng, w->n);
	int64_t last = at;

	note_feature(w, SITE_POWER);
	for (unsigned i = 0; i < w->n; i++) {
		bool some = draw_one_of(w, 2);

		if (kind == 2 || i == one || (kind == 1 && some)) {
			int64_t on = at + NS_PER_S + draw_ns(w, 40 * NS_PER_S);

			boots_of(w)->host[i].loses_disk = draw_one_of(w, 5);
			if (boots_of(w)->host[i].loses_disk) {
				note_feature(w, SITE_DISK);
			}
			script_in(w, at, DO_POWER_OFF, i);
			script_in(w, on, DO_BOOT, i);
			last = ns_max(last, on);
		}
	}
	return last;
}

/* The daemon of host @i is restarted at @at. */
static void script_restart(struct world *w, int64_t at, unsigned i)
{
	script_in(w, at, draw_one_of(w, 2) ? DO_QUIT : DO_KILL, i);
	script_in(w, at + NS_PER_S / 2, DO_BOOT, i);
}

static int64_t draw_cable(struct world *w, int64_t at)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->n);
	int64_t plugged = at + 20 * NS_PER_S + draw_ns(w, 60 * NS_PER_S);

	note_feature(w, SITE_CABLE);
	script_in(w, at, DO_LINK_DOWN, i);
	script_restart(w, at + draw_ns(w, 15 * NS_PER_S), i);
	script_in(w, plugged, DO_LINK_UP, i);
	return plugged;
}

static int64_t draw_split(struct world *w, int64_t at)
{
	int64_t healed = at + 20 * NS_PER_S + draw_ns(w, 60 * NS_PER_S);

	note_feature(w, SITE_SPLIT);
	boots_of(w)->side = (unsigned)rng_below(&w->rng, UINT64_C(1) << w->n);
	script_in(w, at, DO_SPLIT, 0);
	for (unsigned i = 0; i < w->n; i++) {
		if (draw_one_of(w, 3)) {
			script_restart(w, at + draw_ns(w, 15 * NS_PER_S), i);
		}
	}
	script_in(w, healed, DO_HEAL, 0);
	return healed;
}

static int64_t draw_middle(struct world *w, int64_t all_there)
{
	int64_t at = all_there + 30 * NS_PER_S + draw_ns(w, 60 * NS_PER_S);

	switch ((enum middle)rng_below(&w->rng, 4)) {
	case MIDDLE_QUIET:
		break;
	case MIDDLE_POWER:
		return draw_power_cycles(w, at);
	case MIDDLE_CABLE:
		return draw_cable(w, at);
	case MIDDLE_SPLIT:
		return draw_split(w, at);
	}
	return all_there;
}

/* --- What happens --- */

/* What is plugged in, and the switch. */
static void wire(struct world *w)
{
	const struct boots *b = boots_of(w);

	for (unsigned i = 0; i < w->n; i++) {
		uint64_t cut = b->host[i].has_link ? 0 : UINT64_MAX;

		for (unsigned k = 0; k < w->n; k++) {
			bool apart = b->split && (b->side >> i & 1) != (b->side >> k & 1);

			if (!b->host[k].has_link || apart) {
				cut |= UINT64_C(1) << k;
			}
		}
		w->net.cut[i] = cut;
	}
}

/* How many names host @i is given. */
static unsigned n_names(const struct world *w, unsigned i)
{
	unsigned others = (1U << w->n) - 1 - (1U << i);

	return (unsigned)__builtin_popcount(boots_of(w)->host[i].names & others);
}

static void boot_host(struct world *w, unsigned i)
{
	if (!w->host[i].up) {
		boots_rules_boot(w, i);
		host_boot(w, i);
		if (w->host[i].contacts == 0) { /* its names do not resolve yet */
			node_set_nameless(w->host[i].node, n_names(w, i));
		}
	}
}

/* The hardware clock goes on as WALL did, or as it was, or begins anew. */
static void power_off(struct world *w, unsigned i)
{
	const struct boots_host *b = &boots_of(w)->host[i];
	int64_t truth = WORLD_WALL + w->now, was = world_wall(w, i).ns;
	int64_t shows = b->rtc_begins_anew ? WORLD_WALL + b->rtc_error_ns : was;

	if (!b->rtc_begins_anew && draw_one_of(w, 4)) {
		shows = truth + b->rtc_error_ns;
	} else if (draw_one_of(w, 4)) {
		shows = rtc_error(w, RTC_1970) + WORLD_WALL; /* the battery was empty */
	}
	if (w->host[i].up) {
		host_crash(w, i);
	}
	host_power_cycle(w, i, shows - was);
	if (b->loses_disk) {
		host_new_disk(w, i);
		boots_rules_new_disk(w, i);
	}
}

static void change_site(struct world *w, enum boots_script what, unsigned i)
{
	struct boots *b = boots_of(w);
	struct node_event stop = {.type = EV_STOP};

	switch (what) {
	case DO_BOOT:
		boot_host(w, i);
		break;
	case DO_LINK_UP:
	case DO_LINK_DOWN:
		b->host[i].has_link = what == DO_LINK_UP;
		wire(w);
		if (what == DO_LINK_UP) {
			host_link(w, i);
		}
		break;
	case DO_NAMES:
		for (unsigned k = 0; k < w->n; k++) {
			if (b->host[i].names >> k & 1) {
				host_add_contact(w, i, k);
			}
		}
		if (host_runs(&w->host[i])) {
			node_set_nameless(w->host[i].node, 0);
		}
		break;
	case DO_POWER_OFF:
		power_off(w, i);
		break;
	case DO_QUIT:
		if (host_runs(&w->host[i])) {
			host_event(w, i, &stop);
			script_in(w, QUIT_NS, DO_KILL, i);
		}
		break;
	case DO_KILL:
		if (w->host[i].up) {
			host_crash(w, i);
		}
		break;
	case DO_SPLIT:
	case DO_HEAL:
		b->split = what == DO_SPLIT;
		wire(w);
		break;
	case DO_LOOK:
	case DO_END:
		break;
	}
}

static void tell_change(const struct world *w, enum boots_script what, unsigned i)
{
	static const char *const names[] = {
		[DO_BOOT] = "boot",	      [DO_LINK_UP] = "link up of",
		[DO_NAMES] = "names of",      [DO_LINK_DOWN] = "link down of",
		[DO_POWER_OFF] = "power off", [DO_QUIT] = "stop",
		[DO_KILL] = "kill",	      [DO_SPLIT] = "split at",
		[DO_HEAL] = "heal at"};

	if (w->verbose) {
		printf("%14.6f -- %s h%u\n", (double)w->now / 1e9, names[what], i);
	}
}

static void run_script(struct world *w, uint64_t value)
{
	enum boots_script what = (enum boots_script)(value >> 32);

	if (what == DO_LOOK) {
		boots_rules_look(w);
		world_at(w, w->now + LOOK_NS, value);
	} else if (what == DO_END) {
		boots_end(w);
	} else {
		tell_change(w, what, (unsigned)value);
		change_site(w, what, (unsigned)value);
	}
}

/* --- The site --- */

struct world *boots_site(uint64_t seed, unsigned n, struct boots *b)
{
	static const char *const nets[] = {"lan", "lan", "noisy"};
	struct rng rng;
	struct net net;

	rng_seed(&rng, seed);
	n = n ? n : 2 + (unsigned)rng_below(&rng, BOOTS_HOSTS_MAX - 1);
	(void)net_named(nets[rng_below(&rng, 3)], &net);
	struct world *w = world_new(seed, n, n, n, &net, TABLE);

	w->timer_late_ns = 50 * NS_PER_US;
	w->scenario.user = b;
	w->scenario.script = run_script;
	w->scenario.effect = boots_rules_effect;
	check_init(w);
	check_no_bounds(w);
	draw_clocks(w);
	draw_contacts(w);
	draw_faults_of_setup(w);
	int64_t there = draw_middle(w, draw_first_minutes(w));

	wire(w);
	b->end = there + b->meet_ns + AFTER_NS;
	script_in(w, LOOK_NS, DO_LOOK, 0);
	script_in(w, b->end, DO_END, 0);
	return w;
}

/* --- For people --- */

const char *boots_feature_name(enum feature f)
{
	static const char *const names[N_FEATURES] = {[SITE_WRONG_CLOCK] = "wrong date",
						      [SITE_OFF_CLOCK] = "hour or day off",
						      [SITE_ORDER] = "boot order",
						      [SITE_LATE_LINK] = "late link",
						      [SITE_LATE_NAME] = "late names",
						      [SITE_HALF] = "half configured",
						      [SITE_DISCOVERY] = "discovery",
						      [SITE_KEY] = "other key",
						      [SITE_CLONE] = "clone",
						      [SITE_SILENT_RANK] = "priority 0",
						      [SITE_OBSERVER] = "observer",
						      [SITE_FORGET] = "short forget",
						      [SITE_POWER] = "power cycle",
						      [SITE_DISK] = "disk lost",
						      [SITE_CABLE] = "cable pulled",
						      [SITE_SPLIT] = "split switch"};

	return names[f];
}

void boots_site_print(const struct world *w)
{
	const struct boots *b = boots_of(w);

	printf("%u hosts, %s, %.0f s:", w->n, w->net.name, (double)b->end / 1e9);
	for (unsigned f = 0; f < N_FEATURES; f++) {
		if (b->features >> f & 1) {
			printf(" [%s]", boots_feature_name((enum feature)f));
		}
	}
	printf("\n");
	for (unsigned i = 0; i < w->n; i++) {
		const struct host *h = &w->host[i];

		printf("  h%u clock off by %.3f s%s, priority %u, %s, key %u, secret %02x%02x, "
		       "knows %03x%s\n",
		       i, (double)b->host[i].rtc_error_ns / 1e9,
		       b->host[i].rtc_begins_anew ? " (no battery)" : "", h->config.priority,
		       clock_mode_name(h->config.mode), h->config.group_key[2], h->config.secret[0],
		       h->config.secret[1], (unsigned)b->host[i].names,
		       b->host[i].loses_disk ? ", will lose its disk" : "");
	}
}
