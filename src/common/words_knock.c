/* words_knock.c - the words for who is missing or refused, and why. */
#include "common/words.h"

#include "berk/reason.h"
#include "berk/status.h"

const char *const words_knock[] = {
	[KNOCK_NONE] = "none",
	[KNOCK_MET] = "met",
	[KNOCK_SELF] = "self",
	[KNOCK_NEVER_MET] = "never-met",
	[KNOCK_NO_ANSWER] = "no-answer",
	[KNOCK_LEFT] = "left",
	[KNOCK_NO_ADDRESS] = "no-address",
	[KNOCK_REFUSES] = "refuses",
	[KNOCK_OTHER_KEY] = "other-key",
	[KNOCK_OTHER_GROUP] = "other-group",
	[KNOCK_OTHER_VERSION] = "other-version",
	[KNOCK_NOT_PINNED] = "not-pinned",
	[KNOCK_CLONE] = "clone",
	[KNOCK_SAME_TAG] = "same-tag",
	[KNOCK_TABLE_FULL] = "table-full",
	[KNOCK_MALFORMED] = "malformed",
	[KNOCK_FORGOTTEN] = "forgotten",
	[KNOCK_REVOKED] = "revoked",
	[KNOCK_MAX_] = NULL,
};

const char *const texts_knock[] = {
	[KNOCK_NONE] = "nothing is known of it",
	[KNOCK_MET] = "it is here",
	[KNOCK_SELF] = "it is this host",
	[KNOCK_NEVER_MET] =
		"it has never answered; see that berkd runs there, that no firewall drops "
		"its UDP port, and what berkctl check says there",
	[KNOCK_NO_ANSWER] = "it does not answer any more; see that berkd runs there and that the "
			    "network is whole",
	[KNOCK_LEFT] = "it has left the group; start berkd there, or strike it from peers =",
	[KNOCK_NO_ADDRESS] = "its name has no address; see peers = and the name service",
	[KNOCK_REFUSES] =
		"it calls, but lets this host not in, or a firewall drops what we send; see "
		"what berkctl check says there",
	[KNOCK_OTHER_KEY] =
		"it has another group key or another group name; give both hosts the same "
		"key_file and name in [group], and restart berkd",
	[KNOCK_OTHER_GROUP] = "it calls for another group on this network; if it is to be of this "
			      "one, give both hosts the same key_file and name in [group]",
	[KNOCK_OTHER_VERSION] =
		"it speaks another version of the protocol; install the same version "
		"of berkd on both hosts",
	[KNOCK_NOT_PINNED] =
		"its public key is not in members = here; add the key that berkctl status "
		"shows there, or take that host out of the group",
	[KNOCK_CLONE] =
		"it has the identity of this host; remove the state directory on one of them",
	[KNOCK_SAME_TAG] =
		"its id ends as that of another host does; remove the identity file of one "
		"of the two and restart berkd there",
	[KNOCK_TABLE_FULL] =
		"there is no room for it in the table; list all hosts in peers = here, "
		"which makes the table larger, and restart berkd",
	[KNOCK_MALFORMED] = "it sends what is no handshake; see what runs at that address",
	[KNOCK_FORGOTTEN] = "it was forgotten by order, and counts no more until it comes back; if "
			    "it is gone for good, strike it from peers = in [network]",
	[KNOCK_REVOKED] = "its key is revoked; strike that host from peers =, or, if it is to be "
			  "trusted again, run berkctl revoke --undo",
	[KNOCK_MAX_] = NULL,
};

const char *const words_revoke_rule[] = {
	[REVOKE_EACH] = "each",
	[REVOKE_MASTERS] = "masters",
	[REVOKE_QUORUM] = "quorum",
	[REVOKE_RULE_MAX_] = NULL,
};

const char *const words_trust[] = {
	[TRUST_SELF] = "self",	     [TRUST_PINNED] = "pinned",	    [TRUST_GROUP_KEY] = "group-key",
	[TRUST_OPEN] = "open-group", [TRUST_UNPROVED] = "unproved", [TRUST_UNPINNED] = "not-pinned",
	[TRUST_REVOKED] = "revoked", [TRUST_MAX_] = NULL,
};

const char *const texts_trust[] = {
	[TRUST_SELF] = "it is this host",
	[TRUST_PINNED] = "its key is pinned; to end that: berkctl trust unpin",
	[TRUST_GROUP_KEY] =
		"it holds the group key, as everybody may who has it; to take these hosts "
		"and no others: berkctl trust pin --all",
	[TRUST_OPEN] = "there is no group key, so whoever knows the name of the group comes in; "
		       "make one: berkctl keygen /etc/berkd/group.key",
	[TRUST_UNPROVED] = "others speak of it, and it has not shown its key to this host yet",
	[TRUST_UNPINNED] = "it is not on the list of members here, so this host takes nothing of "
			   "it; to let it in: berkctl trust pin",
	[TRUST_REVOKED] = "its key is revoked; to trust it again: berkctl revoke --undo",
	[TRUST_MAX_] = NULL,
};
