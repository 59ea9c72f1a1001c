/* cmd_join.c - the next host of a group. */
#include "berkctl/berkctl.h"
#include "berkctl/join/invitation.h"
#include "berkctl/join/takeover.h"

#include "berk/time.h"
#include "common/format.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEET_NS (60 * NS_PER_S)

/* Is @a on a link of this host, where multicast reaches it? */
static bool is_near(const struct addr *a)
{
	struct ifaddrs *all = NULL;
	bool near = false;

	(void)getifaddrs(&all);
	for (const struct ifaddrs *i = all; i && !near; i = i->ifa_next) {
		bool ipv4 = i->ifa_addr && i->ifa_addr->sa_family == AF_INET;
		const void *own = i->ifa_addr, *mask = i->ifa_netmask;
		const uint8_t *x, *m, *to = ipv4 ? a->ip + 12 : a->ip;
		size_t n = ipv4 ? 4 : 16, k = 0;

		if (!own || !mask || (!ipv4 && i->ifa_addr->sa_family != AF_INET6)) {
			continue;
		}
		x = ipv4 ? (const uint8_t *)&((const struct sockaddr_in *)own)->sin_addr
			 : (const uint8_t *)&((const struct sockaddr_in6 *)own)->sin6_addr;
		m = ipv4 ? (const uint8_t *)&((const struct sockaddr_in *)mask)->sin_addr
			 : (const uint8_t *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
		bool of_family = ipv4 == IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)a->ip);

		while (k < n && (x[k] & m[k]) == (to[k] & m[k])) {
			k++;
		}
		near = of_family && k == n;
	}
	freeifaddrs(all);
	return near;
}

static int complain_ask(const struct token *t, int error)
{
	char f[FORMAT_ADDR_MAX];

	if (error == -EPROTO) {
		return takeover_complain(
			"the host that answers does not know this token: it is from an earlier "
			"invitation; run berkctl invite there again");
	}
	for (unsigned i = 0; i < t->n_addr; i++) {
		(void)fprintf(stderr, "berkctl: no host hands out a key at %s\n",
			      format_addr(&t->addr[i], f));
	}
	(void)fprintf(
		stderr,
		"berkctl: %s: the token may be too old (berkctl invite there prints a new one), "
		"that host may be on another network, or its TCP port %u may be closed\n",
		strerror(-error), t->addr[0].port);
	return CTL_FAILED;
}

/* False: why not was said.  @ret_peer: "" where multicast finds the host that answered. */
static bool ask_for_welcome(const struct token *t, const struct site *s, struct welcome *ret,
			    char ret_peer[static FORMAT_ADDR_MAX])
{
	char text[WELCOME_TEXT_MAX];
	unsigned which = 0;
	int r = invitation_ask(t, s->config.node_name, text, &which);
	bool good = r == 0 && welcome_read(text, ret);

	ret_peer[0] = '\0';
	if (r < 0) {
		(void)complain_ask(t, r);
	} else if (!good) {
		(void)takeover_complain("that host has another version of berkctl: install the "
					"same version on both hosts");
	} else if (!is_near(&t->addr[which])) {
		format_addr(&t->addr[which], ret_peer);
	}
	sodium_memzero(text, sizeof(text));
	return good;
}

/* The token of the command line, which is wiped there, for all can read it; or else of the input.
 * False: it is none, which was printed. */
static bool take_token(const struct ctl *ctl, struct token *ret)
{
	bool given = ctl->argc > 0 && strcmp(ctl->argv[0], "-") != 0;

	if (!given && isatty(STDIN_FILENO) == 1) {
		takeover_say(ctl, "Token: ");
	}
	const char *wrong = token_take(given ? ctl->argv[0] : NULL, stdin, ret);

	if (given) {
		sodium_memzero(ctl->argv[0], strlen(ctl->argv[0]));
	}
	if (wrong) {
		(void)fprintf(stderr, "berkctl: this is no token: %s\n", wrong);
	}
	return !wrong;
}

static int await_group(const struct ctl *ctl)
{
	struct ctl wait = *ctl;

	wait.hosts = 2;
	wait.timeout_ns = ctl->timeout_ns >= 0 ? ctl->timeout_ns : MEET_NS;
	int status = takeover_await(ctl) ? cmd_waitsync(&wait) : CTL_UNREACHABLE;

	if (status == CTL_TIMED_OUT) {
		(void)takeover_complain("the key is here and berkd runs, but no other host was met "
					"yet; run: berkctl doctor");
	}
	return status;
}

static int join(const struct ctl *ctl, const struct site *s, const struct token *t)
{
	int status;
	char rivals[SERVICE_UNITS_MAX], peer[FORMAT_ADDR_MAX];
	struct welcome w;

	takeover_say(ctl, "* This host gets the key of the group: %s, which %s names.\n",
		     s->key_file, s->dropin);
	if (!takeover_begin(ctl, &s->config, rivals, &status)) {
		return status;
	}
	bool good = ask_for_welcome(t, s, &w, peer) &&
		    takeover_put(s, &w, peer[0] ? peer : NULL, rivals);

	if (good) {
		takeover_say(ctl, "This host has the key of the group %s.\n", w.group);
	}
	sodium_memzero(&w, sizeof(w));
	if (!good) {
		return CTL_FAILED;
	}
	return service_is_managed() || takeover_by_hand(ctl, s) ? await_group(ctl) : CTL_OK;
}

int cmd_join(const struct ctl *ctl)
{
	struct site *s = takeover_look(ctl);
	struct token t;
	int status = CTL_FAILED;

	if (s && s->has_key) {
		(void)takeover_complain(
			"this host has the key of a group already: to give that up, run "
			"berkctl leave first");
	} else if (s && take_token(ctl, &t)) {
		status = join(ctl, s, &t);
		sodium_memzero(&t, sizeof(t));
	}
	free(s);
	return status;
}
