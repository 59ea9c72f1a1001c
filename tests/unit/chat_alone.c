/* chat_alone.c - see chat_alone.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/chat_alone.h"

#include <string.h>

struct chat chat;
struct wire_chat_line ring[LOG], own[OWN];

int chat_alone_setup(void **state)
{
	(void)state;
	memset(ring, 0, sizeof(ring));
	chat_init(&chat, &(struct chat_rings){ring, own, LOG, OWN}, SELF, BOOT);
	return 0;
}

struct wire_chat_line a_line(uint64_t term, uint64_t index, node_id origin, uint64_t seq)
{
	struct wire_chat_line line = {
		.pos = {term, index}, .origin = origin, .origin_seq = seq, .len = 1, .name = "h"};

	line.text[0] = 'x';
	return line;
}

unsigned post(node_id from, uint64_t seq)
{
	struct wire_chat_post m = {.after = (seq - 1) & ((1 << 20) - 1) ? seq - 1 : 0,
				   .n = 1,
				   .line = {a_line(0, 0, from, seq)}};

	return chat_on_post(&chat, from, &m);
}

enum chat_verdict hear(struct chat_pos prev, uint64_t stable, struct wire_chat_line line,
		       uint64_t *ret_pull)
{
	struct wire_chat_lines m = {.prev = prev, .stable = stable, .n = 1, .line = {line}};

	return chat_on_lines(&chat, &m, ret_pull);
}

void hear_next(uint64_t term, node_id origin, uint64_t seq)
{
	uint64_t pull;

	assert_int_equal(hear(chat.last, 0, a_line(term, chat.last.index + 1, origin, seq), &pull),
			 CHAT_OK);
}

void type(void)
{
	assert_int_equal(chat_type(&chat, "x", 1, "h", 1), CHAT_OK);
}
