/* chat_alone.h - one log of the chat, for tests of its rules alone: what its host types, and
 * what a master says to it. */
#pragma once

#include "core/rules/chat_master.h"
#include "core/rules/chat_member.h"

#define LOG  64
#define OWN  16
#define SELF 1
#define BOOT (UINT64_C(5) << 20) /* of our own lines */

extern struct chat chat;
extern struct wire_chat_line ring[LOG], own[OWN];

/* A fixture for cmocka: an empty log. */
int chat_alone_setup(void **state);
/* A line of one letter. */
struct wire_chat_line a_line(uint64_t term, uint64_t index, node_id origin, uint64_t seq);
/* The line @seq of @from comes, which has all before it: how many are taken. */
unsigned post(node_id from, uint64_t seq);
/* A line from the master, whose log has @prev before it. */
enum chat_verdict hear(struct chat_pos prev, uint64_t stable, struct wire_chat_line line,
		       uint64_t *ret_pull);
/* The next line in a row, of @origin. */
void hear_next(uint64_t term, node_id origin, uint64_t seq);
/* An own line, which is taken. */
void type(void);
