/* joint.c - the master's estimators tell each other of what our own oscillator does; how, is in
 * core/estimate/joint.c.  Settled members only: who is in doubt tells nothing and is told
 * nothing. */
#include "core/node/joint.h"

#include "core/node/estimators.h"
#include "core/node/table.h"

#include <assert.h>

#define JOINT_SAMPLES 128 /* what an estimate did not yet know it has in common with nobody */

static struct estimator *joint_estimator(const struct node *n, const struct peer *p)
{
	bool good = p->as_master.judged.reason == REASON_NONE ||
		    p->as_master.judged.reason == REASON_TRIMMED;
	struct estimator *e = p->as_master.judged.averaged && good ? peer_estimator(n, p) : NULL;

	return e && estimator_count(e) >= JOINT_SAMPLES ? e : NULL;
}

void joint_tell(struct node *n, const struct peer *p)
{
	const struct estimator *e = joint_estimator(n, p);
	double shift[2], lost[3];
	unsigned count = 0;

	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, other) {
		count += joint_estimator(n, other) != NULL;
	}
	if (!e || !joint_apply(&n->leading.joint, estimator_lesson(e), count, shift, lost)) {
		return;
	}
	for_each_peer (n, other) {
		struct estimator *to = other == p ? NULL : joint_estimator(n, other);

		if (to) {
			estimator_hint(to, estimator_lesson(e)->at, shift, lost);
		}
	}
}

void joint_round(struct node *n)
{
	struct joint_entry entry[NODE_PEERS_MAX];
	double sd_ns = 0, rate_sd = 1e-12;
	size_t k = 0;

	assert(n->election.role == ROLE_MASTER);
	if (!joint_due(&n->leading.joint, n->step.pair.raw)) {
		return;
	}
	for_each_peer (n, p) {
		const struct estimator *e = joint_estimator(n, p);
		struct estimate est;

		if (!e || !estimator_at(e, n->step.pair.raw, &est)) {
			p->as_master.joint.marked = false;
			continue;
		}
		sd_ns += est.sd_ns;
		rate_sd += est.rate_sd;
		if (p->as_master.joint.marked && p->as_master.joint.routes == estimator_routes(e)) {
			entry[k++] =
				(struct joint_entry){.moved = (est.rate - p->as_master.joint.rate) *
							      1e9,
						     .wander_var = est.wander * est.wander * 1e18};
		}
		p->as_master.joint.marked = true;
		p->as_master.joint.routes = estimator_routes(e);
		p->as_master.joint.rate = est.rate;
	}
	joint_learn(&n->leading.joint, entry, k, n->step.pair.raw);
	joint_mark(&n->leading.joint, n->step.pair.raw, sd_ns * 1e-9 / rate_sd);
}

void joint_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	joint_init(&n->leading.joint);
}

void joint_forget(struct peer *p)
{
	assert(p->used);
	p->as_master.joint.marked = false;
}
