/* look_firewall.c - does nftables, and iptables on top of it, drop what comes in?  Asked of the
 * kernel, as `nft list ruleset` does: chains and rules (linux/netfilter/nf_tables.h). */
#include "berkctl/doctor/look_parts.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_S	   2
#define BUFFER_MAX 65536

/* The attribute @type among those in @from of @len bytes; NULL: there is none of @size bytes or
 * more. */
static const char *find_attribute(const char *from, size_t len, unsigned type, size_t size,
				  size_t *ret_len)
{
	while (len >= NLA_HDRLEN) {
		struct nlattr a;

		memcpy(&a, from, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > len) {
			return NULL;
		}
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*ret_len = a.nla_len - (size_t)NLA_HDRLEN;
			return *ret_len >= size ? from + NLA_HDRLEN : NULL;
		}
		size_t step = NLA_ALIGN(a.nla_len);

		if (step >= len) {
			return NULL;
		}
		from += step;
		len -= step;
	}
	return NULL;
}

static uint32_t number_of(const char *from, size_t len, unsigned type, uint32_t none)
{
	size_t got;
	const char *at = find_attribute(from, len, type, sizeof(uint32_t), &got);
	uint32_t v;

	if (!at) {
		return none;
	}
	memcpy(&v, at, sizeof(v));
	return ntohl(v);
}

static void take_chain(struct facts_net *f, const char *from, size_t len)
{
	size_t hook_len, name_len;
	const char *hook = find_attribute(from, len, NFTA_CHAIN_HOOK, 0, &hook_len);
	const char *name = find_attribute(from, len, NFTA_CHAIN_NAME, 1, &name_len);

	if (hook && name &&
	    number_of(hook, hook_len, NFTA_HOOK_HOOKNUM, NF_INET_NUMHOOKS) == NF_INET_LOCAL_IN &&
	    number_of(from, len, NFTA_CHAIN_POLICY, NF_ACCEPT) == NF_DROP) {
		f->input_drops = true;
	}
}

/* Does the rule compare two bytes with the port?  Where in it does not matter. */
static void take_rule(struct facts_net *f, unsigned port, const char *from, size_t len)
{
	const struct nlattr a = {.nla_len = NLA_HDRLEN + 2, .nla_type = NFTA_DATA_VALUE};
	uint16_t wanted = htons((uint16_t)port);
	char pattern[NLA_HDRLEN + 2];

	memcpy(pattern, &a, sizeof(a));
	memcpy(pattern + NLA_HDRLEN, &wanted, 2);
	f->names_port = f->names_port || memmem(from, len, pattern, sizeof(pattern)) != NULL;
}

bool look_firewall_take(struct facts_net *f, unsigned port, const void *buf, size_t len)
{
	const char *at = buf;

	while (len >= NLMSG_HDRLEN) {
		struct nlmsghdr h;
		const size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));

		memcpy(&h, at, sizeof(h));
		if (h.nlmsg_len < NLMSG_HDRLEN || h.nlmsg_len > len || h.nlmsg_type == NLMSG_DONE ||
		    h.nlmsg_type == NLMSG_ERROR) {
			return false;
		}
		if (h.nlmsg_len >= head && h.nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES) {
			unsigned type = h.nlmsg_type & 0xff;

			if (type == NFT_MSG_NEWCHAIN) {
				take_chain(f, at + head, h.nlmsg_len - head);
			} else if (type == NFT_MSG_NEWRULE) {
				take_rule(f, port, at + head, h.nlmsg_len - head);
			}
		}
		size_t step = NLMSG_ALIGN(h.nlmsg_len);

		if (step >= len) {
			return true;
		}
		at += step;
		len -= step;
	}
	return true;
}

static void dump(int fd, unsigned type, struct facts_net *f, unsigned port)
{
	static char buf[BUFFER_MAX];
	const struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
	} ask = {.h = {.nlmsg_len = sizeof(ask),
		       .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		 .g = {.nfgen_family = NFPROTO_UNSPEC}};
	ssize_t n = send(fd, &ask, sizeof(ask), 0);

	while (n > 0) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n > 0 && !look_firewall_take(f, port, buf, (size_t)n)) {
			return;
		}
	}
}

void look_at_firewall(const struct config *config, struct facts_net *ret)
{
	const struct timeval limit = {.tv_sec = WAIT_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0) {
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0) {
		dump(fd, NFT_MSG_GETCHAIN, ret, config->port);
		dump(fd, NFT_MSG_GETRULE, ret, config->port);
	}
	(void)close(fd);
}
