/* attack.c - a group with a traitor among its members, and an outsider on its network.
 *
 * The traitor has all keys of a member, and a node whose messages it bends (tests/traitor); the
 * outsider has none.  FALL_NS before the end the traitor dies, and the outsider goes home: then the
 * honest hosts have FOUND_NS to follow one master, and ONE_NS to be one group.  What is promised
 * while they attack stands in attack_rules.c and in tests/world/check.c.
 *
 * In the runs of odd seeds, the network falls into two parts now and then, for the last time
 * WHOLE_NS before the traitor dies.
 *
 * Whoever takes corrections of a traitor that leads is moved, within its caps, and its bound says
 * nothing until an honest master has corrected it: nothing else is promised then.
 */
#include "tests/sim/attack.h"
#include "tests/sim/command.h"
#include "tests/sim/jobs.h"
#include "tests/sim/options.h"
#include "tests/sim/weather.h"
#include "tests/traitor/traitor.h"
#include "tests/world/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_NS	  (20 * NS_PER_S) /* the group meets before the attack */
#define SPLIT_NS	  30e9		  /* a split lasts, on average */
#define BETWEEN_SPLITS_NS 120e9
#define WHOLE_NS	  (60 * NS_PER_S) /* it is whole for so long before the traitor dies */

static double draw_ns(struct world *w, double mean_ns)
{
	return -log(1 - rng_unit(&w->rng)) * mean_ns;
}

/* --- What happens in a run --- */

static void begin_treason(struct world *w)
{
	struct attack *a = attack_of(w);

	the_traitor.quiet = false;
	attack_listen(w);
	if (w->verbose) {
		printf("%14.6f -- h%u is a traitor\n", (double)w->now / 1e9, a->traitor);
	}
}

static void heal_net(struct world *w)
{
	memset(w->net.cut, 0, sizeof(w->net.cut));
	attack_of(w)->split = false;
	if (w->verbose) {
		printf("%14.6f -- the network is whole\n", (double)w->now / 1e9);
	}
}

static void fall(struct world *w)
{
	struct attack *a = attack_of(w);

	a->fallen = true;
	if (a->traitor < w->n) {
		host_crash(w, a->traitor);
	}
	traitor_end();
	outsider_stop(w);
	for (unsigned i = 0; i < w->n; i++) {
		if (!w->host[i].up && i != a->traitor) {
			host_boot(w, i);
		}
	}
	a->terms_ns = attack_terms_ns(w);
	if (w->verbose) {
		printf("%14.6f -- the attackers fall silent\n", (double)w->now / 1e9);
	}
}

/* Now and then an honest host, mostly the master, crashes and starts again. */
static void crash_some(struct world *w)
{
	struct attack *a = attack_of(w);
	int m = world_master(w, 0);
	unsigned i =
		m >= 0 && rng_below(&w->rng, 2) ? (unsigned)m : (unsigned)rng_below(&w->rng, w->n);

	if (a->fallen) {
		return;
	}
	if (i != a->traitor && w->host[i].up) {
		if (w->verbose) {
			printf("%14.6f -- h%u crashes\n", (double)w->now / 1e9, i);
		}
		host_crash(w, i);
		attack_at(w, (int64_t)draw_ns(w, 5e9), AT_BOOT, i);
	}
	attack_at(w, (int64_t)draw_ns(w, 120e9), AT_CRASH, 0);
}

/* Now and then the network falls into two parts. */
static void split_net(struct world *w)
{
	struct attack *a = attack_of(w);
	uint64_t side = rng_u64(&w->rng);

	if (w->now > a->end - FALL_NS - WHOLE_NS) {
		return;
	}
	for (unsigned i = 0; i < w->n; i++) {
		w->net.cut[i] = side >> i & 1 ? ~side : side;
	}
	a->split = true;
	a->side = side;
	if (w->verbose) {
		printf("%14.6f -- the network is split:", (double)w->now / 1e9);
		for (unsigned i = 0; i < w->n; i++) {
			printf(" %s", side >> i & 1 ? "left" : "right");
		}
		printf("\n");
	}
	attack_at(w, ns_min((int64_t)draw_ns(w, SPLIT_NS), a->end - FALL_NS - WHOLE_NS - w->now),
		  AT_HEAL, 0);
	attack_at(w, (int64_t)draw_ns(w, BETWEEN_SPLITS_NS), AT_SPLIT, 0);
}

static void run_script(struct world *w, uint64_t value)
{
	struct attack *a = attack_of(w);
	unsigned i = (unsigned)value;

	switch ((enum attack_script)(value >> 32)) {
	case AT_BOOT:
		if (!w->host[i].up) {
			host_boot(w, i);
		}
		break;
	case AT_TREASON:
		begin_treason(w);
		break;
	case AT_OUTSIDER:
		if (!a->fallen) {
			outsider_act(w);
			attack_at(w, (int64_t)draw_ns(w, 2e9), AT_OUTSIDER, 0);
		}
		break;
	case AT_WATCH:
		attack_watch(w);
		attack_at(w, NS_PER_S, AT_WATCH, 0);
		break;
	case AT_FALL:
		fall(w);
		break;
	case AT_CRASH:
		crash_some(w);
		break;
	case AT_SPLIT:
		split_net(w);
		break;
	case AT_HEAL:
		heal_net(w);
		break;
	}
}

static void see_packet(struct world *w, unsigned from, unsigned to, const uint8_t *data,
		       uint16_t len)
{
	struct attack *a = attack_of(w);

	a->n_attacks += from == a->traitor;
	outsider_see(w, from, to, data, len);
}

/* --- A run --- */

struct order_of_run {
	unsigned nodes;
	double seconds;
	uint64_t seed;
	bool loyal, inside; /* no traitor; no outsider */
	bool orders;	    /* those of the traitor are taken, too */
	unsigned moves;	    /* bit mask: these alone are made */
	unsigned verbose;
};

static void make_traitor(struct world *w, unsigned i)
{
	static const uint8_t priorities[] = {0, 1, 100, 255};

	attack_of(w)->traitor = i;
	w->host[i].liar = true;
	w->host[i].config.priority = priorities[rng_below(&w->rng, 4)];
	traitor_begin(w->host[i].node, rng_u64(&w->rng));
	the_traitor.quiet = true;
	the_traitor.may = attack_of(w)->may;
	attack_at(w, QUIET_NS, AT_TREASON, 0);
}

static struct world *world_of_run(uint64_t seed, const struct order_of_run *o, struct attack *a)
{
	unsigned n = o->nodes;

	struct world *w = weather_new(seed, n);

	w->scenario.script = run_script;
	w->scenario.packet = see_packet;
	w->scenario.user = a;
	traitor_clear();
	check_init(w);
	outsider_init(w);
	bool discovery = rng_below(&w->rng, 2);

	for (unsigned i = 0; i < n; i++) {
		attack_at(w, weather_draw_host(w, i, discovery), AT_BOOT, i);
		w->host[i].config.ceiling = (wall_t){WORLD_LAST};
		w->host[i].config.orders = o->orders ? ORDERS_OF_MEMBERS : ORDERS_OF_MASTERS;
	}
	a->traitor = n;
	if (!o->loyal) {
		make_traitor(w, (unsigned)rng_below(&w->rng, n));
	}
	check_traitor(w, a->traitor);
	if (!o->inside) {
		attack_at(w, QUIET_NS, AT_OUTSIDER, 0);
	}
	attack_at(w, QUIET_NS, AT_CRASH, 0);
	if (seed % 2 == 1) { /* those of even seeds are as they are without */
		attack_at(w, QUIET_NS + (int64_t)draw_ns(w, BETWEEN_SPLITS_NS), AT_SPLIT, 0);
	}
	attack_at(w, NS_PER_S, AT_WATCH, 0);
	attack_at(w, a->end - FALL_NS, AT_FALL, 0);
	return w;
}

/* All zero, as of a run that did not come to its end: it did not hold. */
struct verdict {
	bool ended, held, misled;
	struct moves_count moves;
	double found_s, one_s, member_s, master_s, leaderless_s, cloned_s;
	uint64_t tx_most;
};

static void print_verdict(const struct order_of_run *o, uint64_t seed, const struct world *w,
			  const struct verdict *v)
{
	if (!w->failed) {
		printf("seed %" PRIu64 ": held, moved %.6f s a minute%s, a master %.0f s after, "
		       "%sone group, %" PRIu64 " events, hash %016" PRIx64 "\n",
		       seed, fmax(v->member_s, v->master_s), v->misled ? " by a lying master" : "",
		       v->found_s, v->one_s < 0 ? "not " : "", w->n_events, w->hash);
		return;
	}
	printf("seed %" PRIu64 ": BROKEN at %.9f s: %s\n"
	       "  replay: berksim attack --nodes %u --seconds %.0f --seed %" PRIu64 "%s%s%s",
	       seed, (double)w->now / 1e9, w->failure, o->nodes, o->seconds, seed,
	       o->loyal ? " --loyal" : "", o->inside ? " --inside" : "",
	       o->orders ? " --orders" : "");
	attack_print_moves(o->moves);
	printf(" -v\n");
	if (w->verbose) {
		world_describe(w);
	}
}

static void run_seed(void *user, unsigned k, void *result)
{
	const struct order_of_run *o = user;
	uint64_t seed = o->seed + k;
	struct attack a = {.end = (int64_t)(o->seconds * 1e9),
			   .may = o->moves,
			   .found_ns = -1,
			   .one_ns = -1};
	struct world *w = world_of_run(seed, o, &a);

	w->verbose = o->verbose;
	world_run(w, a.end);
	struct verdict v = {.ended = true,
			    .held = !w->failed,
			    .misled = check_misled(w, -1),
			    .found_s = (double)a.found_ns / 1e9,
			    .one_s = (double)a.one_ns / 1e9,
			    .member_s = (double)a.moved_as_member / 1e9,
			    .master_s = (double)a.moved_as_master / 1e9,
			    .leaderless_s = (double)a.leaderless_ns / 1e9,
			    .cloned_s = (double)a.cloned_ns / 1e9,
			    .tx_most = a.tx_most};

	attack_count_moves(&v.moves);
	print_verdict(o, seed, w, &v);
	*(struct verdict *)result = v;
	traitor_end();
	outsider_fini(w);
	check_fini(w);
	world_free(w);
}

/* Did all hold? */
static bool sum_up(const struct verdict *v, unsigned count, uint64_t first_seed)
{
	unsigned held = 0, misled = 0, apart = 0;
	struct verdict most = {.ended = false};

	for (unsigned i = 0; i < count; i++) {
		held += v[i].held;
		misled += v[i].misled;
		apart += v[i].held && v[i].one_s < 0;
		most.found_s = fmax(most.found_s, v[i].found_s);
		most.member_s = fmax(most.member_s, v[i].member_s);
		most.master_s = fmax(most.master_s, v[i].master_s);
		most.leaderless_s = fmax(most.leaderless_s, v[i].leaderless_s);
		most.cloned_s = fmax(most.cloned_s, v[i].cloned_s);
		most.tx_most = v[i].tx_most > most.tx_most ? v[i].tx_most : most.tx_most;
		for (unsigned k = 0; k < MOVE_MAX_; k++) {
			most.moves.n_begun[k] += v[i].moves.n_begun[k];
			most.moves.n_sent[k] += v[i].moves.n_sent[k];
			most.moves.n_arrived[k] += v[i].moves.n_arrived[k];
		}
		if (!v[i].ended) {
			printf("seed %" PRIu64 ": NOT RUN to its end, its process died\n",
			       first_seed + i);
		}
	}
	attack_print_counts(&most.moves);
	printf("most honest hosts were led by nobody for at most %.0f s; one took itself for "
	       "cloned "
	       "for at most %.0f s\n",
	       most.leaderless_s, most.cloned_s);
	printf("%u of %u seeds held; an honest clock moved by at most %.6f s a minute, and by %.3f "
	       "s "
	       "in the %u with a lying master, %u of them not one group at the end; a master "
	       "again after at most %.0f s; at most %" PRIu64 " packets a second of one host\n",
	       held, count, most.member_s, most.master_s, misled, apart, most.found_s,
	       most.tx_most);
	return held == count;
}

int cmd_attack(int argc, char **argv)
{
	struct order_of_run o = {.nodes = 7,
				 .seconds = 600,
				 .seed = 1,
				 .moves = MOVES_ALL | MOVES_WORDS};
	unsigned count = 1, jobs = 1;
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "hosts, one of them a traitor", 4, ATTACK_HOSTS_MAX,
		 .number = &o.nodes},
		{"seconds", "S", "simulated; in the last 120 nobody attacks", 180, 3600,
		 .real = &o.seconds},
		{"seed", "K", "of the first run", .seed = &o.seed},
		{"seeds", "COUNT", "runs, with seeds K, K + 1, ...", 1, 1000000, .number = &count},
		{"jobs", "J", "processes", 1, 64, .number = &jobs},
		{"loyal", NULL, "the outsider only, nobody is a traitor", .flag = &o.loyal},
		{"inside", NULL, "the traitor only, there is no outsider", .flag = &o.inside},
		{"orders", NULL, "honest hosts take orders of any member, also of the traitor",
		 .flag = &o.orders},
		{"moves", "LIST", "make these alone, as clone,refuse; words: what is drawn else",
		 .take = attack_take_moves, .user = &o.moves},
		{"verbose", NULL, "or -v: tell what happens; -vv: debug notices too",
		 .count = &o.verbose},
	};

	if (!options_take("A traitor among the members, who says anything to anybody, and an "
			  "outsider who replays, reflects,\nspoofs and delays: what the honest "
			  "hosts promise is checked all the time.",
			  options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	struct verdict *v = calloc(count, sizeof(*v));

	if (!v) {
		abort();
	}
	printf("seed %" PRIu64 "\n", o.seed);
	bool ended = jobs_run(jobs, count, run_seed, &o, v, sizeof(*v));
	bool held = sum_up(v, count, o.seed);

	free(v);
	return ended && held ? EXIT_HELD : EXIT_BROKE;
}
