/* fuzz_node.c - any packet from outside leaves a node as it was: no member, no term, no line, no
 * step. */
#include "berk/node.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define TABLE 8

static struct node *boot(void)
{
	static struct node *node;
	static struct node_storage store;
	static const struct node_saved saved;
	struct node_config c = {.mode = MODE_STEER,
				.priority = 100,
				.poll_ns_min = NS_PER_S,
				.poll_ns = NS_PER_S,
				.max_drift_ppb = 100000,
				.max_slew_ppb = 50000000,
				.freq_ppb_max = 100000000,
				.step_threshold_ns = NS_PER_S,
				.max_correction_ns = NS_PER_S,
				.max_accumulated_ns = NS_PER_S,
				.max_delay_ns = NS_PER_S,
				.max_liars = 1,
				.forget_ns = 60 * NS_PER_S,
				.name = "fuzz",
				.secret = {1, 2, 3},
				.group_key = {4}};

	if (!node) {
		node = calloc(1, node_size());
		store.n_peers = store.n_contacts = store.n_estimators = TABLE;
		store.peers = calloc(TABLE, peer_size());
		store.contacts = calloc(TABLE, contact_size());
		store.estimators = calloc(TABLE, estimator_size());
		store.n_chat_log = 16;
		store.chat_log = calloc(16, sizeof(struct wire_chat_line));
	}
	if (!node || !store.peers || !store.contacts || !store.estimators || !store.chat_log) {
		abort();
	}
	node_init(node, &c, &store, &saved, 1);
	return node;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct node_effects fx;
	struct node *node = boot();
	struct node_event ev = {.type = EV_START, .now = {NS_PER_S}};
	struct node_status before, after;
	struct member_view v;

	if (size > WIRE_PACKET_MAX) {
		return 0;
	}
	node_step(node, &ev, &fx);
	node_status(node, ev.now, ev.pair, &before);
	ev.type = EV_RX;
	ev.rx.data = data;
	ev.rx.len = size;
	ev.rx.from.port = 1;
	node_step(node, &ev, &fx);
	node_status(node, ev.now, ev.pair, &after);
	if (after.term != before.term || after.master != before.master || after.has_line ||
	    after.role != before.role || node_member(node, 1, ev.now, ev.pair, &v)) {
		abort();
	}
	for (size_t i = 0; i < fx.n; i++) {
		if (fx.fx[i].type != FX_NOTICE &&
		    !(fx.fx[i].type == FX_SEND && fx.fx[i].send.len <= size)) {
			abort(); /* nor does it make us say more than was said to us */
		}
	}
	return 0;
}
