/* session_pair.h - two hosts that share a group key, and what passes between them, for tests of
 * sessions. */
#pragma once

#include "core/wire/session.h"
#include "core/wire/trust.h"

struct end {
	struct trust trust;
	struct session session;
	struct addr addr;
};

struct pair {
	struct end a, b;
	uint8_t rnd;
	uint8_t other_draw; /* the so many-th of fresh() is another one; 0: none */
};

/* The packets of one handshake. */
struct talk {
	uint8_t hello[WIRE_PACKET_MAX], challenge[WIRE_PACKET_MAX], response[WIRE_PACKET_MAX],
		accept[WIRE_PACKET_MAX];
	size_t n_hello, n_challenge, n_response, n_accept;
};

/* A fixture for cmocka: a pair that has not met. */
int session_pair_setup(void **state);
/* Bytes that are not those of any call before. */
void fresh(struct pair *, uint8_t *out, size_t n);
/* Host @e anew, with the key that is made of @key. */
void end_init(struct pair *, struct end *e, uint8_t key, uint32_t index);
/* @i begins; each step must succeed. */
void handshake(struct pair *, struct end *i, struct end *r, mono_t now, struct talk *);
/* @r is given t->response, which session_check_response() has found good, and writes t->accept. */
enum session_verdict respond(struct end *r, struct talk *t, const uint8_t *rnd, mono_t now);
/* A packet with that text; what @to says of it. */
enum session_verdict say(struct end *from, struct end *to, const char *text);
