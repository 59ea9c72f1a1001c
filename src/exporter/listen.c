/* listen.c - see listen.h. */
#include "exporter/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BACKLOG	 16
#define HOST_MAX 64 /* longer than any address, and than localhost */

/* Cut "HOST", "HOST:PORT", "[HOST]" or "[HOST]:PORT" into the host and the port, NULL if there is
 * none. */
static bool split(const char *text, char host[static HOST_MAX], const char **ret_port)
{
	bool brackets = text[0] == '[';
	const char *begin = text + brackets;
	size_t len = strcspn(begin, brackets ? "]" : ":");
	const char *end = begin + len;

	if (len >= HOST_MAX || (brackets && *end++ != ']') || (*end != '\0' && *end != ':')) {
		return false;
	}
	memcpy(host, begin, len);
	host[len] = '\0';
	*ret_port = *end == ':' ? end + 1 : NULL;
	return true;
}

static bool parse_port(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*ret = (uint16_t)v;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && v >= 1 && v <= UINT16_MAX;
}

bool listen_parse(const char *text, struct listen_address *ret)
{
	struct listen_address a = {.text = text};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.sa;
	char host[HOST_MAX];
	const char *port_text;
	uint16_t port = LISTEN_PORT;

	if (!split(text, host, &port_text) || (port_text && !parse_port(port_text, &port))) {
		return false;
	}
	if (text[0] == '[' && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		a.len = sizeof(*v6);
	} else if (text[0] != '[' && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		a.len = sizeof(*v4);
	}
	*ret = a;
	return a.len > 0;
}

static bool is_loopback(const struct in_addr *a)
{
	return ntohl(a->s_addr) >> 24 == IN_LOOPBACKNET;
}

bool listen_is_local(const struct listen_address *a)
{
	return a->sa.ss_family == AF_INET
		       ? is_loopback(&((const struct sockaddr_in *)&a->sa)->sin_addr)
		       : IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
}

int listen_open(const struct listen_address *a)
{
	const int yes = 1;
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    (a->sa.ss_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0) ||
	    bind(fd, (const struct sockaddr *)&a->sa, a->len) < 0 || listen(fd, BACKLOG) < 0) {
		r = -errno;
		if (fd >= 0) {
			close(fd);
		}
		return r;
	}
	return fd;
}

bool listen_host_is_local(const char *text)
{
	char host[HOST_MAX];
	const char *port_text;
	uint16_t port;
	struct in_addr v4;
	struct in6_addr v6;

	if (!split(text, host, &port_text) || (port_text && !parse_port(port_text, &port))) {
		return false;
	}
	if (text[0] == '[') {
		return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return strcasecmp(host, "localhost") == 0 ||
	       (inet_pton(AF_INET, host, &v4) == 1 && is_loopback(&v4));
}
