/* node.c - see node.h. */
#include "tests/world/node.h"

#include <stdio.h>
#include <stdlib.h>

struct node_config node_config_default(void)
{
	return (struct node_config){.mode = MODE_STEER,
				    .quorum = QUORUM_ISLAND,
				    .priority = 100,
				    .poll_ns_min = NS_PER_S / 4,
				    .poll_ns = NS_PER_S,
				    .max_drift_ppb = 100000,
				    .max_slew_ppb = 50000000,
				    .freq_ppb_max = 100000000,
				    .step_threshold_ns = 100 * NS_PER_MS,
				    .max_correction_ns = NS_PER_S,
				    .max_accumulated_ns = 10 * NS_PER_S,
				    .max_delay_ns = NS_PER_S / 2,
				    .max_skew_ns = 10 * NS_PER_MS,
				    .max_liars = 1,
				    .forget_ns = 600 * NS_PER_S,
				    .min_hosts = 2,
				    .max_first_step_ns = 3600 * NS_PER_S,
				    .ceiling = {INT64_MAX}};
}

static void *allocate_zeroed(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p) {
		abort();
	}
	return p;
}

struct node_storage node_storage_new(size_t n_table, size_t n_estimators, size_t n_chat_log)
{
	size_t n_own = n_chat_log < CHAT_OWN_LINES ? n_chat_log : CHAT_OWN_LINES;

	return (struct node_storage){.n_peers = n_table,
				     .peers = allocate_zeroed(n_table, peer_size()),
				     .n_contacts = n_table,
				     .contacts = allocate_zeroed(n_table, contact_size()),
				     .n_estimators = n_estimators,
				     .estimators = allocate_zeroed(n_estimators, estimator_size()),
				     .n_chat_log = n_chat_log,
				     .n_chat_own = n_own,
				     .chat_own =
					     allocate_zeroed(n_own, sizeof(struct wire_chat_line)),
				     .chat_log = allocate_zeroed(n_chat_log,
								 sizeof(struct wire_chat_line))};
}

void node_storage_free(struct node_storage *s)
{
	free(s->peers);
	free(s->contacts);
	free(s->estimators);
	free(s->chat_log);
	free(s->chat_own);
	*s = (struct node_storage){0};
}

struct node *node_room_new(void)
{
	return allocate_zeroed(1, node_size());
}

void node_step_checked(struct node *n, const struct node_event *ev, struct node_effects *fx)
{
	node_step(n, ev, fx);
	const char *broken = node_broken_invariant(n);

	if (broken) {
		(void)fprintf(stderr, "this invariant is broken: %s\n", broken);
		abort();
	}
}
