/* multicast.c - groups 239.255.82.75 and ff02::4252 on the chosen interfaces. */
#include "berkd/net/multicast.h"

#include "berkd/net/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GROUP_IPV4 UINT32_C(0xefff524b) /* 239.255.82.75 */
static const struct in6_addr group_ipv6 = {
	.s6_addr = {0xff, 0x02, [14] = 0x42, [15] = 0x52}}; /* ff02::4252 */

void multicast_group(int family, uint16_t port, struct addr *ret)
{
	*ret = (struct addr){.port = port};
	if (family == AF_INET) {
		addr_set_ipv4(ret, (struct in_addr){htonl(GROUP_IPV4)});
	} else {
		memcpy(ret->ip, &group_ipv6, 16);
	}
}

int multicast_prepare(int fd, int family)
{
	const int off = 0, one = 1;
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int loop = family == AF_INET ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP;
	int hops = family == AF_INET ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS;

	if (setsockopt(fd, level, loop, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, level, hops, &one, sizeof(one)) < 0) {
		return -errno;
	}
	return 0;
}

int multicast_join(int fd, int family, unsigned ifindex)
{
	struct ip_mreqn v4 = {.imr_multiaddr.s_addr = htonl(GROUP_IPV4),
			      .imr_ifindex = (int)ifindex};
	struct ipv6_mreq v6 = {.ipv6mr_multiaddr = group_ipv6, .ipv6mr_interface = ifindex};
	int r = family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof(v4))
				  : setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &v6, sizeof(v6));

	return r < 0 && errno != EADDRINUSE ? -errno : 0;
}

/* Index of interface @name when it is up and can multicast; 0 else. */
static unsigned find_usable(int fd, const char *name, bool by_name)
{
	struct ifreq ifr = {0};
	short need = IFF_UP | IFF_MULTICAST;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) < 0 || (ifr.ifr_flags & need) != need ||
	    (!by_name && (ifr.ifr_flags & IFF_LOOPBACK) != 0) ||
	    ioctl(fd, SIOCGIFINDEX, &ifr) < 0 || ifr.ifr_ifindex <= 0) {
		return 0;
	}
	return (unsigned)ifr.ifr_ifindex;
}

/* Names come from /proc/net/dev: if_nameindex() needs the netlink that some containers forbid. */
static size_t list_interfaces(int fd, unsigned *ret_index, size_t max)
{
	char line[512], name[IF_NAMESIZE];
	size_t n = 0;
	FILE *f = fopen("/proc/net/dev", "re");

	if (!f) {
		return 0;
	}
	while (n < max && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %15[^: ]:", name) != 1) {
			continue;
		}
		unsigned index = find_usable(fd, name, false);

		if (index != 0) {
			ret_index[n++] = index;
		}
	}
	fclose(f);
	return n;
}

size_t multicast_interfaces(const struct config *config, unsigned *ret_index, size_t max)
{
	size_t n = 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (fd < 0) {
		return 0;
	}
	if (config->n_interfaces == 0) {
		n = list_interfaces(fd, ret_index, max);
	}
	for (size_t i = 0; i < config->n_interfaces && n < max; i++) {
		unsigned index = find_usable(fd, config->interfaces[i], true);

		if (index != 0) {
			ret_index[n++] = index;
		}
	}
	close(fd);
	return n;
}
