/* look_names.c - the names of peers, all looked up at once: a resolver that is dead costs some
 * seconds, however many they are.
 *
 * Each name has a process of its own, which can be ended.  The threads of getaddrinfo_a() cannot,
 * and write to their request whenever the resolver comes back. */
#include "berkctl/doctor/look_parts.h"

#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S	 5
#define PAUSE_NS 5000000
/* The exit status of a lookup: which families there are, or from ERROR on an error of it. */
enum { HAS_IPV4 = 1, HAS_IPV6 = 2, ERROR = 64 };

static int look_up(const char *peer)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	char host[sizeof(((struct config_peer *)NULL)->text)];
	struct addrinfo *all;
	int found = 0;

	memcpy(host, peer, sizeof(host));
	host[strcspn(host, ":")] = '\0'; /* HOST:PORT */
	int r = getaddrinfo(host, NULL, &hints, &all);

	if (r != 0) {
		return ERROR - r; /* they are negative */
	}
	for (const struct addrinfo *a = all; a; a = a->ai_next) {
		found |= a->ai_family == AF_INET ? HAS_IPV4 : 0;
		found |= a->ai_family == AF_INET6 ? HAS_IPV6 : 0;
	}
	freeaddrinfo(all);
	return found;
}

static struct facts_name answer_of(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : ERROR - EAI_AGAIN;

	return (struct facts_name){.error = code >= ERROR ? ERROR - code : 0,
				   .ipv4 = code < ERROR && (code & HAS_IPV4),
				   .ipv6 = code < ERROR && (code & HAS_IPV6)};
}

/* Take what has ended by now; how many go on. */
static size_t take_ended(pid_t *child, size_t n, struct facts_name *ret)
{
	size_t busy = 0;

	for (size_t i = 0; i < n; i++) {
		int status;

		if (child[i] > 0 && waitpid(child[i], &status, WNOHANG) == child[i]) {
			ret[i] = answer_of(status);
			child[i] = 0;
		}
		busy += child[i] > 0;
	}
	return busy;
}

void look_at_names(const struct config *c, struct facts_name ret[static CONFIG_PEERS_MAX])
{
	pid_t child[CONFIG_PEERS_MAX] = {0};
	struct timespec now;

	for (size_t i = 0; i < c->n_peers; i++) {
		if (!c->peers[i].numeric) {
			ret[i] = (struct facts_name){.error = EAI_AGAIN};
			child[i] = fork();
		}
		if (!c->peers[i].numeric && child[i] == 0) {
			_exit(look_up(c->peers[i].text));
		}
	}
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	time_t end = now.tv_sec + WAIT_S;

	while (take_ended(child, c->n_peers, ret) > 0 && now.tv_sec <= end) {
		(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
		(void)clock_gettime(CLOCK_BOOTTIME, &now);
	}
	for (size_t i = 0; i < c->n_peers; i++) {
		if (child[i] > 0) {
			(void)kill(child[i], SIGKILL);
			(void)waitpid(child[i], NULL, 0);
		}
	}
}
