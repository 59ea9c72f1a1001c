/* link.c - rtnetlink by libnl: what is new is told, what merely repeats is not.
 *
 * The kernel also sends a message when an IPv6 address is renewed or a wireless link counts
 * something.  A small table of what is known keeps those from waking the core.  When the kernel
 * overran our socket (ENOBUFS), anything may have changed: the table is emptied and a change told.
 */
#include "berkd/net/link.h"

#include "berk/time.h"
#include "berkd/host/event_missing.h"
#include "berkd/host/log.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define KNOWN_MAX     256
#define SETTLE_US     (UINT64_C(200) * 1000)
#define ACCURACY_US   (UINT64_C(20) * 1000)
#define LINK_FLAGS    ((unsigned)(IFF_UP | IFF_RUNNING | IFF_MULTICAST))
#define IFF_LOWER_UP_ 0x10000U /* <net/if.h> lacks it, <linux/if.h> clashes */
#define ADDRESS_FLAGS ((unsigned)(IFA_F_TENTATIVE | IFA_F_DADFAILED))

/* A link (address all zero) or an address of one. */
struct known {
	unsigned ifindex;
	unsigned flags;
	uint8_t address[16];
};

struct link_watch {
	struct nl_sock *sock;
	sd_event_source *io, *settle;
	link_changed changed;
	void *userdata;
	struct known known[KNOWN_MAX];
	size_t n_known;
	bool news;
};

/* Note what @k says; true when it was not known. */
static bool update_known(struct link_watch *w, const struct known *k, bool gone)
{
	size_t i = 0;

	while (i < w->n_known &&
	       (w->known[i].ifindex != k->ifindex ||
		memcmp(w->known[i].address, k->address, sizeof(k->address)) != 0)) {
		i++;
	}
	if (i == w->n_known) {
		if (!gone && w->n_known < KNOWN_MAX) {
			w->known[w->n_known++] = *k;
		}
		return true;
	}
	bool news = gone || w->known[i].flags != k->flags;

	if (gone) {
		w->known[i] = w->known[--w->n_known];
	} else {
		w->known[i].flags = k->flags;
	}
	return news;
}

static bool note_link(struct link_watch *w, struct nlmsghdr *h)
{
	const struct ifinfomsg *info = nlmsg_data(h);

	if (!nlmsg_valid_hdr(h, sizeof(*info))) {
		return false;
	}
	struct known k = {.ifindex = (unsigned)info->ifi_index,
			  .flags = info->ifi_flags & (LINK_FLAGS | IFF_LOWER_UP_)};

	return update_known(w, &k, h->nlmsg_type == RTM_DELLINK);
}

static bool note_address(struct link_watch *w, struct nlmsghdr *h)
{
	const struct ifaddrmsg *info = nlmsg_data(h);

	if (!nlmsg_valid_hdr(h, sizeof(*info))) {
		return false;
	}
	struct known k = {.ifindex = info->ifa_index, .flags = info->ifa_flags & ADDRESS_FLAGS};
	struct nlattr *a = nlmsg_find_attr(h, sizeof(*info), IFA_LOCAL);

	a = a ? a : nlmsg_find_attr(h, sizeof(*info), IFA_ADDRESS);
	if (!a || nla_len(a) > (int)sizeof(k.address)) {
		return false;
	}
	memcpy(k.address, nla_data(a), (size_t)nla_len(a));
	return update_known(w, &k, h->nlmsg_type == RTM_DELADDR);
}

static int on_message(struct nl_msg *msg, void *userdata)
{
	struct link_watch *w = userdata;
	struct nlmsghdr *h = nlmsg_hdr(msg);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		w->news |= note_link(w, h);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		w->news |= note_address(w, h);
		break;
	default:
		break;
	}
	return NL_OK;
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct link_watch *w = userdata;

	(void)source;
	(void)usec;
	w->settle = sd_event_source_disable_unref(w->settle);
	w->changed(w->userdata);
	return 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct link_watch *w = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	int r = nl_recvmsgs_default(w->sock);

	if (r == -NLE_NOMEM) { /* libnl's word for ENOBUFS */
		log_debug("Netlink overran, looking at all interfaces again");
		w->n_known = 0;
		w->news = true;
	} else if (r < 0 && r != -NLE_AGAIN) {
		log_warning(CAUSE_WITHOUT,
			    "Netlink failed: %s; interfaces are no longer watched, ignoring",
			    nl_geterror(r));
		w->io = sd_event_source_disable_unref(w->io);
		w->news = true;
	}
	if (w->news && !w->settle) {
		r = sd_event_add_time_relative(sd_event_source_get_event(source), &w->settle,
					       CLOCK_BOOTTIME, SETTLE_US, ACCURACY_US, on_settled,
					       w);
		if (r < 0) {
			w->changed(w->userdata);
		}
	}
	w->news = false;
	return 0;
}

/* A libnl error as negative errno. */
static int errno_from_nl(int r)
{
	switch (-r) {
	case NLE_PERM:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
		return -EAFNOSUPPORT;
	default:
		return -EIO;
	}
}

static int open_socket(struct link_watch *w, sd_event *event)
{
	w->sock = nl_socket_alloc();
	if (!w->sock) {
		return -ENOMEM;
	}
	nl_socket_disable_seq_check(w->sock);
	int r = nl_socket_modify_cb(w->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, w);

	if (r == 0) {
		r = nl_connect(w->sock, NETLINK_ROUTE);
	}
	if (r == 0) {
		r = nl_socket_set_nonblocking(w->sock);
	}
	if (r == 0) {
		r = nl_socket_add_memberships(w->sock, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
					      RTNLGRP_IPV6_IFADDR, RTNLGRP_NONE);
	}
	if (r < 0) {
		return errno_from_nl(r);
	}
	return sd_event_add_io(event, &w->io, nl_socket_get_fd(w->sock), EPOLLIN, on_readable, w);
}

int link_watch_new(sd_event *event, link_changed changed, void *userdata, struct link_watch **ret)
{
	struct link_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return -ENOMEM;
	}
	w->changed = changed;
	w->userdata = userdata;
	int r = open_socket(w, event);

	if (r < 0) {
		link_watch_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct link_watch *link_watch_free(struct link_watch *w)
{
	if (!w) {
		return NULL;
	}
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->settle);
	nl_socket_free(w->sock);
	free(w);
	return NULL;
}
