/* node.c - from the configuration to what the core needs: group key, pinned keys, peers'
 * addresses. */
#include "berkd/config/config.h"

#include "berkd/config/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int key_complain(config_report report, void *userdata, const char *file, const char *what,
			int r)
{
	char message[512];

	(void)snprintf(message, sizeof(message), "%s[group] key_file: %s: %s",
		       r == 0 ? "warning: " : "", file, what);
	report(userdata, message);
	return r;
}

static int key_read(const char *file, uint8_t out[32], config_report report, void *userdata)
{
	char text[80];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		int r = -errno;

		return key_complain(report, userdata, file, strerror(-r), r);
	}
	if (fstat(fd, &st) == 0 && (st.st_mode & 07) != 0) {
		(void)key_complain(report, userdata, file, "others can read it, `chmod o=` it", 0);
	}
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	bool good = config_key_from_hex(text, out);

	sodium_memzero(text, sizeof(text));
	return good ? 0
		    : key_complain(report, userdata, file,
				   "must hold 64 hex digits, as `berkctl keygen` prints them",
				   -EINVAL);
}

int config_to_node(const struct config *c, const uint8_t secret[static 32], struct node_config *ret,
		   config_report report, void *userdata)
{
	struct node_config n = {.member_keys = c->n_member_keys ? c->member_keys : NULL,
				.n_member_keys = c->n_member_keys,
				.master_keys = c->n_master_keys ? c->master_keys : NULL,
				.n_master_keys = c->n_master_keys,
				.mode = c->mode,
				.quorum = c->quorum,
				.priority = c->priority,
				.poll_ns_min = c->poll_ns_min,
				.poll_ns = c->poll_ns,
				.precision_ns = c->precision_ns,
				.max_drift_ppb = c->max_drift_ppb,
				.max_slew_ppb = c->max_slew_ppb,
				.freq_ppb_max = 100000000,
				.step_threshold_ns = c->step_threshold_ns,
				.max_correction_ns = c->max_correction_ns,
				.max_accumulated_ns = c->max_accumulated_ns,
				.max_delay_ns = c->max_delay_ns,
				.max_skew_ns = c->max_skew_ns,
				.max_liars = c->max_liars,
				.forget_ns = c->forget_ns,
				.discovery = c->discovery};

	memcpy(n.name, c->node_name, sizeof(n.name));
	memcpy(n.secret, secret, KEY_LEN);
	if (c->key_file[0]) {
		int r = key_read(c->key_file, n.group_key, report, userdata);

		if (r < 0) {
			return r;
		}
	} else {
		report(userdata, "warning: [group] key_file is not set: whoever knows the group's "
				 "name can join "
				 "it; see `berkctl keygen`");
		crypto_generichash(n.group_key, KEY_LEN, (const uint8_t *)c->group_name,
				   strlen(c->group_name), (const uint8_t *)"berkd open group", 16);
	}
	*ret = n;
	return 0;
}

/* --- Peers' names --- */

static void from_sockaddr(const struct sockaddr *sa, struct addr *ret)
{
	*ret = (struct addr){0};
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		ret->ip[10] = ret->ip[11] = 0xff;
		memcpy(ret->ip + 12, &in.sin_addr, 4);
		ret->port = ntohs(in.sin_port);
	} else {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(ret->ip, &in6.sin6_addr, 16);
		ret->port = ntohs(in6.sin6_port);
		ret->scope = IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) ? in6.sin6_scope_id : 0;
	}
}

/* HOST, HOST:PORT, [V6]:PORT, bare V6. */
static void split(const char *text, uint16_t port, char *host, size_t size, char *service,
		  size_t service_size)
{
	const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *colon = close ? (close[1] == ':' ? close + 1 : NULL) : strrchr(text, ':');

	if (!close && colon && strchr(text, ':') != colon) {
		colon = NULL; /* bare IPv6 */
	}
	const char *from = close ? text + 1 : text;
	size_t len = close ? (size_t)(close - from) : colon ? (size_t)(colon - text) : strlen(text);

	(void)snprintf(host, size, "%.*s", (int)len, from);
	if (colon) {
		(void)snprintf(service, service_size, "%s", colon + 1);
	} else {
		(void)snprintf(service, service_size, "%u", port);
	}
}

static int resolve_one(const struct config *c, struct config_peer *p, bool numeric)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
				 .ai_family = !c->ipv6	 ? AF_INET
					      : !c->ipv4 ? AF_INET6
							 : AF_UNSPEC,
				 .ai_flags = AI_NUMERICSERV |
					     (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG)};
	struct addrinfo *list;
	char host[128], service[16];

	split(p->text, c->port, host, sizeof(host), service, sizeof(service));
	int r = getaddrinfo(host, service, &hints, &list);

	if (r != 0) {
		return r;
	}
	for (const struct addrinfo *a = list; a && p->n_addr < 4; a = a->ai_next) {
		if (a->ai_family == AF_INET || a->ai_family == AF_INET6) {
			from_sockaddr(a->ai_addr, &p->addr[p->n_addr++]);
		}
	}
	freeaddrinfo(list);
	return 0;
}

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

unsigned config_resolve(struct config *c, config_report report, void *userdata)
{
	int64_t end = monotonic_ns() + CONFIG_RESOLVE_NS;
	unsigned missing = 0;

	for (size_t i = 0; i < c->n_peers; i++) {
		struct config_peer *p = &c->peers[i];
		int r = p->n_addr > 0 ? 0 : resolve_one(c, p, true);

		if (r != 0) {
			r = monotonic_ns() < end ? resolve_one(c, p, false) : EAI_AGAIN;
		}
		if (r != 0) {
			char message[256];

			(void)snprintf(message, sizeof(message), "warning: [network] peers: %s: %s",
				       p->text, gai_strerror(r));
			report(userdata, message);
			missing++;
		}
	}
	return missing;
}
