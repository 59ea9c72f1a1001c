/* invitation.h - the group's key is handed out over TCP, for a while, to who knows a secret. */
#pragma once

#include "berkctl/join/token.h"

#include <stdbool.h>
#include <stdint.h>

struct invitation {
	struct token token;
	const char *text; /* what those hosts are told, see welcome.h; it stays the caller's */
	int listener;	  /* -1: none */
};

/* A fresh secret, this host's addresses, and a listener on @port.  0 or a negative errno:
 * -EADDRNOTAVAIL when there is no address that another host could reach, -EADDRINUSE. */
int invitation_open(struct invitation *, uint16_t port, const char *text);
/* Answer for @for_ns.  @tell: called with a sentence for each host that asked.  Call in a process
 * that may as well be stopped at any time. */
void invitation_serve(const struct invitation *, int64_t for_ns,
		      void (*tell)(bool good, const char *sentence));
void invitation_close(struct invitation *);
/* Ask at all addresses of @t, one after the other, in the name of @name, for a text of
 * WELCOME_TEXT_MAX bytes.  @ret_which: the index of the address that answered.  0 or a negative
 * errno, that of the last address: -EPROTO when nobody there knows the secret. */
int invitation_ask(const struct token *t, const char *name, char *ret_text, unsigned *ret_which);
