/* net.c - namespaces, veth, bridge, addresses and loss; see net.h. */
#include "netns/lib/net.h"

#include "netns/lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die_on_error(int r, const char *what, const char *name)
{
	if (r < 0) {
		sandbox_die("%s %s: %s", what, name, nl_geterror(r));
	}
}

void netns_here(struct netns *ret)
{
	ret->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (ret->fd < 0) {
		sandbox_die("/proc/thread-self/ns/net: %s", strerror(errno));
	}
	ret->sk = nl_socket_alloc();
	if (!ret->sk) {
		sandbox_die("out of memory");
	}
	die_on_error(nl_connect(ret->sk, NETLINK_ROUTE), "netlink", "socket");
	net_up(ret, "lo", true);
}

void netns_make(struct netns *ret)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0 || unshare(CLONE_NEWNET) < 0) {
		sandbox_die("new network namespace: %s", strerror(errno));
	}
	netns_here(ret);
	if (setns(home, CLONE_NEWNET) < 0) {
		sandbox_die("setns: %s", strerror(errno));
	}
	close(home);
}

void netns_close(struct netns *ns)
{
	nl_socket_free(ns->sk);
	ns->sk = NULL;
	close(ns->fd);
	ns->fd = -1;
}

void netns_go(const struct netns *ns)
{
	if (setns(ns->fd, CLONE_NEWNET) < 0) {
		sandbox_die("setns: %s", strerror(errno));
	}
}

static struct rtnl_link *link_find(struct netns *ns, const char *name)
{
	struct rtnl_link *link = NULL;

	die_on_error(rtnl_link_get_kernel(ns->sk, 0, name, &link), "no link", name);
	return link;
}

static int link_index(struct netns *ns, const char *name)
{
	struct rtnl_link *link = link_find(ns, name);
	int index = rtnl_link_get_ifindex(link);

	rtnl_link_put(link);
	return index;
}

void net_bridge(struct netns *ns, const char *name)
{
	die_on_error(rtnl_link_bridge_add(ns->sk, name), "bridge", name);
	net_up(ns, name, true);
}

void net_cable(struct netns *a, const char *name_a, struct netns *b, const char *name_b)
{
	struct rtnl_link *link = rtnl_link_veth_alloc();

	if (!link) {
		sandbox_die("out of memory");
	}
	struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
	rtnl_link_set_name(link, name_a);
	rtnl_link_set_name(peer, name_b);
	rtnl_link_set_ns_fd(peer, b->fd);
	die_on_error(rtnl_link_add(a->sk, link, NLM_F_CREATE | NLM_F_EXCL), "veth", name_a);
	rtnl_link_put(peer);
	rtnl_link_veth_release(link);
}

void net_delete(struct netns *ns, const char *name)
{
	struct rtnl_link *link = link_find(ns, name);

	die_on_error(rtnl_link_delete(ns->sk, link), "delete", name);
	rtnl_link_put(link);
}

void net_up(struct netns *ns, const char *name, bool up)
{
	struct rtnl_link *link = link_find(ns, name), *change = rtnl_link_alloc();

	if (!change) {
		sandbox_die("out of memory");
	}
	if (up) {
		rtnl_link_set_flags(change, IFF_UP);
	} else {
		rtnl_link_unset_flags(change, IFF_UP);
	}
	die_on_error(rtnl_link_change(ns->sk, link, change, 0), "up or down", name);
	rtnl_link_put(change);
	rtnl_link_put(link);
}

void net_plug(struct netns *ns, const char *port, const char *bridge)
{
	int master = bridge ? link_index(ns, bridge) : 0;

	die_on_error(rtnl_link_enslave_ifindex(ns->sk, master, link_index(ns, port)), "plug", port);
}

void net_address(struct netns *ns, const char *name, const char *address, bool add)
{
	struct rtnl_addr *change = rtnl_addr_alloc();
	struct nl_addr *local;

	if (!change) {
		sandbox_die("out of memory");
	}
	die_on_error(nl_addr_parse(address, AF_UNSPEC, &local), "not an address:", address);
	rtnl_addr_set_ifindex(change, link_index(ns, name));
	die_on_error(rtnl_addr_set_local(change, local), "address", address);
	die_on_error(add ? rtnl_addr_add(ns->sk, change, 0) : rtnl_addr_delete(ns->sk, change, 0),
		     "address", address);
	nl_addr_put(local);
	rtnl_addr_put(change);
}

void net_sysctl(struct netns *ns, const char *path, const char *value)
{
	struct netns home;
	char full[256];

	netns_here(&home);
	netns_go(ns);
	snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
	int fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0) {
		sandbox_die("%s: %s", full, strerror(errno));
	}
	close(fd);
	netns_go(&home);
	netns_close(&home);
}

/* XDP, because it needs neither a package nor a kernel with netem: drop when a random 32-bit
 * number is below the share.  Written out by hand; r0 is the verdict. */
static int loss_program(double share)
{
	uint32_t below = (uint32_t)(share * 4294967295.0);
	/* A 32-bit immediate is sign-extended, so the number is loaded as 64 bits, in two slots
	 * (mode BPF_IMM, which is 0). */
	const struct bpf_insn code[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32},
		{.code = BPF_LD | BPF_DW, .dst_reg = BPF_REG_1, .imm = (int32_t)below},
		{.code = 0},
		{.code = BPF_JMP | BPF_JLT | BPF_X, .src_reg = BPF_REG_1, .off = 2},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (uint64_t)(uintptr_t)code;
	attr.insn_cnt = sizeof(code) / sizeof(code[0]);
	attr.license = (uint64_t)(uintptr_t) "MIT";
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

int net_lose(struct netns *ns, const char *name, double share)
{
	struct netns home;
	union bpf_attr attr;
	int program = loss_program(share);

	if (program < 0) {
		sandbox_die("loss program: %s", strerror(errno));
	}
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.target_ifindex = (uint32_t)link_index(ns, name);
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_SKB_MODE;

	netns_here(&home);
	netns_go(ns); /* the index is looked up in the caller's namespace */
	int handle = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	if (handle < 0) {
		sandbox_die("loss on %s: %s", name, strerror(errno));
	}
	netns_go(&home);
	netns_close(&home);
	close(program);
	return handle;
}
