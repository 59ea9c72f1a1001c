/* listen.h - addresses to listen on, as people write them, and their sockets. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#define LISTEN_PORT 9625 /* among those of Prometheus' exporters, from 9100 on */
#define LISTEN_MAX  8

struct listen_address {
	struct sockaddr_storage sa;
	socklen_t len;
	const char *text; /* as it was given */
};

/* Read "127.0.0.1:9625", "[::1]:9625", or the same without a port.  @text must outlive @ret.
 * False: it is none of these. */
bool listen_parse(const char *text, struct listen_address *ret);
/* What listen_parse() takes, for an error message. */
#define LISTEN_ALLOWED                                                                             \
	"ADDRESS:PORT with a port of 1 to 65535, such as 127.0.0.1:9625 or [::1]:9625"
/* Does nobody but this host reach it? */
bool listen_is_local(const struct listen_address *);
/* A socket that listens there, or a negative errno. */
int listen_open(const struct listen_address *);
/* Does the Host header of a request name this host itself: localhost, or a loopback address, with
 * or without a port?  Call where listen_is_local(): a web site whose name was made to point here
 * (DNS rebinding) would be told everything, else. */
bool listen_host_is_local(const char *host);
