/* udp_packet.c - one packet in or out, with packet information both ways, and the error queue. */
#include "berkd/net/udp_packet.h"

#include "berkd/host/host_clock.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp_filter.h"
#include "berkd/net/udp_stamps.h"

#include <assert.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <string.h>

#define CONTROL_MAX 512

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL_MAX];
};

static ssize_t receive_message(int fd, struct msghdr *m, int flags)
{
	ssize_t n;

	do {
		n = recvmsg(fd, m, flags);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The interface that a control message tells of; 0: none. */
static unsigned read_interface(const struct cmsghdr *c)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return (unsigned)info.ipi_ifindex;
	}
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return info.ipi6_ifindex;
	}
	return 0;
}

/* Where the packet came to, from its control messages. */
static void read_local_address(struct cmsghdr *c, uint16_t port, struct addr *ret)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		addr_set_ipv4(ret, info.ipi_spec_dst); /* ours even if it came to a group */
		ret->port = port;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) {
			return;
		}
		memcpy(ret->ip, &info.ipi6_addr, 16);
		ret->port = port;
		ret->scope = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
	}
}

int udp_receive_packet(struct udp_socket *s)
{
	struct udp *u = s->udp;
	union sockaddr_any from;
	union control control;
	struct iovec iov = {.iov_base = u->packet, .iov_len = sizeof(u->packet)};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct node_event ev = {.type = EV_RX};
	struct scm_timestamping stamps = {0};
	struct scm_ts_pktinfo nic = {0};
	unsigned ifindex = 0;
	ssize_t n = receive_message(s->fd, &m, 0);

	if (n < 0) {
		return n == -EAGAIN ? 0 : (int)n;
	}
	if (m.msg_namelen == 0) {
		return 0; /* no packet: the socket was shut down */
	}
	udp_filter_note(s, u->packet, (size_t)n);
	if ((m.msg_flags & MSG_TRUNC) != 0 || !addr_from_sockaddr(&from, &ev.rx.from)) {
		return 1;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		} else if (c->cmsg_level == SOL_SOCKET &&
			   c->cmsg_type == SCM_TIMESTAMPING_PKTINFO) {
			memcpy(&nic, CMSG_DATA(c), sizeof(nic));
		} else {
			read_local_address(c, s->bound.port, &ev.rx.to);
			ifindex = ifindex ? ifindex : read_interface(c);
		}
	}
	udp_stamps_of_packet(u, &stamps, nic.if_index, &ev.rx.at, &ev.rx.quality);
	asymmetry_note(&u->asymmetry, u->config, &ev.rx.to, ifindex);
	ev.rx.at =
		raw_add(ev.rx.at, asymmetry_shift(&u->asymmetry, u->config, &ev.rx.from, ifindex));
	ev.rx.data = u->packet;
	ev.rx.len = (size_t)n;
	u->feed(u->userdata, &ev);
	return 1;
}

/* An entry that is no transmit stamp is an ICMP error, which says nothing we could trust. */
int udp_receive_error(struct udp_socket *s)
{
	union control control;
	uint8_t data[1];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct scm_timestamping stamps = {0};
	struct sock_extended_err err = {0};
	unsigned ifindex = 0;
	ssize_t n = receive_message(s->fd, &m, MSG_ERRQUEUE);

	if (n < 0) {
		return n == -EAGAIN ? 0 : (int)n;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			memcpy(&err, CMSG_DATA(c), sizeof(err));
		} else {
			ifindex = ifindex != 0 ? ifindex : read_interface(c); /* sent on */
		}
	}
	if (err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && err.ee_info == SCM_TSTAMP_SND) {
		udp_stamps_take(s, err.ee_data, ifindex, &stamps);
	}
	return 1;
}

/* The control messages of a send: source address, interface, wish for a stamp. */
static void fill_control(struct msghdr *m, union control *control, const struct udp_socket *s,
			 const struct addr *from, unsigned ifindex, bool stamp)
{
	struct cmsghdr *c = &control->align;
	size_t used = 0;

	memset(control, 0, sizeof(*control));
	if (s->family == AF_INET && (from || ifindex != 0)) {
		struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};

		if (from) {
			memcpy(&info.ipi_spec_dst, from->ip + 12, 4);
		}
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		used = CMSG_SPACE(sizeof(info));
	} else if (from || ifindex != 0) {
		struct in6_pktinfo info = {.ipi6_ifindex = from ? from->scope : ifindex};

		if (from) {
			memcpy(&info.ipi6_addr, from->ip, 16);
		}
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		used = CMSG_SPACE(sizeof(info));
	}
	if (stamp) {
		const uint32_t want = SOF_TIMESTAMPING_TX_SOFTWARE |
				      (s->udp->hardware ? SOF_TIMESTAMPING_TX_HARDWARE : 0);

		c = (struct cmsghdr *)(void *)(control->bytes + used);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SO_TIMESTAMPING;
		c->cmsg_len = CMSG_LEN(sizeof(want));
		memcpy(CMSG_DATA(c), &want, sizeof(want));
		used += CMSG_SPACE(sizeof(want));
	}
	m->msg_control = used > 0 ? control : NULL;
	m->msg_controllen = used;
}

int udp_send_packet(struct udp_socket *s, const struct addr *to, const struct addr *from,
		    unsigned ifindex, uint8_t *data, size_t len, uint32_t tx_id)
{
	union sockaddr_any sa;
	union control control;
	struct iovec iov = {.iov_base = data, .iov_len = len};
	struct msghdr m = {.msg_name = &sa,
			   .msg_namelen = addr_to_sockaddr(to, &sa),
			   .msg_iov = &iov,
			   .msg_iovlen = 1};
	bool stamp = tx_id != 0 && s->kernel_stamps;
	int64_t now = stamp ? host_clock_ns(CLOCK_REALTIME) : 0;
	const struct asymmetry *a = &s->udp->asymmetry;
	int64_t shift_ns =
		asymmetry_shift(a, s->udp->config, to, from ? asymmetry_interface(a, from) : 0);
	ssize_t n;

	assert(s->fd >= 0 && addr_is_ipv4(to) == (s->family == AF_INET));
	fill_control(&m, &control, s, from, ifindex, stamp);
	do {
		n = sendmsg(s->fd, &m, 0);
	} while (n < 0 && errno == EINTR);
	int r = n < 0 ? -errno : 0;

	if (stamp && r == 0) {
		udp_stamps_expect(s, tx_id, now, shift_ns);
	} else if (stamp && udp_stamps_restart(s) < 0) {
		s->kernel_stamps = false;
	}
	return r;
}
