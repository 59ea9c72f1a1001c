/* words_order.c - what operators order, from whom it is taken, and what comes of it, in words. */
#include "common/words.h"

#include "berk/node.h"

const char *const words_order[] = {
	[ORDER_SET_TIME] = "settime", [ORDER_TRANSFER] = "transfer", [ORDER_EXCLUDE] = "exclude",
	[ORDER_INCLUDE] = "include",  [ORDER_FORGET] = "forget",     [ORDER_HOLD] = "hold",
	[ORDER_RESUME] = "resume",    [ORDER_STEP] = "step",	     [ORDER_CHAT] = "say",
	[ORDER_REVOKE] = "revoke",    [ORDER_RESTORE] = "restore",   NULL,
};

const char *const words_order_verdict[] = {
	[ORDER_OK] = "ok",
	[ORDER_NOT_MASTER] = "not-master",
	[ORDER_NO_SUCH_PEER] = "no-such-peer",
	[ORDER_NO_DEPUTY] = "no-deputy",
	[ORDER_NOT_ALLOWED] = "not-allowed",
	[ORDER_NO_LINE] = "no-line",
	[ORDER_NO_STEP] = "no-step",
	[ORDER_IS_HERE] = "is-here",
	[ORDER_ABSENT] = "absent",
	[ORDER_TOO_EARLY] = "too-early",
	[ORDER_TOO_LATE] = "too-late",
	[ORDER_REFERENCE] = "reference",
	[ORDER_TOO_FAR] = "too-far",
	[ORDER_CHAT_FULL] = "chat-full",
	[ORDER_BAD_TEXT] = "bad-text",
	[ORDER_SENT] = "sent",
	[ORDER_BUSY] = "busy",
	[ORDER_NOT_TRUSTED] = "not-trusted",
	[ORDER_NO_ANSWER] = "no-answer",
	[ORDER_REVOKED_FULL] = "revoked-full",
	[ORDER_NOT_REVOKED] = "not-revoked",
	[ORDER_LEADS] = "leads",
	[ORDER_HELD] = "held",
	[ORDER_NOT_HELD] = "not-held",
	[ORDER_SLEWS] = "slews",
	[ORDER_MAX_] = NULL,
};

const char *order_verdict_name(enum order_verdict v)
{
	return words_name(words_order_verdict, (int)v);
}

const char *const words_orders_of[] = {
	[ORDERS_OF_MASTERS] = "masters",
	[ORDERS_OF_MEMBERS] = "members",
	[ORDERS_OF_NOBODY] = "no",
	NULL,
};

const char *const words_deaf[] = {
	[DEAF_NOT] = "not",	  [DEAF_UNLISTED] = "unlisted", [DEAF_ALWAYS] = "always",
	[DEAF_ENOUGH] = "enough", [DEAF_OPEN] = "open",		[DEAF_MAX_] = NULL,
};

const char *const texts_deaf[] = {
	[DEAF_NOT] = "it does what is ordered",
	[DEAF_UNLISTED] = "its masters = in [group] does not list whoever orders: add orders = "
			  "members, or list the keys of who may",
	[DEAF_ALWAYS] = "it has orders = no in [group]: set orders = masters or orders = members",
	[DEAF_ENOUGH] = "others have moved it four times lately, by orders or dates: wait an hour, "
			"or run `berkctl step` there",
	[DEAF_OPEN] = "its group is open, and anybody could order: give all hosts a key_file, made "
		      "by `berkctl keygen /etc/berkd/group.key`",
	[DEAF_MAX_] = NULL,
};
