/* test_stamps.c - time stamps on a real cable whose ends have no PTP hardware clock: the kernel
 * says so, and software stamps are used whatever was asked for.  The last test forges hardware
 * stamps into what the kernel gives, as a NIC with a clock would add them. */
#include "netns/lib/fixture.h"

#include "berk/wire.h"
#include "berkd/clock/phc_private.h"
#include "berkd/clock/timescale.h"
#include "berkd/host/host_clock.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp.h"
#include "berkd/net/udp_stamps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#define PORT	      5252
#define CABLE	      "eth0"
#define PAIR_NS	      (10 * NS_PER_US) /* what a stamp is off at most, as RAW */
#define READ_NS_LEAST (20 * NS_PER_MS) /* between two readings of a NIC's clock */

static struct {
	struct config config;
	struct udp *udp;
	struct node_event rx, tx;
	unsigned n_rx, n_tx;
} end[2];

static sd_event *event;
static struct clock *observed;

static void keep_event(void *userdata, struct node_event *ev)
{
	unsigned i = *(unsigned *)userdata;

	if (ev->type == EV_RX) {
		end[i].rx = *ev;
		end[i].n_rx++;
	} else {
		end[i].tx = *ev;
		end[i].n_tx++;
	}
}

static struct addr addr_of(unsigned i)
{
	struct addr a = {.port = PORT};
	char text[32];
	struct in_addr v4;

	snprintf(text, sizeof(text), "10.82.75.%u", i + 1);
	assert_int_equal(inet_pton(AF_INET, text, &v4), 1);
	addr_set_ipv4(&a, v4);
	return a;
}

/* The stamping parts of two daemons, one in each host's namespace. */
static void open_ends(struct group *g)
{
	static unsigned number[2] = {0, 1};

	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(clock_observe_new(&end[0].config, &observed), 0);
	for (unsigned i = 0; i < 2; i++) {
		config_defaults(&end[i].config);
		end[i].config.driver = CONFIG_CLOCK_OBSERVE;
		end[i].config.timestamping = CONFIG_STAMPS_HARDWARE;
		end[i].config.ipv6 = false;
		netns_go(&g->host[i].ns);
		assert_int_equal(udp_new(event, &end[i].config, observed, keep_event, &number[i],
					 &end[i].udp),
				 0);
	}
}

static void close_ends(struct group *g)
{
	(void)g;
	for (unsigned i = 0; i < 2; i++) {
		end[i].udp = udp_free(end[i].udp);
		end[i].n_rx = end[i].n_tx = 0;
	}
	observed->ops->free(observed);
	event = sd_event_unref(event);
}

static void poll_send(unsigned from, uint32_t tx_id)
{
	uint8_t data[WIRE_DATA_LEN_MIN] = {0}; /* what the socket's filter lets pass */
	struct wire_header h = {.type = WIRE_DATA};
	struct effect fx = {.type = FX_SEND};

	fx.send.to = addr_of(1 - from);
	fx.send.tx_id = tx_id;
	wire_header_put(&h, data);
	fx.send.data = data;
	fx.send.len = sizeof(data);
	end[from].n_tx = 0;
	udp_send(end[from].udp, &fx);
}

/* One poll, until it has arrived and is stamped as sent. */
static void cross_poll(unsigned from, uint32_t tx_id)
{
	end[1 - from].n_rx = 0;
	poll_send(from, tx_id);
	while (end[from].n_tx == 0 || end[1 - from].n_rx == 0) {
		assert_true(sd_event_run(event, (uint64_t)WAIT_S * 1000000) > 0);
	}
}

/* Polls of both ends until what the first one sends and receives is stamped so. */
static void cross_until(uint8_t quality)
{
	int64_t begin = truth_now();

	do {
		cross_poll(0, 200);
		cross_poll(1, 1);
		assert_int_equal(end[0].tx.tx.tx_id, 200);
		assert_true(truth_now() - begin < (int64_t)WAIT_S * NS_PER_S);
		usleep(5000);
	} while (end[0].tx.tx.quality != quality || end[0].rx.rx.quality != quality);
}

/* The kernel's stamps, to which it changes a moment after the first socket has asked for them. */
static void assert_software_both_ways(void)
{
	cross_until(STAMP_KERNEL);
	for (uint32_t id = 10; id < 20; id++) {
		int64_t before = truth_now();

		cross_poll(id % 2, id);
		int64_t sent = end[id % 2].tx.tx.at.ns, received = end[1 - id % 2].rx.rx.at.ns;

		assert_int_equal(end[id % 2].tx.tx.tx_id, id);
		assert_int_equal(end[id % 2].tx.tx.quality, STAMP_KERNEL);
		assert_int_equal(end[1 - id % 2].rx.rx.quality, STAMP_KERNEL);
		assert_true(before <= sent + PAIR_NS);
		assert_true(sent <= received + PAIR_NS);
		assert_true(received <= truth_now() + PAIR_NS);
	}
}

static void kernel_says_that_a_cable_has_no_clock(struct group *g)
{
	struct phc_finder *finder;

	for (unsigned i = 0; i < 2; i++) {
		netns_go(&g->host[i].ns);
		assert_int_equal(phc_finder_new(&finder), 0);
		assert_int_equal(phc_find(finder, if_nametoindex(CABLE)), PHC_NONE);
		assert_int_equal(phc_find(finder, 4711), -ENODEV);
		assert_int_equal(phc_find(finder, if_nametoindex(CABLE)), PHC_NONE);
		assert_int_equal(phc_find(finder, if_nametoindex("lo")), PHC_NONE);
		phc_finder_free(finder);
	}
}

static void without_a_clock_nothing_more_is_asked_of_the_kernel(struct group *g)
{
	(void)g;
	for (unsigned i = 0; i < 2; i++) {
		assert_non_null(end[i].udp->phc);
		assert_int_equal(end[i].udp->phc->n_phc, 0);
		assert_int_equal(end[i].udp->phc->n_interface, 1);
		assert_false(end[i].udp->hardware);
	}
	assert_software_both_ways();
}

static void switch_hardware_on(void)
{
	for (unsigned i = 0; i < 2; i++) {
		end[i].udp->hardware = true;
		assert_int_equal(udp_stamps_restart(&end[i].udp->socket[0]), 0);
	}
}

/* A NIC may have a clock that can be read and yet stamp nothing. */
static void hardware_stamps_that_never_come_leave_the_software_ones(struct group *g)
{
	(void)g;
	switch_hardware_on();
	assert_software_both_ways();
}

/* Hardware stamps have come until lately.  So the software stamp waits for one, is used after
 * all, and after a few times waits no more. */
static void hardware_stamps_that_cease_delay_a_few_software_ones(struct group *g)
{
	unsigned n;

	(void)g;
	switch_hardware_on();
	cross_until(STAMP_KERNEL);
	end[0].udp->tx_hardware = 3;
	for (n = 0; end[0].udp->tx_hardware > 0; n++) {
		assert_true(n < 20);
		poll_send(0, 100 + n);
		while (sd_event_run(event, 30000) > 0) { /* beyond what a stamp is held for */
		}
		assert_int_equal(end[0].n_tx, 0);
		cross_poll(1, 1); /* a packet arrives: the socket wakes */
		assert_int_equal(end[0].n_tx, 1);
		assert_int_equal(end[0].tx.tx.tx_id, 100 + n);
		assert_int_equal(end[0].tx.tx.quality, STAMP_KERNEL);
	}
	assert_int_equal(n, 3);
	assert_software_both_ways();
}

/* --- A forged NIC: its clock shows WALL and 37 s --- */

/* Of the hardware stamp from the software one, on the outer side. */
#define AWAY_NS (5 * NS_PER_US)

static struct {
	bool on, echo; /* an error queue entry is to come again, as the hardware's */
	int64_t offset_ns;
	unsigned n_read;
	uint8_t control[512]; /* of that entry */
	size_t len;
} nic;

static int nic_read(int fd, enum phc_method *method, struct clock *clock, struct phc_reading *ret)
{
	struct clock_pair now;

	(void)fd;
	(void)method;
	(void)clock;
	nic.n_read++;
	host_clock_pair(&now, &ret->error_ns);
	ret->raw = now.raw;
	ret->phc_ns = now.wall.ns + nic.offset_ns;
	return 0;
}

static struct timespec shift_stamp(struct timespec t, int64_t ns)
{
	return timex_offset(t.tv_sec * NS_PER_S + t.tv_nsec + ns);
}

static struct scm_timestamping *find_stamps(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			return (struct scm_timestamping *)(void *)CMSG_DATA(c);
		}
	}
	return NULL;
}

ssize_t __real_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);

/* A received packet gets a hardware stamp beside the software one; an entry of the error queue
 * comes twice, the second time with the hardware stamp alone (SOF_TIMESTAMPING_OPT_TX_SWHW). */
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	bool sent = (flags & MSG_ERRQUEUE) != 0;

	if (sent && nic.echo) {
		nic.echo = false;
		memcpy(m->msg_control, nic.control, nic.len);
		m->msg_controllen = nic.len;
		struct scm_timestamping *t = find_stamps(m);

		t->ts[2] = shift_stamp(t->ts[0], nic.offset_ns + AWAY_NS);
		t->ts[0] = (struct timespec){0};
		return 0;
	}
	ssize_t n = __real_recvmsg(fd, m, flags);
	struct scm_timestamping *t = n >= 0 && nic.on ? find_stamps(m) : NULL;

	if (t && t->ts[0].tv_sec != 0 && sent) {
		nic.echo = true;
		nic.len = m->msg_controllen;
		memcpy(nic.control, m->msg_control, nic.len);
	} else if (t && t->ts[0].tv_sec != 0) {
		t->ts[2] = shift_stamp(t->ts[0], nic.offset_ns - AWAY_NS);
	}
	return n;
}

static void forge_nic(unsigned i)
{
	struct udp *u = end[i].udp;
	struct phc_set *s = u->phc;

	nic = (__typeof__(nic)){.on = true, .offset_ns = 37 * NS_PER_S};
	s->read = nic_read;
	s->phc[0] = (struct phc_clock){.index = 0, .fd = 1000000}; /* no file */
	s->n_phc = 1;
	s->interface[0].index = 0;
	u->hardware = true;
	assert_int_equal(udp_stamps_restart(&u->socket[0]), 0);
}

static void forged_hardware_stamps_are_used_until_their_clock_jumps(struct group *g)
{
	int64_t begin = truth_now();

	(void)g;
	forge_nic(0);
	forge_nic(1);
	cross_until(STAMP_HARDWARE);
	for (uint32_t id = 20; id < 40; id++) {
		cross_poll(0, id);
		assert_int_equal(end[0].tx.tx.tx_id, id);
		assert_int_equal(end[0].tx.tx.quality, STAMP_HARDWARE);
		assert_int_equal(end[1].rx.rx.quality, STAMP_HARDWARE);
	}
	assert_in_range(nic.n_read, 2, 2 * (1 + (truth_now() - begin) / READ_NS_LEAST));
	nic.offset_ns += NS_PER_S;
	cross_poll(0, 50);
	assert_int_equal(end[0].tx.tx.quality, STAMP_KERNEL);
	assert_int_equal(end[1].rx.rx.quality, STAMP_KERNEL);
	cross_until(STAMP_HARDWARE); /* by then the jump is known */
	nic.on = false;
	end[0].udp->tx_hardware = end[1].udp->tx_hardware = 0;
	assert_software_both_ways();
}

static void nobody_may_switch_on_what_is_not_there(struct group *g)
{
	netns_go(&g->host[0].ns);
	assert_int_equal(phc_switch_on(CABLE), -EOPNOTSUPP);
}

#define WITH_ENDS .before = open_ends, .after = close_ends

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2};
	static const struct test tests[] = {
		TEST(kernel_says_that_a_cable_has_no_clock),
		TEST(nobody_may_switch_on_what_is_not_there),
		TEST(without_a_clock_nothing_more_is_asked_of_the_kernel, WITH_ENDS),
		TEST(hardware_stamps_that_never_come_leave_the_software_ones, WITH_ENDS),
		TEST(hardware_stamps_that_cease_delay_a_few_software_ones, WITH_ENDS),
		TEST(forged_hardware_stamps_are_used_until_their_clock_jumps, WITH_ENDS),
	};

	return RUN_TESTS(&fixture, tests);
}
