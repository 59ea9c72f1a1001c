/* peer.h - what is noted of one peer: that it is here, what it says of itself, that it is gone. */
#pragma once

#include "core/node/state.h"

/* Has it shown its key to us, in this life of ours? */
bool peer_is_proved(const struct peer *);
/* Is it known by hearsay alone: neither proved, nor listed by a master, nor on our disk? */
bool peer_is_rumour(const struct peer *);
/* It is gone: no vote and no majority counts it.  Call when it said goodbye, or when somebody else
 * answers in its place. */
void peer_leave(struct peer *);
/* It counts no more until it is seen, and people are shown no row of it.  @for_good: an operator
 * says that it is gone, or another identity is in its place; else it was silent for too long,
 * and may carry its time still.  Call when an operator, or the master, has forgotten it. */
void peer_strike(const struct node *, struct peer *, bool for_good);
/* The same, as member, by the word of our master alone: until peer_confirm_strike() a majority
 * counts it all the same, or a liar could make of each side of a split group a whole one. */
void peer_strike_by_word(const struct node *, struct peer *, bool for_good);
bool peer_is_struck(const struct peer *);
/* What a master said of it is so: we have asked it ourselves.  Call for one that is struck. */
void peer_confirm_strike(struct peer *);
/* Its silence so far shows nothing.  Call likewise. */
void peer_strike_anew(const struct node *, struct peer *);
/* We lead, and a master before us said that of it: it is in the table again, until we miss it
 * ourselves.  Call likewise. */
void peer_take_back(const struct node *, struct peer *);
/* Does a majority count it, if it is no guest? */
bool peer_counts(const struct peer *);
/* It was in the table on disk.  Call at the start. */
void peer_recall(struct peer *);
/* A majority counts it from now on (@in_table), or need not count it any more.  Call when it
 * follows this group, and, as master, when it was silent for too long. */
void peer_set_in_table(struct peer *, bool in_table);
/* As member: our master lists it, as one who has left or as one of the table. */
void peer_list(const struct node *, struct peer *, enum member_state);
/* Call when somebody mentions it: it is not the first to be forgotten. */
void peer_note_mention(const struct node *, struct peer *);
/* Call when a valid packet of it came; @goodbye: that packet says that it leaves. */
void peer_note_packet(const struct node *, struct peer *, bool goodbye);
/* Call when we send what it should answer: silence after it may mean that it lost its keys. */
void peer_note_request(const struct node *, struct peer *);
/* Call when a session with it was opened. */
void peer_note_session(const struct node *, struct peer *);
/* How its clock is steered, its priority (0: never master), and whether it has settled.  Call when
 * it says so of itself, or when its master says so of it. */
void peer_describe(struct peer *, enum clock_mode, uint8_t priority, bool settled);
/* Call when another tells its name; what it told itself in this session stays. */
void peer_rename(struct peer *, const char name[static NODE_NAME_MAX]);
/* Call when it tells its name itself. */
void peer_name_itself(struct peer *, const char name[static NODE_NAME_MAX]);
/* Its chat log ends at @last.  Call when it says so, in a vote or in a receipt. */
void peer_note_chat(struct peer *, struct chat_pos last);
