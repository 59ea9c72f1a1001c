/* cmd_invite.c - a token for the next hosts, and the process that hands the group's key to who has
 * it.
 *
 * That process is no part of berkd: it is there for minutes, and a daemon that listens for years
 * need not know how to give its key away.  It writes to the system's log. */
#include "berkctl/berkctl.h"
#include "berkctl/join/holder.h"
#include "berkctl/join/qr.h"
#include "berkctl/join/takeover.h"

#include "berk/time.h"
#include "common/format.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_NS (600 * NS_PER_S)
#define LONGEST_NS (24 * 3600 * NS_PER_S)

static int print_token(const struct ctl *ctl, const struct token *t, int64_t for_ns)
{
	char word[TOKEN_TEXT_MAX], f[FORMAT_MAX];

	token_write(t, word);
	if (ctl->json) {
		json_t *j = json_pack("{s:s,s:I}", "token", word, "for_ns", (json_int_t)for_ns);

		ctl_print_json(j, false);
		json_decref(j);
	} else {
		printf("On the next hosts, within %s, as root:\n\n    berkctl join %s\n\n",
		       format_interval(for_ns, f), word);
		(void)puts("Whoever has this token can join the group.  To withdraw it: berkctl "
			   "invite --undo");
		if (ctl->qr) {
			qr_print(word, ctl->colour);
		}
	}
	sodium_memzero(word, sizeof(word));
	return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

static int complain_begin(int error, const struct config *c)
{
	if (error == -EADDRNOTAVAIL) {
		return takeover_complain("this host has no address that another one could reach: "
					 "connect it to the network first");
	}
	if (error == -ESRCH) {
		(void)fprintf(stderr, "berkctl: there is no user %s, which [node] user names\n",
			      c->user);
	} else {
		(void)fprintf(stderr, "berkctl: cannot wait on TCP port %u: %s\n", c->port,
			      strerror(-error));
	}
	return CTL_FAILED;
}

static void report(void *userdata, const char *message)
{
	(void)userdata;
	(void)fprintf(stderr, "berkctl: %s\n", message);
}

static int invite(const struct ctl *ctl, const struct config *c, int64_t for_ns)
{
	struct welcome w;
	struct invitation i;
	char text[WELCOME_TEXT_MAX];

	if (welcome_of(c, &w, report) < 0) {
		return takeover_complain("this host has no key of a group to hand out: run berkctl "
					 "setup");
	}
	welcome_write(&w, text);
	sodium_memzero(&w, sizeof(w));
	int r = invitation_open(&i, c->port, text);

	r = r < 0 ? r : holder_begin(&i, c->user, for_ns);
	int status = r < 0 ? complain_begin(r, c) : print_token(ctl, &i.token, for_ns);

	invitation_close(&i);
	sodium_memzero(text, sizeof(text));
	return status;
}

static int undo(enum holder found)
{
	if (found == HOLDER_STAYS) {
		return takeover_complain("the process of the invitation cannot be ended: see ps -C "
					 "berkctl");
	}
	(void)puts(found == HOLDER_GONE ? "The invitation was withdrawn."
					: "No invitation holds; nothing was done.");
	return CTL_OK;
}

bool invite_time_is_good(const struct ctl *ctl)
{
	bool good = ctl->timeout_ns < 0 ||
		    (ctl->timeout_ns >= NS_PER_S && ctl->timeout_ns <= LONGEST_NS);

	if (!good) {
		(void)fputs("berkctl: --timeout: allowed is a time from 1s to 24h\n", stderr);
	}
	return good;
}

int cmd_invite(const struct ctl *ctl)
{
	if (!invite_time_is_good(ctl)) {
		return CTL_USAGE;
	}
	if (ctl->undo) {
		return undo(holder_withdraw());
	}
	struct site *s = takeover_look(ctl);

	if (!s) {
		return CTL_FAILED;
	}
	enum holder found = holder_withdraw(); /* one token holds at a time */
	int status = found == HOLDER_STAYS
			     ? undo(found)
			     : invite(ctl, &s->config,
				      ctl->timeout_ns >= 0 ? ctl->timeout_ns : DEFAULT_NS);

	free(s);
	return status;
}
