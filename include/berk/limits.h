/* limits.h - the sizes that shell, core and tests must agree on. */
#pragma once

#define KEY_LEN		  32  /* bytes of an X25519 key and of the group key */
#define NODE_NAME_MAX	  64  /* bytes of a host name with its NUL */
#define NODE_RAND_LEN	  64  /* random bytes of an event */
#define NODE_PEERS_MAX	  512 /* largest table */
#define NODE_CONTACTS_MAX 512
#define NODE_HOSTS_MAX	  256 /* configured peers */
#define NODE_ROUNDS_KEPT  64  /* rounds that a master remembers for node_round() */
#define GROUP_KEYS_MAX	  8   /* of one group at a time */
#define REVOKED_MAX	  64  /* identities of which a host keeps that they are revoked */
#define FX_MAX		  64  /* effects of one step */
#define FX_SEND_MAX	  32  /* of them, sends */
/* A step of WALL, or a suspend, is told from so long on (ns): less cannot be told from a late
 * reading. */
#define CLOCK_TOLD_NS	  200000
#define CHAT_LOG_LINES	  4096 /* that a daemon keeps; any power of two from 16 on will do */
#define CHAT_OWN_LINES	  512  /* own ones that it keeps besides, to say them again; likewise */
#define CHAT_PER_S	  8    /* that one host may say in the long run, CHAT_OWN_LINES at once */
#define CHAT_COPIED_PER_S 200  /* that a member takes of a master, CHAT_LOG_LINES at once */
