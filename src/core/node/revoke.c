/* revoke.c - whose key is taken no more, because operators say so.  ARCHITECTURE.md, "Trust".
 *
 * An operator's word holds on the host where it is given.  Elsewhere it is what a member says, who
 * may have been taken over and mean the honest ones.  So:
 *
 *	masters = is set	the word of each host on that list counts, but of another on it only
 *				that of max_liars + 1 of them
 *	members = is set	that of max_liars + 1 members counts
 *	neither			none counts: whoever holds the group key can be as many members as
 *				it likes
 *
 * What counts is held as if it had been said here, is on disk, and is passed on.  So who was off
 * hears it of all others, and whether the host where it was said is here then is no matter.  As
 * one of max_liars + 1 tells the truth, what is passed on was said by an operator somewhere. */
#include "core/node/revoke.h"

#include "core/node/effects.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <limits.h>
#include <string.h>

#define RESEND_NS      (100 * NS_PER_MS) /* and twice as long after each try */
#define TRIES_MAX      8
#define PASS_ON_NS     (30 * NS_PER_S)	 /* all pass it on: not all at once */
#define LISTS_NS       (100 * NS_PER_MS) /* one of a peer is read in so long ... */
#define LISTS_BURST    16		 /* ... with so many saved up */
#define CHANGES_NS     (10 * NS_PER_S)	 /* the same of words of others that hold here */
#define CHANGES_BURST  (2 * REVOKED_MAX)
#define WORDS_EACH_MAX 16		   /* of one host: that wait, or hold on it alone */
#define NUMBER_STEP    (UINT64_C(1) << 20) /* no word takes us further: so none is the last */
#define TELL_NS	       (60 * NS_PER_S)

/* --- Whose word counts --- */

static enum revoke_rule rule_of(const struct node *n, node_id id)
{
	if (n->config.master_keys) {
		return id_may_lead(n, id) ? REVOKE_QUORUM : REVOKE_MASTERS;
	}
	return n->config.member_keys ? REVOKE_QUORUM : REVOKE_EACH;
}

/* So many hosts must say it. */
static unsigned n_needed(const struct node *n, enum revoke_rule rule)
{
	switch (rule) {
	case REVOKE_MASTERS:
		return 1;
	case REVOKE_QUORUM:
		return n->config.max_liars + 1;
	default:
		return UINT_MAX;
	}
}

unsigned revoke_needed(const struct node *n, node_id id)
{
	return n_needed(n, rule_of(n, id));
}

bool revoke_heeds(const struct node *n, node_id by, node_id id)
{
	const struct peer *p = peer_find(n, by);

	return by != id && p && trust_check(&n->trust, p->session.peer_pub) == SESSION_OK &&
	       id_may_lead(n, by);
}

static void tell_limit(struct node *n, node_id by, enum limit limit, unsigned n_max)
{
	if (mono_sub(n->step.now, n->joining.revoke.told) >= TELL_NS) {
		n->joining.revoke.told = n->step.now;
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, by,
		       .limit_tripped = {.limit = limit, .n_max = n_max});
	}
}

/* The number of the last word on @id that holds; 0: there is none. */
static uint64_t last_number(const struct node *n, node_id id)
{
	const struct revoked_host *last = trust_word_on(&n->trust, id);

	return last ? last->word.number : 0;
}

/* --- Words that wait for others --- */

static struct revoke_word *find_word(struct node *n, node_id by, node_id id)
{
	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) {
		struct revoke_word *w = &n->joining.revoke.word[i];

		if (w->by == by && w->word.id == id) {
			return w;
		}
	}
	return NULL;
}

static void drop_word(struct node *n, unsigned i)
{
	n->joining.revoke.word[i] = n->joining.revoke.word[--n->joining.revoke.n_words];
}

/* Those that are no later than what holds, and those of who does not count any more. */
static void drop_words(struct node *n)
{
	for (unsigned i = n->joining.revoke.n_words; i-- > 0;) {
		const struct revoke_word *w = &n->joining.revoke.word[i];

		if (w->word.number <= last_number(n, w->word.id) ||
		    !revoke_heeds(n, w->by, w->word.id)) {
			drop_word(n, i);
		}
	}
}

/* False: it has no room for it. */
static bool keep_word(struct node *n, node_id by, const struct revocation *word)
{
	struct revoke_word *w = find_word(n, by, word->id);
	unsigned n_of_it = 0;

	if (w) {
		w->word = *word;
		return true;
	}
	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) {
		n_of_it += n->joining.revoke.word[i].by == by;
	}
	if (n_of_it >= WORDS_EACH_MAX || n->joining.revoke.n_words == REVOKE_WORDS_MAX) {
		tell_limit(n, by, LIMIT_REVOKING, WORDS_EACH_MAX);
		return false;
	}
	n->joining.revoke.word[n->joining.revoke.n_words++] = (struct revoke_word){by, *word};
	return true;
}

/* So many hosts say the same as @word does, with a number that is as high. */
static unsigned n_who_say(const struct node *n, const struct revocation *word)
{
	unsigned n_say = 0;

	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) {
		const struct revoke_word *w = &n->joining.revoke.word[i];

		n_say += w->word.id == word->id && w->word.revoked == word->revoked &&
			 w->word.number >= word->number && revoke_heeds(n, w->by, word->id);
	}
	return n_say;
}

/* Of the words that say the same as @word does, the highest number that enough say; 0: too few. */
static uint64_t highest_said(const struct node *n, const struct revocation *word, unsigned needed)
{
	uint64_t highest = 0;

	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) {
		const struct revocation *other = &n->joining.revoke.word[i].word;

		if (other->id == word->id && other->revoked == word->revoked &&
		    other->number > highest && n_who_say(n, other) >= needed) {
			highest = other->number;
		}
	}
	return highest;
}

/* --- Words that hold --- */

static void tell_all(struct node *n, int64_t within_ns)
{
	for_each_peer (n, p) {
		int64_t wait_ns =
			within_ns > 0 ? (int64_t)rng_below(&n->rng, (uint64_t)within_ns) : 0;

		p->revoke.due = mono_add(n->step.now, wait_ns);
		p->revoke.tries = 0;
		n->joining.revoke.due = mono_min(n->joining.revoke.due, p->revoke.due);
	}
}

/* @word holds from now on, as @by says (0: an operator here), @alone or not.  False: there is no
 * room for it. */
static bool settle(struct node *n, const struct revocation *word, node_id by, bool alone)
{
	const struct revoked_host *last = trust_word_on(&n->trust, word->id);
	const struct peer *p = peer_find(n, word->id);
	struct revoked_host host = {.word = *word, .given = by == 0, .by = alone ? by : 0};
	bool was = last && last->word.revoked;

	if (p && p->name[0]) { /* a row in the table ends sooner than this */
		memcpy(host.name, p->name, sizeof(host.name));
	} else if (last) {
		memcpy(host.name, last->name, sizeof(host.name));
	}
	node_id gone;
	bool fits = trust_set_word(&n->trust, &host, &gone);

	if (!fits || gone != 0) {
		tell_limit(n, fits ? gone : word->id, LIMIT_REVOKED, REVOKED_MAX);
	}
	if (!fits) {
		return false;
	}
	n->joining.revoke.unsaved = true;
	n->joining.revoke.list += n->joining.revoke.list == UINT32_MAX ? 2 : 1; /* never 0 */
	if (was != word->revoked) {
		notice(n, NOTICE_REVOKED, LEVEL_WARNING, word->id,
		       .revoked = {.revoked = word->revoked, .by = by});
	}
	tell_all(n, by == 0 ? 0 : PASS_ON_NS);
	return true;
}

/* Of what one host says and too few others do, people hear once a minute. */
static bool may_tell_of(struct node *n, node_id by)
{
	struct peer *p = peer_find(n, by);

	if (!p || n->step.now.ns < p->revoke.quiet_until.ns) {
		return false;
	}
	p->revoke.quiet_until = mono_add(n->step.now, TELL_NS);
	return true;
}

/* So many words hold on that of @by alone. */
static unsigned n_held_for(const struct node *n, node_id by)
{
	unsigned n_held = 0;

	for (unsigned i = 0; i < n->trust.n_revoked; i++) {
		n_held += n->trust.revoked[i].by == by;
	}
	return n_held;
}

/* One more host says it.  Do enough? */
static void weigh(struct node *n, node_id by, const struct revocation *said, bool is_new)
{
	unsigned needed = revoke_needed(n, said->id);
	struct revocation word = {.id = said->id, .revoked = said->revoked};

	word.number = highest_said(n, said, needed);
	if (word.number == 0) {
		unsigned more = needed == UINT_MAX ? 0 : needed - n_who_say(n, said);

		if (is_new && may_tell_of(n, by)) {
			notice(n, NOTICE_REVOCATION_SAID, LEVEL_WARNING, said->id,
			       .revocation_said = {.revoked = said->revoked,
						   .by = by,
						   .n_more = more});
		}
		return;
	}
	if (!allowance_take(&n->joining.revoke.changes, CHANGES_NS, CHANGES_BURST, n->step.now)) {
		tell_limit(n, by, LIMIT_REVOKING, CHANGES_BURST);
		return;
	}
	bool alone = n_who_say(n, said) == 1;

	/* The last places are not for who has many already. */
	if (alone && !trust_word_on(&n->trust, said->id) &&
	    n->trust.n_revoked >= REVOKED_MAX - WORDS_EACH_MAX &&
	    n_held_for(n, by) >= WORDS_EACH_MAX) {
		tell_limit(n, by, LIMIT_REVOKING, REVOKED_MAX - WORDS_EACH_MAX);
		return;
	}
	uint64_t most = last_number(n, said->id) + NUMBER_STEP;

	word.number = word.number < most ? word.number : most;
	(void)settle(n, &word, by, alone);
}

/* What was kept for too few to say it may be enough by other lists. */
static void weigh_anew(struct node *n)
{
	drop_words(n);
	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) {
		const struct revoke_word w = n->joining.revoke.word[i];

		if (w.word.number > last_number(n, w.word.id)) {
			weigh(n, w.by, &w.word, false);
		}
	}
	drop_words(n);
}

/* Somebody else says what holds on the word of one host alone. */
static void confirm(struct node *n, node_id by, const struct revocation *said)
{
	const struct revoked_host *last = trust_word_on(&n->trust, said->id);
	struct revoked_host host = last ? *last : (struct revoked_host){0};

	if (host.by != 0 && host.by != by && host.word.revoked == said->revoked &&
	    host.word.number <= said->number && revoke_heeds(n, by, said->id)) {
		host.by = 0;
		(void)trust_set_word(&n->trust, &host, NULL);
		n->joining.revoke.unsaved = true;
	}
}

static void hear(struct node *n, const struct peer *p, const struct revocation *said)
{
	confirm(n, p->id, said);
	if (said->id == n->self.id || said->number <= last_number(n, said->id) ||
	    !revoke_heeds(n, p->id, said->id)) {
		return;
	}
	const struct revoke_word *w = find_word(n, p->id, said->id);
	bool is_new = !w || w->word.revoked != said->revoked;

	if ((!w || w->word.number < said->number) && keep_word(n, p->id, said)) {
		weigh(n, p->id, said, is_new);
	}
}

static bool agrees(const struct node *n, const struct revocation *said)
{
	return trust_is_revoked(&n->trust, said->id) == said->revoked;
}

static void on_list(struct node *n, struct peer *p, const struct wire_revoked *m)
{
	struct wire_msg reply = {.type = WIRE_REVOKED_REPLY,
				 .term = n->election.term,
				 .revoked_reply = {.list = m->list}};

	if (!allowance_take(&p->revoke.lists, LISTS_NS, LISTS_BURST, n->step.now)) {
		tell_limit(n, p->id, LIMIT_REVOKING, LISTS_BURST);
		return;
	}
	for (unsigned i = 0; i < m->n; i++) {
		hear(n, p, &m->entry[i]);
	}
	drop_words(n);
	for (unsigned i = 0; i < m->n; i++) {
		reply.revoked_reply.agrees |= (uint64_t)agrees(n, &m->entry[i]) << i;
	}
	(void)outbox_send(n, p, &reply, false, 0);
}

void revoke_on_message(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	if (msg->type == WIRE_REVOKED) {
		on_list(n, p, &msg->revoked);
	} else if (msg->revoked_reply.list == n->joining.revoke.list) {
		p->revoke.agreed = msg->revoked_reply.list;
		p->revoke.agrees = msg->revoked_reply.agrees;
		p->revoke.due = MONO_NEVER;
	}
}

/* --- What operators say here --- */

enum order_verdict revoke_order(struct node *n, node_id id, bool revoked)
{
	bool is = trust_is_revoked(&n->trust, id);
	struct revocation word = {.id = id, .revoked = revoked};

	if (id == 0 || id == n->self.id) { /* 0 is nobody, of whom no message may speak */
		return ORDER_NOT_ALLOWED;
	}
	if (!revoked && !is) {
		return ORDER_NOT_REVOKED;
	}
	word.number = last_number(n, id) + (is != revoked);
	for (unsigned i = 0; i < n->joining.revoke.n_words; i++) { /* to count with theirs */
		const struct revocation *w = &n->joining.revoke.word[i].word;

		if (w->id == id && w->revoked == revoked && w->number > word.number &&
		    w->number - word.number < NUMBER_STEP) {
			word.number = w->number;
		}
	}
	if (!settle(n, &word, 0, false)) {
		return ORDER_REVOKED_FULL;
	}
	drop_words(n);
	return ORDER_OK;
}

/* --- In each step --- */

static void say(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_REVOKED,
			       .term = n->election.term,
			       .revoked = {.list = n->joining.revoke.list,
					   .n = (uint8_t)n->trust.n_revoked}};

	for (unsigned i = 0; i < n->trust.n_revoked; i++) {
		msg.revoked.entry[i] = n->trust.revoked[i].word;
	}
	p->revoke.due = p->revoke.tries == TRIES_MAX
				? MONO_NEVER
				: mono_add(n->step.now, RESEND_NS << p->revoke.tries);
	p->revoke.tries++;
	(void)outbox_send(n, p, &msg, false, 0);
}

void revoke_tell(struct node *n, struct peer *p)
{
	/* What it may say is its own, and a session of its making gives it no more.  At first it
	 * has what is saved up since the boot. */
	p->revoke =
		(struct revoke_told){.due = n->joining.revoke.list > 0 ? n->step.now : MONO_NEVER,
				     .lists = p->revoke.lists,
				     .quiet_until = p->revoke.quiet_until};
	n->joining.revoke.due = mono_min(n->joining.revoke.due, p->revoke.due);
}

void revoke_reconfigure(struct node *n)
{
	n->joining.revoke.other_lists = true;
}

void revoke_tick(struct node *n)
{
	struct revoking *r = &n->joining.revoke;

	if (r->other_lists) {
		r->other_lists = false;
		weigh_anew(n);
	}
	if (r->unsaved) {
		r->unsaved = false;
		(void)fx_add(n, FX_SAVE_REVOKED);
	}
	if (n->step.now.ns < r->due.ns) {
		return;
	}
	r->due = MONO_NEVER;
	for_each_peer (n, p) {
		if (!session_can_send(&p->session)) {
			p->revoke.due = MONO_NEVER; /* until there is one */
		} else if (p->revoke.due.ns <= n->step.now.ns && fx_has_room(n)) {
			say(n, p);
		}
		r->due = mono_min(r->due, p->revoke.due);
	}
}

mono_t revoke_deadline(const struct node *n)
{
	return n->joining.revoke.due;
}

/* --- Begin, and views --- */

void revoke_init(struct node *n, const struct node_saved *saved)
{
	struct revoking *r = &n->joining.revoke;

	for (size_t i = 0; i < saved->n_revoked; i++) {
		(void)trust_set_word(&n->trust, &saved->revoked[i], NULL);
	}
	r->list = saved->n_revoked > 0;
	r->due = MONO_NEVER;
	r->changes.saved_ns = CHANGES_BURST * CHANGES_NS;
	r->told = MONO_LONG_AGO;
}

static bool agrees_with(const struct node *n, const struct peer *p, size_t i)
{
	return p->revoke.agreed == n->joining.revoke.list && p->revoke.agrees >> i & 1;
}

bool node_revocation(const struct node *n, size_t i, struct revocation_view *ret)
{
	if (i >= n->trust.n_revoked) {
		return false;
	}
	node_id id = n->trust.revoked[i].word.id;
	unsigned n_say;

	memset(ret, 0, sizeof(*ret));
	ret->host = n->trust.revoked[i];
	ret->rule = rule_of(n, id);
	ret->heeded = ret->rule != REVOKE_EACH && id_may_lead(n, n->self.id);
	n_say = ret->heeded;
	for_each_peer (n, p) {
		if (p->in_table && p->id != id) {
			bool same = agrees_with(n, p, i);

			ret->n_others++;
			ret->n_agree += same;
			n_say += same && id_may_lead(n, p->id);
		}
	}
	unsigned left = ret->n_others - ret->n_agree, needed = n_needed(n, ret->rule);

	needed = n_say < needed ? needed - n_say : 0;
	ret->n_more = needed < left ? needed : left;
	return true;
}
