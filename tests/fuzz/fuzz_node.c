/* fuzz_node.c - any packet from outside leaves a node as it was: no member, no term, no line, no
 * step.  What a glance says is junk, a step has no answer for. */
#include "berk/node.h"
#include "fuzz.h"
#include "tests/world/node.h"

#include <stdlib.h>

#define TABLE 8
#define LOG   16

static struct node *boot_node(void)
{
	static struct node *node;
	static struct node_storage store;
	static const struct node_saved saved;
	struct node_config c = node_config_default();

	c.name[0] = 'f';
	c.secret[1] = 1;
	c.group_key[0] = 4;
	if (!node) {
		node = node_room_new();
		store = node_storage_new(TABLE, TABLE, LOG);
	}
	node_init(node, &c, &store, &saved, 1);
	return node;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct node_effects fx;
	struct node *node = boot_node();
	struct node_event ev = {.type = EV_START, .now = {NS_PER_S}};
	struct node_status before, after;
	struct member_view v;

	if (size > WIRE_PACKET_MAX) {
		return 0;
	}
	node_step_checked(node, &ev, &fx);
	node_status(node, ev.now, ev.pair, &before);
	ev.type = EV_RX;
	ev.rx.data = data;
	ev.rx.len = size;
	ev.rx.from.port = 1;
	bool worth = node_glance(node, &ev);

	node_step_checked(node, &ev, &fx);
	node_status(node, ev.now, ev.pair, &after);
	if (after.term != before.term || after.master != before.master || after.has_line ||
	    after.role != before.role || node_member(node, &(size_t){1}, ev.now, ev.pair, &v)) {
		abort();
	}
	for (size_t i = 0; i < fx.n; i++) {
		if (fx.fx[i].type != FX_NOTICE &&
		    !(fx.fx[i].type == FX_SEND && fx.fx[i].send.len <= size && worth)) {
			abort(); /* nor does it make us say more than was said to us */
		}
	}
	return 0;
}
