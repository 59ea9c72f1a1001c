/* state_chat.h - what a node knows of the chat over the wire; state.h has it as a part. */
#pragma once

#include "core/rules/chat_master.h"
#include "core/rules/chat_member.h"
#include "core/rules/chat_pace.h"

/* A line for one host alone that is under way, and the last one for us.  private.c */
struct private_talk {
	node_id to;	 /* 0: none is under way */
	unsigned n_sent; /* so often */
	uint64_t keys;	 /* of the session then, by their name */
	struct wire_chat_line line;
	mono_t resend, until;
	struct chat_pace pace;
	struct wire_chat_line heard;
};

/* What a peer said to us alone.  private.c */
struct private_heard {
	struct wire_private_reply answer; /* to the last line; origin_seq 0: there was none */
	struct chat_pace pace;
};

/* chat.c */
struct chatting {
	struct chat log;
	uint16_t source; /* voter whose log we take over before we lead the chat */
	struct chat_pos target;
	mono_t lead_at, resend;
	struct chat_pace own;	 /* lines that are typed here */
	struct chat_pace copied; /* lines that a master copies to us, its own and others' */
	mono_t pace_told;	 /* that somebody says too much; MONO_LONG_AGO: never */
	mono_t forged_told;	 /* likewise: that there are lines that we did not say */
	struct private_talk private;
	bool copies_cut; /* copies.c: the last step had no room for all */
};
