/* net.h - network namespaces, cables and bridges for tests, through libnl. Every failure ends the
 * program (sandbox_die): a test cannot go on without its network. */
#pragma once

#include <stdbool.h>

struct nl_sock;

/* One network namespace; it lives as long as @fd or a process in it. */
struct netns {
	int fd;
	struct nl_sock *sk; /* route netlink, bound to this namespace */
};

void netns_here(struct netns *ret); /* the caller's own */
void netns_make(struct netns *ret); /* new and empty, with lo up; the caller stays where it is */
void netns_close(struct netns *);
void netns_go(const struct netns *); /* the calling thread moves there */

void net_bridge(struct netns *, const char *name); /* up, no spanning tree */
/* A cable with an end in each namespace, both down. */
void net_cable(struct netns *a, const char *name_a, struct netns *b, const char *name_b);
void net_delete(struct netns *, const char *name);
void net_up(struct netns *, const char *name, bool up);
/* Put @port into @bridge; NULL: pull it out of the one it is in. */
void net_plug(struct netns *, const char *port, const char *bridge);
/* @address: "10.82.75.1/24" or "fd82:75::1/64" */
void net_address(struct netns *, const char *name, const char *address, bool add);
/* Write a file below /proc/sys/net as this namespace sees it. */
void net_sysctl(struct netns *, const char *path, const char *value);
/* Lose this share (0..1) of all packets that arrive at @name, at random.  Returns a handle: the
 * loss ends when it is closed. */
int net_lose(struct netns *, const char *name, double share);
