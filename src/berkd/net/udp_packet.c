/* udp_packet.c - one packet in or out: packet information both ways, time stamps of the kernel and
 * the NIC, and the error queue.
 *
 * A receive stamp becomes RAW at once, by the clock.  A transmit stamp comes back on the error
 * queue under a counter that the kernel keeps per socket (SOF_TIMESTAMPING_OPT_ID); a small ring
 * leads from that counter to the core's tx_id.  Whether a send that failed has moved the counter
 * depends on the kernel and on how it failed, so after such a send the counter is set back to zero
 * and what was under way is forgotten.
 *
 * A hardware stamp of a sent packet comes a moment after the software one, and the core takes one
 * stamp per send.  So, where hardware stamps have come of late, the software one is held until
 * then, or until the socket wakes later than HOLD_NS after it: polls are further apart, so it still
 * comes before the exchange that needs it, with no timer of its own.
 */
#include "berkd/net/udp_private.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/net/sockaddr.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>

#define CONTROL_MAX 512
#define HOLD_NS	    (10 * NS_PER_MS)
#define HOLD_TRUST  8 /* stamps held in vain until no more is */
#define STAMP_FLAGS                                                                                \
	(SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG)
#define STAMP_FLAGS_HARDWARE                                                                       \
	(SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |                            \
	 SOF_TIMESTAMPING_OPT_TX_SWHW | SOF_TIMESTAMPING_OPT_PKTINFO)
/* struct scm_timestamping: software, an old one, hardware */
enum { TS_SOFTWARE = 0, TS_HARDWARE = 2 };

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL_MAX];
};

int udp_stamps_restart(struct udp_socket *s)
{
	const struct udp *u = s->udp;
	unsigned off = STAMP_FLAGS | (u->hardware ? STAMP_FLAGS_HARDWARE : 0);

	if (!u->hardware || !u->looped) {
		off |= SOF_TIMESTAMPING_OPT_TSONLY;
	}
	const unsigned on = off | SOF_TIMESTAMPING_OPT_ID;

	/* The kernel starts to count from zero when OPT_ID goes on. */
	memset(s->tx, 0, sizeof(s->tx));
	s->tx_key = 0;
	s->n_held = 0;
	if (setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPING, &off, sizeof(off)) < 0 ||
	    setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPING, &on, sizeof(on)) < 0) {
		return -errno;
	}
	return 0;
}

static int64_t stamp_ns(const struct timespec *stamp)
{
	return stamp->tv_sec * NS_PER_S + stamp->tv_nsec;
}

/* RAW of the stamps of a packet received on @ifindex: the NIC's, else the kernel's, else a
 * user-space one. */
static void stamp_convert(struct udp *u, const struct scm_timestamping *stamps, unsigned ifindex,
			  raw_t *ret_at, uint8_t *ret_quality)
{
	const struct timespec *software = &stamps->ts[TS_SOFTWARE], *hw = &stamps->ts[TS_HARDWARE];
	struct clock_pair now = {0};
	int64_t width;

	if (software->tv_sec != 0 &&
	    u->clock->ops->stamp_to_raw(u->clock, stamp_ns(software), ret_at) == 0) {
		bool hardware = u->phc && stamp_ns(hw) != 0 &&
				phc_set_to_raw(u->phc, ifindex, stamp_ns(hw), *ret_at, PHC_RECEIVED,
					       ret_at) == 0;

		*ret_quality = hardware ? STAMP_HARDWARE : STAMP_KERNEL;
		u->n_kernel++;
		return;
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
	struct scm_timestamping stamps = {0};
	struct scm_ts_pktinfo nic = {0};
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
		} else if (c->cmsg_level == SOL_SOCKET &&
			   c->cmsg_type == SCM_TIMESTAMPING_PKTINFO) {
			memcpy(&nic, CMSG_DATA(c), sizeof(nic));
		} else {
			local_address(c, s->bound.port, &ev.rx.to);
			ifindex = ifindex ? ifindex : interface_of(c);
		}
	}
	stamp_convert(u, &stamps, nic.if_index, &ev.rx.at, &ev.rx.quality);
	asymmetry_note(&u->asymmetry, u->config, &ev.rx.to, ifindex);
	ev.rx.at =
		raw_add(ev.rx.at, asymmetry_shift(&u->asymmetry, u->config, &ev.rx.from, ifindex));
	ev.rx.data = u->packet;
	ev.rx.len = (size_t)n;
	u->feed(u->userdata, &ev);
	return 1;
}

static void transmit_feed(struct udp_socket *s, struct tx_pending *p, raw_t at, uint8_t quality)
{
	struct node_event ev = {.type = EV_TX_STAMP};

	ev.tx.tx_id = p->tx_id;
	ev.tx.at = raw_add(at, p->shift_ns);
	ev.tx.quality = quality;
	s->n_held -= p->held;
	*p = (struct tx_pending){0};
	s->udp->n_kernel++;
	s->udp->feed(s->udp->userdata, &ev);
}

static void transmit_software(struct udp_socket *s, struct tx_pending *p, int64_t ns)
{
	struct udp *u = s->udp;
	raw_t at;

	if (ns < p->sent) {
		return; /* of a counter since restarted, or WALL was set back */
	}
	if (u->clock->ops->stamp_to_raw(u->clock, ns, &at) < 0) {
		p->tx_id = 0; /* the core keeps its own reading from before the send */
		return;
	}
	if (u->tx_hardware == 0) {
		transmit_feed(s, p, at, STAMP_KERNEL);
	} else if (!p->held) {
		p->software = at;
		p->held = true;
		s->n_held++;
	}
}

static void transmit_hardware(struct udp_socket *s, struct tx_pending *p, unsigned ifindex,
			      int64_t ns)
{
	raw_t at;

	if (phc_set_to_raw(s->udp->phc, ifindex, ns, p->software, PHC_SENT, &at) == 0) {
		transmit_feed(s, p, at, STAMP_HARDWARE);
	} else {
		transmit_feed(s, p, p->software, STAMP_KERNEL);
	}
}

void udp_stamps_release(struct udp_socket *s)
{
	if (s->n_held == 0) {
		return;
	}
	raw_t now = {host_clock_ns(CLOCK_MONOTONIC_RAW)};

	for (unsigned i = 0; i < UDP_TX_KEPT; i++) {
		struct tx_pending *p = &s->tx[i];

		if (p->held && raw_sub(now, p->software) > HOLD_NS) {
			s->udp->tx_hardware -= s->udp->tx_hardware > 0;
			transmit_feed(s, p, p->software, STAMP_KERNEL);
		}
	}
}

static void transmit_stamp(struct udp_socket *s, uint32_t key, unsigned ifindex,
			   const struct scm_timestamping *stamps)
{
	struct tx_pending *p = &s->tx[key % UDP_TX_KEPT];
	int64_t software = stamp_ns(&stamps->ts[TS_SOFTWARE]);
	int64_t hardware = stamp_ns(&stamps->ts[TS_HARDWARE]);

	if (hardware != 0) {
		s->udp->tx_hardware = HOLD_TRUST;
	}
	if (p->tx_id == 0 || p->key != key) {
		return; /* of a counter since restarted, too late, or fed already */
	}
	if (software != 0) {
		transmit_software(s, p, software);
	}
	if (hardware != 0 && p->held) {
		transmit_hardware(s, p, ifindex, hardware);
	}
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
	unsigned ifindex = 0;
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
		} else {
			ifindex = ifindex != 0 ? ifindex : interface_of(c); /* sent on */
		}
	}
	if (err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && err.ee_info == SCM_TSTAMP_SND) {
		transmit_stamp(s, err.ee_data, ifindex, &stamps);
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

	send_control(&m, &control, s, from, ifindex, stamp);
	do {
		n = sendmsg(s->fd, &m, 0);
	} while (n < 0 && errno == EINTR);
	int r = n < 0 ? -errno : 0;

	if (stamp && r == 0) {
		struct tx_pending *p = &s->tx[s->tx_key % UDP_TX_KEPT];

		s->n_held -= p->held; /* lost, as any stamp may be */
		*p = (struct tx_pending){.tx_id = tx_id,
					 .key = s->tx_key,
					 .sent = now,
					 .shift_ns = shift_ns};
		s->tx_key++;
	} else if (stamp && udp_stamps_restart(s) < 0) {
		s->kernel_stamps = false;
	}
	return r;
}
