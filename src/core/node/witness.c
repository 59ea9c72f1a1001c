/* witness.c - who follows whom, by the word of each itself.
 *
 * Nobody can show a third host that a vote was given to it: keys are of pairs.  So a host that is
 * to leave the side it is on asks those whom it knows itself, under its own keys with each: all of
 * them, or as many as suffice, drawn by itself.  What a master says of its followers is
 * believed no further than they do not deny it (meet.c). */
#include "core/node/witness.h"

#include "core/node/deputy.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/table.h"
#include "core/rules/date.h"

#define WITNESSES_MAX 16 /* of 512 hosts, half of which follow a liar, 16 do once in 65536 */
#define ANSWER_NS     (300 * NS_PER_MS) /* and no new question before: it voids the answers */
#define LASTS_NS_MIN  (4 * NS_PER_S)	/* in four heartbeats whoever is refused asks again */

void witness_init(struct node *n)
{
	n->election.asked = MONO_LONG_AGO;
}

/* That our master calls it gone is no reason not to ask. */
static bool is_witness(const struct peer *p)
{
	return session_can_send(&p->session) && !p->gone && !peer_is_twin(p);
}

static unsigned count_witnesses(const struct node *n)
{
	unsigned k = 0;

	for_each_peer (n, p) {
		k += is_witness(p);
	}
	return k;
}

bool witness_any(const struct node *n, node_id whom)
{
	bool any = false;

	for_each_peer (n, p) {
		any = any || (p->id != whom && is_witness(p));
	}
	return any;
}

void witness_ask(struct node *n)
{
	const struct wire_msg question = {.type = WIRE_WITNESS, .term = n->election.term};
	unsigned left = count_witnesses(n), wanted = left < WITNESSES_MAX ? left : WITNESSES_MAX;

	if (mono_within(n->election.asked, n->step.now, ANSWER_NS)) {
		return;
	}
	n->election.asked = n->step.now;
	for_each_peer (n, p) {
		p->testimony.asked = p->testimony.answered = false;
		if (!is_witness(p)) {
			continue;
		}
		/* Knuth, The Art of Computer Programming 3.4.2, algorithm S. */
		if (rng_below(&n->rng, left) < wanted && fx_has_room(n)) {
			p->testimony.asked = outbox_send(n, p, &question, false, 0);
			wanted--;
		}
		left--;
	}
}

bool witness_heard(const struct node *n, mono_t since)
{
	bool all = true;

	for_each_peer (n, p) {
		all = all && (!p->testimony.asked || p->testimony.answered);
	}
	return n->election.asked.ns >= since.ns &&
	       mono_within(n->election.asked, n->step.now,
			   ns_max(LASTS_NS_MIN, 4 * heartbeat_ns(n))) &&
	       (all || !mono_within(n->election.asked, n->step.now, ANSWER_NS));
}

unsigned witness_followers(const struct node *n, node_id master)
{
	unsigned asked = 0, follow = 0;

	for_each_peer (n, p) {
		bool counts = p->testimony.asked && p->id != master;

		asked += counts;
		follow += counts && p->testimony.answered && p->testimony.master == master;
	}
	return asked > 0 ? follow * count_witnesses(n) / asked : 0;
}

/* How many of those who answered have granted a later term than @p has, or one as late. */
static size_t count_later(const struct node *n, const struct peer *p)
{
	size_t later = 0;

	for_each_peer (n, q) {
		later += q->testimony.answered &&
			 (q->testimony.term > p->testimony.term ||
			  (q->testimony.term == p->testimony.term && q->id < p->id));
	}
	return later;
}

bool witness_term(const struct node *n, uint64_t *ret)
{
	size_t answered = 0;

	for_each_peer (n, p) {
		answered += p->testimony.answered;
	}
	if (answered < 2) {
		return false;
	}
	const size_t f = date_liars(answered + 1, n->config.max_liars);

	for_each_peer (n, p) {
		if (p->testimony.answered && count_later(n, p) == f) {
			*ret = p->testimony.term;
		}
	}
	return true;
}

void witness_on_question(struct node *n, struct peer *p)
{
	struct wire_msg answer = {.type = WIRE_TESTIMONY,
				  .term = n->election.term,
				  .testimony = {.master = master_alive(n) ? n->election.master : 0,
						.doubts =
							n->steering.doubt.opinion == OPINION_DOUBT,
						.error_ns = INT64_MAX}};

	deputy_tell_clock(n, p, &answer.testimony);
	outbox_send(n, p, &answer, false, 0);
}

void witness_on_testimony(struct peer *p, const struct wire_msg *msg)
{
	if (p->testimony.asked && !p->testimony.answered) {
		p->testimony = (struct testimony){.asked = true,
						  .answered = true,
						  .term = msg->term,
						  .master = msg->testimony.master,
						  .doubts = msg->testimony.doubts,
						  .raw = msg->testimony.raw,
						  .time = msg->testimony.time,
						  .error_ns = msg->testimony.error_ns};
	}
}
