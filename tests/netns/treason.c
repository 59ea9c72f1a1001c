/* treason.c - what the traitor of test_attack does: berkd-traitor is a whole berkd with its keys.
 *
 *   BERKD_TREASON=CASE   One of those at the end of this file, by the numbers of the cases of field
 *                        that they are after; "any": whatever tests/traitor draws.
 *   BERKD_TREASON_WHEN   It is as honest as others until this file exists.
 *   BERKD_TREASON_SAID   Here it leaves what it has said: see treason.h.
 */
#include "netns/treason.h"
#include "tests/traitor/traitor.h"

#include "core/node/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAUSE_NS (20 * NS_PER_MS) /* between words */
#define PHASE_NS (3 * NS_PER_S)	  /* of one claim */
#define POSTS	 5		  /* of lines of the chat, between pauses */
#define UNSEEN	 "\xe2\x80\xae \xf3\xa0\x80\x81 \xc2\xad \xe1\xa0\x8e \xe2\xa0\x80 \xe3\x85\xa4"
#define YEAR_NS	 (INT64_C(365) * 86400 * NS_PER_S)

static void say_to_all(struct traitor *t, const struct wire_msg *m)
{
	for (size_t k = 0; k < t->node->store.n_peers && k < TRAITOR_PEERS; k++) {
		traitor_say(t, k, m);
	}
}

/* As the master that it is: first without a bound, then a year ahead, and ten behind; again and
 * again.  And it says that a large group follows it. */
static void step_all(struct traitor *t, struct wire_msg *m)
{
	unsigned phase = (unsigned)(t->now.ns / PHASE_NS % 3);

	if (m->type == WIRE_POLL) {
		m->poll.n_table = m->poll.n_alive = 60000;
	} else if (m->type == WIRE_CORRECT) {
		m->correct.may_step = true;
		m->correct.rate = 0;
		m->correct.growth_ppb = 200000;
		m->correct.error_ns = phase == 0 ? INT64_MAX : NS_PER_US;
		m->correct.offset_ns = phase == 0 ? 0 : phase == 1 ? YEAR_NS : -10 * YEAR_NS;
	}
}

/* Nothing is wrong but the rate. */
static void run_away(struct traitor *t, struct wire_msg *m)
{
	(void)t;
	if (m->type == WIRE_CORRECT) {
		m->correct.rate = 399e-6;
		m->correct.offset_ns = 0;
		m->correct.error_ns = NS_PER_US;
		m->correct.growth_ppb = 200000;
	}
}

static void use_up_terms(struct traitor *t)
{
	say_to_all(t, &(struct wire_msg){.type = WIRE_PING, .term = UINT64_MAX});
}

/* Hosts that are not, at the addresses of those that are. */
static void name_ghosts(struct traitor *t)
{
	struct wire_msg m = {.type = WIRE_ROSTER, .term = t->node->election.term};

	m.roster.n = WIRE_ROSTER_MAX;
	m.roster.total = 200;
	for (unsigned i = 0; i < m.roster.n; i++) {
		struct wire_roster_entry *e = &m.roster.entry[i];
		const struct peer *p =
			&t->node->store.peers[rng_below(&t->rng, t->node->store.n_peers)];

		e->id = rng_u64(&t->rng) | 1;
		e->addr = p->used ? p->addr : (struct addr){.ip = {[15] = 9}, .port = 5252};
		e->state = MEMBER_SETTLED;
		e->priority = 100;
		(void)snprintf(e->name, sizeof(e->name), "ghost%u", i);
	}
	say_to_all(t, &m);
}

/* It claims the next term, without a vote, and a group of 65535 with it. */
static void claim(struct traitor *t)
{
	if (!t->claim.any) {
		claim_as(t, UINT16_MAX,
			 &(struct wire_correct){.error_ns = NS_PER_MS, .growth_ppb = 200000});
		t->claim.true_rate = true;
	}
}

/* As the master that it is: its group has 65535 hosts, which nobody has a majority of. */
static void swell(struct traitor *t, struct wire_msg *m)
{
	(void)t;
	if (m->type == WIRE_POLL) {
		m->poll.n_table = UINT16_MAX;
	}
}

/* Its own time is at the ends of what a message can hold. */
static void turn_time(struct traitor *t, struct wire_msg *m)
{
	static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, 0};
	unsigned n = t->n_heard;

	if (m->type == WIRE_REPLY) {
		m->reply.pair.raw.ns = ends[n % 4];
		m->reply.pair.wall.ns = ends[n / 4 % 4];
		m->reply.remainder_ns = ends[n / 16 % 4];
	}
}

static void nothing(struct traitor *t)
{
	(void)t;
}

/* Hundreds of lines a second under another's name, with what nobody sees or what turns them. */
static void fill_chat(struct traitor *t)
{
	static uint64_t seq = UINT64_C(1) << 40;

	for (unsigned k = 0; k < POSTS; k++) {
		struct wire_msg m = {.type = WIRE_CHAT_POST,
				     .term = t->node->election.term,
				     .chat_post = {.n = WIRE_CHAT_LINES_MAX}};

		for (unsigned i = 0; i < WIRE_CHAT_LINES_MAX; i++) {
			struct wire_chat_line *l = &m.chat_post.line[i];

			l->origin = t->node->self.id;
			l->origin_seq = ++seq;
			l->len = (uint16_t)snprintf(l->text, sizeof(l->text), "word " UNSEEN);
			(void)snprintf(l->name, sizeof(l->name), "host1");
		}
		say_to_all(t, &m);
	}
}

static struct treason *heard_of; /* NULL: nobody asks */

static void begin_when_due(struct traitor *t)
{
	const char *when = getenv("BERKD_TREASON_WHEN");

	if (t->quiet && (!when || access(when, F_OK) == 0)) {
		t->quiet = false;
		t->next_word = t->now;
	}
	if (t->script && !t->quiet) {
		t->next_word = mono_add(t->now, PAUSE_NS);
	}
	if (heard_of && !t->quiet) {
		memcpy(heard_of->said, t->n_said, sizeof(heard_of->said));
		memcpy(heard_of->bent, t->n_bent, sizeof(heard_of->bent));
	}
}

/* Made before the daemon gives up its rights: later it opens no file. */
static void open_said(void)
{
	const char *path = getenv("BERKD_TREASON_SAID");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0 || ftruncate(fd, sizeof(*heard_of)) < 0) {
		return;
	}
	heard_of = mmap(NULL, sizeof(*heard_of), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	heard_of = heard_of == MAP_FAILED ? NULL : heard_of;
	close(fd);
}

static const struct {
	const char *name;
	void (*script)(struct traitor *);
	void (*twist)(struct traitor *, struct wire_msg *);
} cases[] = {
	{"any", NULL, NULL},	    {"T1", nothing, step_all},	 {"T2", nothing, run_away},
	{"T3", use_up_terms, NULL}, {"T4", claim, NULL},	 {"T5", name_ghosts, NULL},
	{"T6", nothing, swell},	    {"T16", nothing, turn_time}, {"T17", fill_chat, NULL},
};

__attribute__((constructor)) static void treason_init(void)
{
	const char *name = getenv("BERKD_TREASON");

	open_said();
	traitor_begin(NULL, 1);
	the_traitor.quiet = true;
	the_traitor.may = MOVES_WORDS; /* moves are the simulator's until the core stands all */
	the_traitor.watch = begin_when_due;
	for (size_t i = 0; name && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(name, cases[i].name) == 0) {
			the_traitor.script = cases[i].script;
			the_traitor.twist = cases[i].twist;
			return;
		}
	}
	(void)fprintf(stderr, "BERKD_TREASON: no such case\n");
	_exit(2);
}
