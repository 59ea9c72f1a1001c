/* names.c - the words for the core's enums, the same in logs, JSON and man pages. */
#include "berk/node.h"

static const char *pick(const char *const *names, size_t n, size_t i)
{
	return i < n ? names[i] : "unknown";
}
#define PICK(names, i) pick(names, sizeof(names) / sizeof((names)[0]), (size_t)(i))

const char *role_name(enum role r)
{
	static const char *const names[] = {"none", "member", "deputy", "candidate", "master"};

	return PICK(names, r);
}

const char *refusal_name(enum refusal r)
{
	static const char *const names[] = {"none",	 "master-alive", "term", "rank",
					    "unsettled", "not-allowed",	 "log"};

	return PICK(names, r);
}

const char *member_state_name(enum member_state s)
{
	static const char *const names[] = {"contact", "joining", "new",
					    "settled", "silent",  "left"};

	return PICK(names, s);
}

const char *order_verdict_name(enum order_verdict v)
{
	static const char *const names[] = {"ok",	 "not-master",	"no-such-peer",
					    "no-deputy", "not-allowed", "no-line",
					    "no-step",	 "chat-full",	"bad-text"};

	return PICK(names, v);
}
