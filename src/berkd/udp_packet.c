/* udp_packet.c - one packet in or out: packet information both ways, kernel time stamps and the
 * error queue.
 *
 * A receive stamp becomes RAW at once, by the clock.  A transmit stamp comes back on the error
 * queue under a counter that the kernel keeps per socket (SOF_TIMESTAMPING_OPT_ID); a small ring
 * leads from that counter to the core's tx_id.  Whether a send that failed has moved the counter
 * depends on the kernel and on how it failed, so after such a send the counter is set back to zero
 * and what was under way is forgotten.
 */
#include "berkd/udp_private.h"

#include "berkd/log.h"
#include "berkd/sockaddr.h"
#include "berkd/timescale.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>

#define CONTROL_MAX 512
#define STAMP_FLAGS                                                                                \
	(SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG |    \
	 SOF_TIMESTAMPING_OPT_TSONLY)

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL_MAX];
};

int udp_stamps_restart(struct udp_socket *s)
{
	const unsigned off = STAMP_FLAGS, on = STAMP_FLAGS | SOF_TIMESTAMPING_OPT_ID;

	/* The kernel starts to count from zero when OPT_ID goes on. */
	memset(s->tx, 0, sizeof(s->tx));
	s->tx_key = 0;
	if (setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPING, &off, sizeof(off)) < 0 ||
	    setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPING, &on, sizeof(on)) < 0) {
		return -errno;
	}
	return 0;
}

/* RAW of a stamp; a user-space one when there is none or it cannot be converted. */
static void stamp_convert(struct udp *u, const struct timespec *stamp, raw_t *ret_at,
			  uint8_t *ret_quality)
{
	struct clock_pair now = {0};
	int64_t width;

	if (stamp && stamp->tv_sec != 0) {
		int64_t ns = stamp->tv_sec * NS_PER_S + stamp->tv_nsec;

		if (u->clock->ops->stamp_to_raw(u->clock, ns, ret_at) == 0) {
			*ret_quality = STAMP_KERNEL;
			u->n_kernel++;
			return;
		}
	}
	int r = u->clock->ops->read(u->clock, &now, &width);

	if (r < 0) {
		log_err("The clock cannot be read: %s", strerror(-r));
	}
	*ret_at = now.raw;
	*ret_quality = STAMP_USER;
	u->n_user++;
}

static ssize_t receive(int fd, struct msghdr *m, int flags)
{
	ssize_t n;

	do {
		n = recvmsg(fd, m, flags);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The interface that a control message tells of; 0: none. */
static unsigned interface_of(const struct cmsghdr *c)
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
static void local_address(struct cmsghdr *c, uint16_t port, struct addr *ret)
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
	struct scm_timestamping stamps;
	const struct timespec *stamp = NULL;
	unsigned ifindex = 0;
	ssize_t n = receive(s->fd, &m, 0);

	if (n < 0) {
		return n == -EAGAIN ? 0 : (int)n;
	}
	if (m.msg_namelen == 0) {
		return 0; /* no packet: the socket was shut down */
	}
	if ((m.msg_flags & MSG_TRUNC) != 0 || !addr_from_sockaddr(&from, &ev.rx.from)) {
		return 1;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
			stamp = &stamps.ts[0];
		} else {
			local_address(c, s->bound.port, &ev.rx.to);
			ifindex = ifindex ? ifindex : interface_of(c);
		}
	}
	stamp_convert(u, stamp, &ev.rx.at, &ev.rx.quality);
	asymmetry_note(&u->asymmetry, u->config, &ev.rx.to, ifindex);
	ev.rx.at =
		raw_add(ev.rx.at, asymmetry_shift(&u->asymmetry, u->config, &ev.rx.from, ifindex));
	ev.rx.data = u->packet;
	ev.rx.len = (size_t)n;
	u->feed(u->userdata, &ev);
	return 1;
}

static void transmit_stamp(struct udp_socket *s, uint32_t key, const struct timespec *stamp)
{
	struct tx_pending *p = &s->tx[key % UDP_TX_KEPT];
	struct node_event ev = {.type = EV_TX_STAMP};
	int64_t ns = stamp->tv_sec * NS_PER_S + stamp->tv_nsec;

	if (p->tx_id == 0 || p->key != key || ns < p->sent) {
		return; /* of a counter since restarted, or too late */
	}
	ev.tx.tx_id = p->tx_id;
	p->tx_id = 0;
	if (s->udp->clock->ops->stamp_to_raw(s->udp->clock, ns, &ev.tx.at) < 0) {
		return; /* the core keeps its own reading from before the send */
	}
	ev.tx.at = raw_add(ev.tx.at, p->shift_ns);
	ev.tx.quality = STAMP_KERNEL;
	s->udp->n_kernel++;
	s->udp->feed(s->udp->userdata, &ev);
}

/* A transmit stamp, or an ICMP error, which says nothing we could trust. */
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
	ssize_t n = receive(s->fd, &m, MSG_ERRQUEUE);

	if (n < 0) {
		return n == -EAGAIN ? 0 : (int)n;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			memcpy(&err, CMSG_DATA(c), sizeof(err));
		}
	}
	if (err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && err.ee_info == SCM_TSTAMP_SND &&
	    stamps.ts[0].tv_sec != 0) {
		transmit_stamp(s, err.ee_data, &stamps.ts[0]);
	}
	return 1;
}

/* The control messages of a send: source address, interface, wish for a stamp. */
static void send_control(struct msghdr *m, union control *control, const struct udp_socket *s,
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
		const uint32_t want = SOF_TIMESTAMPING_TX_SOFTWARE;

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

	send_control(&m, &control, s, from, ifindex, stamp);
	do {
		n = sendmsg(s->fd, &m, 0);
	} while (n < 0 && errno == EINTR);
	int r = n < 0 ? -errno : 0;

	if (stamp && r == 0) {
		s->tx[s->tx_key % UDP_TX_KEPT] = (struct tx_pending){.tx_id = tx_id,
								     .key = s->tx_key,
								     .sent = now,
								     .shift_ns = shift_ns};
		s->tx_key++;
	} else if (stamp && udp_stamps_restart(s) < 0) {
		s->kernel_stamps = false;
	}
	return r;
}
