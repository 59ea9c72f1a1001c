/* udp_stamps.c - time stamps of the kernel and the NIC.
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
#include "berkd/net/udp_stamps.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"

#include <assert.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <sys/socket.h>

#define HOLD_NS	   (10 * NS_PER_MS)
#define HOLD_TRUST 8 /* stamps held in vain until no more is */
#define STAMP_FLAGS                                                                                \
	(SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG)
#define STAMP_FLAGS_HARDWARE                                                                       \
	(SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |                            \
	 SOF_TIMESTAMPING_OPT_TX_SWHW | SOF_TIMESTAMPING_OPT_PKTINFO)
/* struct scm_timestamping: software, an old one, hardware */
enum { TS_SOFTWARE = 0, TS_HARDWARE = 2 };

int udp_stamps_restart(struct udp_socket *s)
{
	const struct udp *u = s->udp;

	assert(s->fd >= 0);
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

void udp_stamps_of_packet(struct udp *u, const struct scm_timestamping *stamps, unsigned ifindex,
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
		return;
	}
	int r = u->clock->ops->read(u->clock, &now, &width);

	if (r < 0) {
		log_err(CAUSE_CALL, "The clock cannot be read: %s", strerror(-r));
	}
	*ret_at = now.raw;
	*ret_quality = STAMP_USER;
}

void udp_stamps_expect(struct udp_socket *s, uint32_t tx_id, int64_t sent_ns, int64_t shift_ns)
{
	struct tx_pending *p = &s->tx[s->tx_key % UDP_TX_KEPT];

	assert(tx_id != 0 && s->kernel_stamps);
	s->n_held -= p->held; /* lost, as any stamp may be */
	*p = (struct tx_pending){.tx_id = tx_id,
				 .key = s->tx_key,
				 .sent = sent_ns,
				 .shift_ns = shift_ns};
	s->tx_key++;
}

static void feed_transmit(struct udp_socket *s, struct tx_pending *p, raw_t at, uint8_t quality)
{
	struct node_event ev = {.type = EV_TX_STAMP};

	ev.tx.tx_id = p->tx_id;
	ev.tx.at = raw_add(at, p->shift_ns);
	ev.tx.quality = quality;
	s->n_held -= p->held;
	*p = (struct tx_pending){0};
	s->udp->feed(s->udp->userdata, &ev);
}

static void take_software(struct udp_socket *s, struct tx_pending *p, int64_t ns)
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
		feed_transmit(s, p, at, STAMP_KERNEL);
	} else if (!p->held) {
		p->software = at;
		p->held = true;
		s->n_held++;
	}
}

static void take_hardware(struct udp_socket *s, struct tx_pending *p, unsigned ifindex, int64_t ns)
{
	raw_t at;

	if (phc_set_to_raw(s->udp->phc, ifindex, ns, p->software, PHC_SENT, &at) == 0) {
		feed_transmit(s, p, at, STAMP_HARDWARE);
	} else {
		feed_transmit(s, p, p->software, STAMP_KERNEL);
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
			feed_transmit(s, p, p->software, STAMP_KERNEL);
		}
	}
}

void udp_stamps_take(struct udp_socket *s, uint32_t key, unsigned ifindex,
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
		take_software(s, p, software);
	}
	if (hardware != 0 && p->held) {
		take_hardware(s, p, ifindex, hardware);
	}
}
