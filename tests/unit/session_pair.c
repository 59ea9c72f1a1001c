/* session_pair.c - two hosts that share a group key, and what passes between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/wire/handshake.h"
#include "tests/unit/session_pair.h"

void fresh(struct pair *p, uint8_t *out, size_t n)
{
	memset(out, ++p->rnd, n);
	if (p->other_draw > 0 && --p->other_draw == 0) {
		out[5] ^= 0x40;
	}
}

void end_init(struct pair *p, struct end *e, uint8_t key, uint32_t index)
{
	uint8_t rnd[2 * KEY_LEN];

	memset(e, 0, sizeof(*e));
	memset(e->trust.secret, key, KEY_LEN);
	memset(e->trust.group_key, 7, KEY_LEN);
	fresh(p, rnd, sizeof(rnd));
	trust_init(&e->trust, rnd, (mono_t){0});
	session_init(&e->session, index);
	e->addr.ip[15] = key;
	e->addr.port = 5252;
}

int session_pair_setup(void **state)
{
	static struct pair p;

	p.rnd = 0;
	p.other_draw = 0;
	end_init(&p, &p.a, 0x11, 1);
	end_init(&p, &p.b, 0x22, 2);
	*state = &p;
	return 0;
}

enum session_verdict respond(struct end *r, struct talk *t, const uint8_t *rnd, mono_t now)
{
	struct noise noise;
	enum session_verdict v = session_check_offer(&r->session, t->response, now);

	v = v == SESSION_OK ? session_prove_response(&r->trust, t->response, &noise) : v;
	return v == SESSION_OK ? session_accept(&r->session, &r->trust, &noise, t->response, rnd,
						now, t->accept, sizeof(t->accept), &t->n_accept)
			       : v;
}

/* @i begins; each step must succeed. */
void handshake(struct pair *p, struct end *i, struct end *r, mono_t now, struct talk *t)
{
	uint8_t rnd[SESSION_RAND_LEN], pub[KEY_LEN];

	fresh(p, rnd, sizeof(rnd));
	t->n_hello = session_hello(&i->session, &i->trust, rnd, now, t->hello, sizeof(t->hello));
	assert_int_equal(session_check_hello(&r->trust, t->hello, t->n_hello, pub), SESSION_OK);
	assert_memory_equal(pub, i->trust.pub, KEY_LEN);
	t->n_challenge = session_challenge(&r->trust, &i->addr, t->hello, t->challenge,
					   sizeof(t->challenge));
	fresh(p, rnd, sizeof(rnd));
	assert_int_equal(session_on_challenge(&i->session, &i->trust, t->challenge, t->n_challenge,
					      rnd, now, t->response, sizeof(t->response),
					      &t->n_response),
			 SESSION_OK);
	assert_int_equal(session_check_response(&r->trust, &i->addr, t->response, t->n_response,
						pub),
			 SESSION_OK);
	assert_memory_equal(pub, i->trust.pub, KEY_LEN);
	fresh(p, rnd, sizeof(rnd));
	assert_int_equal(respond(r, t, rnd, now), SESSION_OK);
	assert_int_equal(session_on_accept(&i->session, &i->trust, t->accept, t->n_accept, now),
			 SESSION_OK);
	assert_true(t->n_challenge <= t->n_hello && t->n_accept <= t->n_response);
}

enum session_verdict say(struct end *from, struct end *to, const char *text)
{
	uint8_t packet[WIRE_PACKET_MAX], plain[WIRE_MESSAGE_MAX];
	size_t n = session_seal(&from->session, (const uint8_t *)text, strlen(text), packet,
				sizeof(packet)),
	       len;
	enum session_verdict v = session_open(&to->session, packet, n, plain, &len);

	if (v == SESSION_OK) {
		assert_int_equal(len, strlen(text));
		assert_memory_equal(plain, text, len);
	}
	return v;
}
