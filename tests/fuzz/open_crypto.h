/* open_crypto.h - what a target must know of the cryptography in open_crypto.c. */
#pragma once

#define HELLO_AT_NONCE	   52 /* and that of a RESPONSE: core/wire/handshake.c */
/* Whoever changes the nonce of a HELLO changes the same bytes here, too. */
#define HELLO_AT_MAC_NONCE (WIRE_HELLO_LEN - 16 + 1)
