/* knock_stage.c - puppets that knock, and what the node says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/knock_stage.h"

#include "core/wire/discover.h"
#include "tests/world/node.h"

struct notice told;
unsigned n_told, n_calls;

static void note_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_calls += e->type == FX_DISCOVER;
	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_PEER_REFUSED &&
	    e->notice.level < LEVEL_DEBUG) {
		told = e->notice;
		n_told++;
	}
}

struct stage *opened_as(void **state, struct node_config c)
{
	static struct stage s;

	c.discovery = true;

	s = (struct stage){.effect = note_effect};
	n_told = 0;
	*state = &s;
	stage_open(&s, &c, STRANGER + 1, N_TABLE);
	return &s;
}

struct stage *opened(void **state)
{
	return opened_as(state, node_config_default());
}

int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

mono_t now_of(const struct stage *s)
{
	return host_clock_boot(&s->clock, s->now);
}

void configure(struct stage *s, unsigned k)
{
	assert_true(node_add_contact(s->node, &s->puppet[k].addr, (int)k));
}

/* What is at the address of puppet @k, which is configured. */
struct knock_view contact_of(const struct stage *s, unsigned k)
{
	struct knock_view v;

	assert_true(node_contact(s->node, &s->puppet[k].addr, now_of(s), &v));
	assert_true(addr_equal(&v.addr, &s->puppet[k].addr));
	return v;
}

enum knock state_of(const struct stage *s, unsigned k)
{
	return contact_of(s, k).state;
}

size_t n_refused(const struct stage *s)
{
	struct knock_view v;
	size_t n = 0;

	while (node_knock(s->node, n, now_of(s), &v)) {
		n++;
	}
	return n;
}

/* The one that was refused last: puppet @k, for that reason. */
struct knock_view assert_refused(const struct stage *s, unsigned k, enum knock why)
{
	struct knock_view v;

	assert_true(node_knock(s->node, 0, now_of(s), &v));
	assert_int_equal(v.state, why);
	assert_true(addr_equal(&v.addr, &s->puppet[k].addr));
	return v;
}

void give_other_key(struct stage *s, unsigned k)
{
	s->puppet[k].trust.group_key[0] ^= 1;
}

void call(struct stage *s, unsigned k)
{
	uint8_t packet[WIRE_PACKET_MAX];

	stage_send(s, k, packet, stage_hello(s, k, packet));
}

void call_all(struct stage *s, unsigned k)
{
	static const uint8_t rnd[NONCE_LEN];
	uint8_t packet[WIRE_PACKET_MAX];

	stage_send(s, k, packet, discover_encode(&s->puppet[k].trust, rnd, packet, sizeof(packet)));
}
