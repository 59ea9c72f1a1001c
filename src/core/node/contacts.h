/* contacts.h - addresses that we may open a session to, and how long we wait between tries. */
#pragma once

#include "core/node/state.h"

#define CONTACT_BIT    0x8000U /* of a session index: for a contact, not for a peer */
#define SLOT_MASK      0x7fffU
#define BACKOFF_NS_MIN NS_PER_S
#define BACKOFF_NS_MAX (30 * NS_PER_S)

/* Call once, before any other. */
void contacts_init(struct node *);
/* The contact of that address, or NULL.  Call when there is a question about an address. */
struct contact *contact_find(const struct node *, const struct addr *);
/* The contact of that address, made if need be; a rumour makes room for it.  NULL when the table
 * is full all the same.  Call when an address is configured, or when a peer that we know is there.
 */
struct contact *contact_add(struct node *, const struct addr *, int host);
/* Somebody says that @about is at that address: a question is sent there, and nothing else comes
 * of it.  At most one a second is sent for each id, of each kind of hearsay at most so many, and
 * rumours have a quarter of the table; false: none is sent.  Call when that was heard. */
bool contact_ask(struct node *, const struct addr *, node_id about, enum hearsay by);
/* Hosts are named for whom there is no room: people are told once a minute.  Call for each. */
void contact_tell_rumours(struct node *);
/* The contact whose handshake has that session index, or NULL.  Call when a packet of a handshake
 * came. */
struct contact *contact_of_index(const struct node *, uint32_t index);
/* Call when that contact is to be called at @at, and again if it does not answer. */
void contact_call(struct node *, struct contact *, mono_t at);
/* Call when the peer was proved to be reached at that contact.  Who was there before has left. */
void contact_bind(struct node *, struct contact *, struct peer *);
/* Call when a session with the peer is wanted: join_tick() will begin a handshake.  Does nothing
 * when its address is not known.  Who is merely heard of is asked for, as by contact_ask(). */
void contact_want_session(struct node *, struct peer *);
/* Try every contact again now.  Call when an address or a link has changed. */
void contacts_retry(struct node *);
/* Call when a handshake proved that a member of the group is there. */
void contact_note_met(const struct node *, struct contact *);
/* Call when somebody who holds the group key called or answered from there, as a handshake
 * begins. */
void contact_note_call(struct node *, const struct addr *from);
/* Call when a packet of @len bytes from there was refused.  A contact is then called, at most now
 * and then and when the packet was no shorter than a call, so that its host refuses us in turn
 * and both can tell. */
void contact_note_refusal(struct node *, const struct addr *from, size_t len, enum knock why);
/* A call is sent to @c now.  False: it was a rumour and nobody answered; it is no contact any
 * more. */
bool contact_note_try(struct contact *);
/* Call when a proved packet of the peer came from @from to @to: that is where it is from now on. */
void contact_track(struct node *, struct peer *, const struct addr *from, const struct addr *to);
/* The peer is reached at @addr, from our address @local (NULL: not known).  Call when no proved
 * packet has said so yet. */
void contact_locate(struct peer *, const struct addr *addr, const struct addr *local);
/* Configured peers that were never met count as out of sight no more, until they are met.  Call
 * when an operator orders it. */
void contacts_forgive(struct node *);
