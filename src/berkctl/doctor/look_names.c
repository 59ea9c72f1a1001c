/* look_names.c - the names of peers, all looked up at once: a resolver that is dead costs some
 * seconds, however many they are. */
#include "berkctl/doctor/look_parts.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_S 5

struct lookup {
	char host[128];
	struct gaicb request;
};

static void take_answer(struct facts_name *n, struct gaicb *request)
{
	n->error = gai_error(request);
	n->error = n->error == EAI_INPROGRESS ? EAI_AGAIN : n->error;
	for (const struct addrinfo *a = n->error ? NULL : request->ar_result; a; a = a->ai_next) {
		n->ipv4 = n->ipv4 || a->ai_family == AF_INET;
		n->ipv6 = n->ipv6 || a->ai_family == AF_INET6;
	}
}

static void wait_for(struct gaicb **list, int n)
{
	struct timespec now, end;

	(void)clock_gettime(CLOCK_BOOTTIME, &end);
	end.tv_sec += WAIT_S;
	for (;;) {
		bool busy = false;

		for (int i = 0; i < n; i++) {
			busy = busy || gai_error(list[i]) == EAI_INPROGRESS;
		}
		(void)clock_gettime(CLOCK_BOOTTIME, &now);
		if (!busy || now.tv_sec >= end.tv_sec) {
			return;
		}
		(void)gai_suspend((const struct gaicb *const *)list, n,
				  &(struct timespec){.tv_nsec = 100000000});
	}
}

void look_at_names(const struct config *c, struct facts_name ret[static CONFIG_PEERS_MAX])
{
	/* What is not answered in time is written to later: so they stay. */
	static struct lookup lookups[CONFIG_PEERS_MAX];
	static const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct gaicb *list[CONFIG_PEERS_MAX];
	size_t of[CONFIG_PEERS_MAX];
	int n = 0;

	for (size_t i = 0; i < c->n_peers; i++) {
		struct lookup *l = &lookups[i];

		if (c->peers[i].numeric) {
			continue;
		}
		memcpy(l->host, c->peers[i].text, sizeof(l->host));
		l->host[strcspn(l->host, ":")] = '\0'; /* HOST:PORT */
		l->request = (struct gaicb){.ar_name = l->host, .ar_request = &hints};
		of[n] = i;
		list[n++] = &l->request;
	}
	int r = n > 0 ? getaddrinfo_a(GAI_NOWAIT, list, n, NULL) : 0;

	if (r == 0) {
		wait_for(list, n);
	}
	for (int i = 0; i < n; i++) {
		ret[of[i]] = (struct facts_name){.error = r};
		if (r == 0) {
			take_answer(&ret[of[i]], list[i]);
		}
		if (r == 0 && ret[of[i]].error == 0) {
			freeaddrinfo(list[i]->ar_result);
		}
	}
}
