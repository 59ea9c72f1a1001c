/* knock.h - who was refused, and why: a short list, of which people are told. */
#pragma once

#include "core/node/state.h"

/* Note that a packet from there was refused for that reason (not KNOCK_NONE).  People are told
 * at the first one, and now and then while it goes on.  Call for each such packet, of whomever
 * and @len bytes long.
 * Returns whether another such packet came from there within five seconds: so often only who is
 * alone calls. */
bool knock_refuse(struct node *, const struct addr *from, size_t len, enum knock why);
/* A packet of a handshake (@ev) was not taken for that reason (not SESSION_OK): it is counted, and
 * noted as above where it is more than handshakes that cross. */
void knock_note_handshake(struct node *, const struct node_event *ev, enum session_verdict);
/* Somebody was let in from there, so what was refused before is over.  Call when a session with
 * whoever is at @from was proved. */
void knock_admit(struct node *, const struct addr *from);
