/* fuzz_peer.c - whatever a proved member or master says, nothing crashes or overflows, terms only
 * grow, and the clock is never told to run beyond its limits.
 *
 * Input: records of FLAGS, LEN, LEN bytes of one message.  The flags put the fields right that
 * noise would never hit: a term of either side, the sequence of the last poll or reply. */
#include "berk/term.h"
#include "fuzz.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

#include <stdlib.h>
#include <string.h>

#define TABLE 4

enum {
	TERM_OURS = 1,	 /* the term of the node */
	TERM_NEXT = 2,	 /* the peer's next one; with TERM_OURS: its last, which has none above */
	SEQ_RIGHT = 4,	 /* POLL, PROBE: the next; replies, CORRECT: of what the node sent last */
	LONG_PAUSE = 8,	 /* four seconds pass, else a tenth */
	TYPE_HERE = 0xf0 /* if not 0: the message's type; 15: one of those from PROBE on */
};

static uint64_t term_saved;

static void check_effect(struct stage *s, const struct effect *e)
{
	if ((e->type == FX_SAVE_TERM && e->term < term_saved) ||
	    (e->type == FX_ADJ_FREQ && llabs(e->freq_ppb) > s->config.freq_ppb_max) ||
	    (e->type == FX_STATUS && e->status.max_error_ns < 0)) {
		abort();
	}
	if (e->type == FX_SAVE_TERM) {
		term_saved = e->term;
	}
}

static void start_stage(struct stage *s)
{
	struct node_config config = node_config_default();

	term_saved = 0;
	s->effect = check_effect;
	stage_open(s, &config, 1, TABLE);
	stage_meet(s, 0);
}

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; v >>= 8) {
		p[i] = (uint8_t)v;
	}
}

/* The sequence of the last poll or probe that the node sent, of whichever there were more. */
static uint32_t asked_last(const struct puppet *p)
{
	uint32_t poll = p->heard[WIRE_POLL].poll.seq, probe = p->heard[WIRE_PROBE].probe.seq;

	return poll > probe ? poll : probe;
}

static uint64_t term_of_flags(const struct stage *s, unsigned flags)
{
	uint64_t ours = stage_status(s).term, last = (TERM_COUNTER_MAX - 1) << TERM_TAG_BITS;

	if (!(flags & TERM_NEXT)) {
		return ours;
	}
	return term_next(flags & TERM_OURS ? last : ours, s->puppet[0].trust.id);
}

static void put_right(struct stage *s, uint8_t *m, size_t len, unsigned flags)
{
	struct puppet *p = &s->puppet[0];

	if ((flags & TYPE_HERE) && len > 0) {
		unsigned type = flags >> 4;

		m[0] = (uint8_t)(type < WIRE_PROBE ? type
						   : type + m[0] % (WIRE_TYPE_MAX_ - WIRE_PROBE));
	}
	if ((flags & (TERM_OURS | TERM_NEXT)) && len >= 9) {
		put_number(m + 1, term_of_flags(s, flags), 8);
	}
	if (!(flags & SEQ_RIGHT) || len < 21) {
		return;
	}
	if (m[0] == WIRE_POLL || m[0] == WIRE_PROBE) {
		put_number(m + 9, ++p->seq, 4);
	} else if (m[0] == WIRE_REPLY || m[0] == WIRE_PROBE_REPLY) {
		put_number(m + 9, asked_last(p), 4);
	} else if (m[0] == WIRE_CORRECT) {
		put_number(m + 17, p->heard[WIRE_REPLY].reply.stamps.seq, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage s;
	uint8_t plain[WIRE_MESSAGE_MAX];

	start_stage(&s);
	while (size > 2) {
		unsigned flags = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		struct node_event timer = {.type = EV_TIMER};

		memcpy(plain, data + 2, len);
		put_right(&s, plain, len, flags);
		stage_say_bytes(&s, 0, plain, len);
		stage_hold(&s, flags & LONG_PAUSE ? 4 * NS_PER_S : NS_PER_S / 10);
		stage_event(&s, &timer);
		data += 2 + len;
		size -= 2 + len;
	}
	return 0;
}
