/* look_net.c - interfaces, addresses, sockets and firewalls of this host. */
#include "berkctl/doctor/look_parts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUP_IPV4 UINT32_C(0xefff524b) /* as net/multicast.c joins them: 239.255.82.75, */
#define GROUP_IPV6 "ff020000000000000000000000004252" /* and ff02::4252 */
#define FILE_MAX   (1 << 20)

/* --- Interfaces --- */

static struct facts_interface *interface_of(struct facts_net *f, const char *name)
{
	for (size_t i = 0; i < f->n_interfaces; i++) {
		if (strcmp(f->interface[i].name, name) == 0) {
			return &f->interface[i];
		}
	}
	if (f->n_interfaces == FACTS_INTERFACES_MAX) {
		return NULL;
	}
	struct facts_interface *new = &f->interface[f->n_interfaces++];

	*new = (struct facts_interface){.phc = -1};
	(void)snprintf(new->name, sizeof(new->name), "%s", name);
	return new;
}

static void take_address(struct facts_net *f, const struct sockaddr *sa)
{
	struct addr *a = &f->addr[f->n_addrs];

	if (f->n_addrs == FACTS_ADDRS_MAX || !sa) {
		return;
	}
	*a = (struct addr){0};
	if (sa->sa_family == AF_INET6) {
		memcpy(a->ip, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	} else if (sa->sa_family == AF_INET) {
		a->ip[10] = a->ip[11] = 0xff;
		memcpy(a->ip + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else {
		return;
	}
	f->n_addrs++;
}

static void look_at_stamps(const struct look_at *at, const char *user, struct facts_interface *i,
			   int fd)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	struct ifreq ifr = {.ifr_data = (char *)&info};
	char path[64];

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", i->name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0) {
		return;
	}
	i->has_stamps = true;
	i->stamps = info.so_timestamping;
	i->phc = info.phc_index;
	(void)snprintf(path, sizeof(path), "/dev/ptp%d", i->phc);
	i->phc_there = i->phc >= 0 && look_exists(at, path);
	i->phc_readable = i->phc_there && look_is_readable(at, path, user);
}

static void look_at_interfaces(const struct look_at *at, const char *user, struct facts_net *f)
{
	struct ifaddrs *all = NULL;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	f->has_addrs = getifaddrs(&all) == 0;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		struct facts_interface *i = interface_of(f, a->ifa_name);

		if (i) {
			i->up = (a->ifa_flags & IFF_UP) != 0;
			i->carrier = (a->ifa_flags & IFF_RUNNING) != 0;
			i->multicast = (a->ifa_flags & IFF_MULTICAST) != 0;
			i->loopback = (a->ifa_flags & IFF_LOOPBACK) != 0;
		}
		take_address(f, a->ifa_addr);
	}
	if (all) {
		freeifaddrs(all);
	}
	for (size_t i = 0; i < f->n_interfaces; i++) {
		look_at_stamps(at, user, &f->interface[i], fd);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

/* --- Multicast groups --- */

/* "2  eth0 : ..." and then its groups, one a line, behind tabs. */
static void take_igmp(struct facts_net *f, char *text)
{
	char name[IF_NAMESIZE] = "", group[9], *rest = text;

	(void)snprintf(group, sizeof(group), "%08X", htonl(GROUP_IPV4));
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		bool head = sscanf(line, "%*u %15[^ \t:]", name) == 1;

		for (size_t i = 0; i < f->n_interfaces; i++) {
			struct facts_interface *k = &f->interface[i];

			if (strcmp(k->name, name) == 0) {
				k->has_joined = true;
				k->joined[0] = k->joined[0] || (!head && strstr(line, group));
			}
		}
	}
}

static void take_igmp6(struct facts_net *f, char *text)
{
	char name[IF_NAMESIZE], group[33], *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		for (size_t i = 0; sscanf(line, "%*u %15s %32s", name, group) == 2 &&
				   strcmp(group, GROUP_IPV6) == 0 && i < f->n_interfaces;
		     i++) {
			struct facts_interface *k = &f->interface[i];

			k->joined[1] = k->joined[1] || strcmp(k->name, name) == 0;
		}
	}
}

/* --- Sockets --- */

/* Lines of /proc/net/udp: ... local address:port ... and at the end how many were dropped. */
static void take_sockets(struct facts_net *f, unsigned port, char *text)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		int64_t dropped = 0;
		unsigned local;
		int n = sscanf(line,
			       " %*u: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			       "%" SCNd64,
			       &local, &dropped);

		if (n >= 1 && local == port) {
			f->n_sockets++;
			f->n_dropped += dropped;
		}
	}
}

/* --- Firewalls --- */

static const char *find_filter(const struct look_at *at)
{
	char text[4096];

	if (look_text(at, "/etc/ufw/ufw.conf", text, sizeof(text)) && strstr(text, "ENABLED=yes")) {
		return "The firewall ufw";
	}
	if (look_exists(at, "/run/firewalld.pid")) {
		return "The firewall firewalld";
	}
	if ((look_text(at, "/proc/net/ip_tables_names", text, sizeof(text)) &&
	     strstr(text, "filter")) ||
	    (look_text(at, "/proc/net/ip6_tables_names", text, sizeof(text)) &&
	     strstr(text, "filter"))) {
		return "iptables";
	}
	return look_exists(at, "/etc/systemd/system/sysinit.target.wants/nftables.service")
		       ? "The firewall of nftables.service"
		       : NULL;
}

void look_at_net(const struct look_at *at, const struct config *config, struct facts_net *ret)
{
	static const char *const sockets[] = {"/proc/net/udp", "/proc/net/udp6"};
	static char text[FILE_MAX];

	look_at_interfaces(at, config->user, ret);
	if (look_text(at, "/proc/net/igmp", text, sizeof(text))) {
		take_igmp(ret, text);
	}
	if (look_text(at, "/proc/net/igmp6", text, sizeof(text))) {
		take_igmp6(ret, text);
	}
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		if (look_text(at, sockets[i], text, sizeof(text))) {
			ret->has_sockets = true;
			take_sockets(ret, config->port, text);
		}
	}
	(void)look_text(at, "/proc/sys/net/ipv6/conf/all/disable_ipv6", text, sizeof(text));
	ret->ipv6_off = text[0] == '1' || !look_exists(at, "/proc/net/if_inet6");
	ret->filter = find_filter(at);
}
