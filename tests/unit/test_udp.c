/* test_udp.c - sockets on loopback: addresses both ways, kernel stamps, ids, failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/timescale.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp.h"
#include "berkd/net/udp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEN_MAX    256
#define PATIENCE_US (UINT64_C(5) * 1000 * 1000) /* for what must come */
#define NOTHING_US  (UINT64_C(50) * 1000)	/* for what must not */

/* One end: what it was fed. */
struct end {
	struct config config;
	struct udp *udp;
	struct node_event seen[SEEN_MAX];
	uint8_t data[SEEN_MAX][WIRE_PACKET_MAX];
	size_t n;
	bool drops; /* its first socket, as soon as it is fed */
};

struct fixture {
	sd_event *event;
	struct clock *clock;
	struct end a, b;
};

static void feed(void *userdata, struct node_event *ev)
{
	struct end *e = userdata;

	assert_true(e->n < SEEN_MAX);
	e->seen[e->n] = *ev;
	if (ev->type == EV_RX) {
		memcpy(e->data[e->n], ev->rx.data, ev->rx.len);
	}
	e->n++;
	if (e->drops) {
		udp_socket_drop(&e->udp->socket[0]);
	}
}

static struct addr addr_of(const char *text, uint16_t port)
{
	struct addr a = {.port = port};
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		addr_set_ipv4(&a, v4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, a.ip), 1);
	}
	return a;
}

/* A port that nobody has at the moment. */
static uint16_t free_port(void)
{
	struct sockaddr_in6 sa = {.sin6_family = AF_INET6};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	close(fd);
	return ntohs(sa.sin6_port);
}

static int open_end(struct fixture *f, struct end *e, const char *listen, uint16_t port)
{
	e->config.port = port;
	e->config.ipv4 = e->config.ipv6 = true;
	if (listen) {
		e->config.listen[0] = addr_of(listen, port);
		e->config.n_listen = 1;
	}
	return udp_new(f->event, &e->config, f->clock, feed, e, &e->udp);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->a.config.timestamping = f->b.config.timestamping = CONFIG_STAMPS_KERNEL;
	return sd_event_new(&f->event) < 0 || clock_observe_new(&f->a.config, &f->clock) < 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	udp_free(f->a.udp);
	udp_free(f->b.udp);
	f->clock->ops->free(f->clock);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void run_until(struct fixture *f, const struct end *e, size_t n)
{
	while (e->n < n) {
		assert_true(sd_event_run(f->event, PATIENCE_US) > 0);
	}
}

static void run_out(struct fixture *f)
{
	while (sd_event_run(f->event, NOTHING_US) > 0) {
	}
}

/* The text is the body of a packet that could be ours: the kernel drops others. */
#define AT_TEXT WIRE_HEADER_LEN
#define N_DATA	(AT_TEXT + 48)

static void send_text(struct end *e, const char *text, struct addr to, struct addr from,
		      uint32_t tx_id)
{
	uint8_t data[N_DATA] = {'B', 'k', WIRE_VERSION, WIRE_DATA};
	struct effect fx = {.type = FX_SEND};

	memcpy(data + AT_TEXT, text, strlen(text) + 1);
	fx.send.to = to;
	fx.send.from = from;
	fx.send.tx_id = tx_id;
	fx.send.data = data;
	fx.send.len = sizeof(data);
	udp_send(e->udp, &fx);
}

static void two_ends(struct fixture *f, const char *a, const char *b)
{
	uint16_t port = free_port();

	assert_int_equal(open_end(f, &f->a, a, port), 0);
	assert_int_equal(open_end(f, &f->b, b, port), 0);
	/* The kernel begins to stamp a moment after the first socket asks for it. */
	for (unsigned i = 0; i < 100; i++) {
		send_text(&f->a, "warm", addr_of(b, port), (struct addr){0}, 0);
		run_until(f, &f->b, 1);
		f->b.n = 0;
		if (f->b.seen[0].rx.quality == STAMP_KERNEL) {
			return;
		}
		usleep(10000);
	}
	fail_msg("no kernel stamps on loopback");
}

static raw_t raw_now(struct fixture *f)
{
	struct clock_pair p;
	int64_t width;

	assert_int_equal(f->clock->ops->read(f->clock, &p, &width), 0);
	return p.raw;
}

static void exchange(struct fixture *f, const char *a, const char *b)
{
	two_ends(f, a, b);
	uint16_t port = f->a.config.port;
	raw_t before = raw_now(f);

	send_text(&f->a, "poll", addr_of(b, port), (struct addr){0}, 77);
	run_until(f, &f->b, 1);
	run_until(f, &f->a, 1);
	raw_t after = raw_now(f);
	const struct node_event *rx = &f->b.seen[0], *tx = &f->a.seen[0];

	assert_int_equal(rx->type, EV_RX);
	assert_string_equal((char *)f->b.data[0] + AT_TEXT, "poll");
	assert_int_equal(rx->rx.len, N_DATA);
	struct addr from = addr_of(a, port), to = addr_of(b, port);

	assert_true(addr_equal(&rx->rx.from, &from));
	assert_true(addr_equal(&rx->rx.to, &to));
	assert_int_equal(rx->rx.quality, STAMP_KERNEL);
	assert_int_equal(tx->type, EV_TX_STAMP);
	assert_int_equal(tx->tx.tx_id, 77);
	assert_int_equal(tx->tx.quality, STAMP_KERNEL);
	/* 10 us: the host's WALL may be slewed against RAW while we convert */
	assert_true(before.ns - 10000 <= tx->tx.at.ns);
	assert_true(tx->tx.at.ns <= rx->rx.at.ns + 10000);
	assert_true(rx->rx.at.ns <= after.ns + 10000);
}

static void ipv4_packet_brings_addresses_and_stamps(void **state)
{
	exchange(*state, "127.0.0.1", "127.0.0.2");
}

static void stamps_are_shifted_by_a_configured_asymmetry(void **state)
{
	struct fixture *f = *state;
	const int64_t ms = NS_PER_MS;

	f->a.config.asymmetries[0] =
		(struct config_asymmetry){.interface = "lo", .longer_ns = 400 * ms};
	f->b.config.asymmetries[0] =
		(struct config_asymmetry){.addr = addr_of("127.0.0.1", 0), .longer_ns = -600 * ms};
	f->a.config.n_asymmetries = f->b.config.n_asymmetries = 1;
	two_ends(f, "127.0.0.1", "127.0.0.2");
	uint16_t port = f->a.config.port;

	send_text(&f->b, "over lo", addr_of("127.0.0.1", port), (struct addr){0}, 0);
	run_until(f, &f->a, 1);
	f->a.n = 0;
	raw_t before = raw_now(f);

	send_text(&f->a, "poll", addr_of("127.0.0.2", port), addr_of("127.0.0.1", port), 77);
	run_until(f, &f->b, 1);
	run_until(f, &f->a, 1);
	raw_t after = raw_now(f);

	assert_int_equal(f->a.seen[0].type, EV_TX_STAMP);
	assert_true(before.ns - 200 * ms - 10000 <= f->a.seen[0].tx.at.ns);
	assert_true(f->a.seen[0].tx.at.ns <= after.ns - 200 * ms + 10000);
	assert_true(before.ns + 300 * ms - 10000 <= f->b.seen[0].rx.at.ns);
	assert_true(f->b.seen[0].rx.at.ns <= after.ns + 300 * ms + 10000);
}

static void ipv6_packet_brings_addresses_and_stamps(void **state)
{
	struct fixture *f = *state;
	uint16_t port = free_port();

	/* Loopback has one IPv6 address, so both ends are one socket. */
	assert_int_equal(open_end(f, &f->a, "::1", port), 0);
	for (unsigned i = 0; i < 100 && f->a.seen[0].rx.quality != STAMP_KERNEL; i++) {
		f->a.n = 0;
		send_text(&f->a, "poll", addr_of("::1", port), (struct addr){0}, 0);
		run_until(f, &f->a, 1);
		usleep(10000);
	}
	struct addr self = addr_of("::1", port);

	assert_true(addr_equal(&f->a.seen[0].rx.from, &self));
	assert_true(addr_equal(&f->a.seen[0].rx.to, &self));
	assert_int_equal(f->a.seen[0].rx.quality, STAMP_KERNEL);
}

static void each_stamp_comes_under_the_id_of_its_send(void **state)
{
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	for (uint32_t id = 1; id <= 20; id++) {
		send_text(&f->a, "x", addr_of("127.0.0.2", f->a.config.port), (struct addr){0},
			  1000 + id);
		send_text(&f->a, "unstamped", addr_of("127.0.0.2", f->a.config.port),
			  (struct addr){0}, 0);
	}
	run_until(f, &f->a, 20);
	run_out(f);
	assert_int_equal(f->a.n, 20);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(f->a.seen[i].type, EV_TX_STAMP);
		assert_int_equal(f->a.seen[i].tx.tx_id, 1001 + i);
	}
}

static void ids_match_again_after_a_send_that_failed(void **state)
{
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	uint16_t port = f->a.config.port;

	send_text(&f->a, "x", addr_of("127.0.0.2", port), (struct addr){0}, 5);
	run_until(f, &f->a, 1);
	send_text(&f->a, "x", addr_of("255.255.255.255", port), (struct addr){0}, 6); /* EACCES */
	send_text(&f->a, "x", addr_of("127.0.0.2", port), (struct addr){0}, 7);
	run_until(f, &f->a, 2);
	run_out(f);
	assert_int_equal(f->a.n, 2);
	assert_int_equal(f->a.seen[0].tx.tx_id, 5);
	assert_int_equal(f->a.seen[1].tx.tx_id, 7);
}

static void reply_leaves_from_the_address_that_was_asked(void **state)
{
	struct fixture *f = *state;
	uint16_t port = free_port();
	struct addr asked = addr_of("127.0.0.3", port);

	assert_int_equal(open_end(f, &f->b, NULL, port), 0);
	assert_int_equal(open_end(f, &f->a, "127.0.0.1", free_port()), 0);
	send_text(&f->a, "poll", asked, (struct addr){0}, 0);
	run_until(f, &f->b, 1);
	assert_true(addr_equal(&f->b.seen[0].rx.to, &asked));
	send_text(&f->b, "reply", f->b.seen[0].rx.from, f->b.seen[0].rx.to, 0);
	run_until(f, &f->a, 1);
	assert_true(addr_equal(&f->a.seen[0].rx.from, &asked));
}

static void packet_goes_out_though_its_source_address_is_gone(void **state)
{
	struct fixture *f = *state;
	uint16_t port = free_port();

	assert_int_equal(open_end(f, &f->a, NULL, port), 0);
	send_text(&f->a, "poll", addr_of("127.0.0.1", port), addr_of("203.0.113.9", port), 0);
	run_until(f, &f->a, 1);
	assert_string_equal((char *)f->a.data[0] + AT_TEXT, "poll");
}

/* A socket that sends to @to, as anybody may. */
static int stranger_to(const struct addr *to)
{
	union sockaddr_any sa;
	socklen_t len = addr_to_sockaddr(to, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, &sa.sa, len), 0);
	return fd;
}

/* A packet of @type and @len bytes; does it come to end b? */
static bool passes(struct fixture *f, int fd, uint8_t type, size_t len)
{
	uint8_t data[WIRE_PACKET_MAX + 1] = {'B', 'k', WIRE_VERSION, type};

	f->b.n = 0;
	assert_int_equal(send(fd, data, len, 0), len);
	data[3] = WIRE_DATA; /* and one that comes */
	assert_int_equal(send(fd, data, WIRE_PACKET_MAX, 0), WIRE_PACKET_MAX);
	do {
		run_until(f, &f->b, f->b.n + 1);
	} while (f->b.seen[f->b.n - 1].rx.len != WIRE_PACKET_MAX);
	return f->b.n == 2;
}

static void only_what_can_be_ours_wakes_us(void **state)
{
	static const struct {
		uint8_t type;
		size_t min, max;
	} shapes[] = {
		{WIRE_HELLO, WIRE_HELLO_LEN, WIRE_HELLO_LEN},
		{WIRE_CHALLENGE, WIRE_CHALLENGE_LEN, WIRE_CHALLENGE_LEN},
		{WIRE_RESPONSE, WIRE_RESPONSE_LEN, WIRE_RESPONSE_LEN},
		{WIRE_ACCEPT, WIRE_ACCEPT_LEN, WIRE_ACCEPT_LEN},
		{WIRE_DISCOVER, WIRE_DISCOVER_LEN, WIRE_DISCOVER_LEN},
		{WIRE_DATA, WIRE_DATA_LEN_MIN, WIRE_PACKET_MAX - 1},
	};
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	const struct addr to = addr_of("127.0.0.2", f->b.config.port);
	int fd = stranger_to(&to);

	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		assert_true(passes(f, fd, shapes[i].type, shapes[i].min));
		assert_true(passes(f, fd, shapes[i].type, shapes[i].max));
		assert_false(passes(f, fd, shapes[i].type, shapes[i].min - 1));
	}
	for (unsigned i = 0; i < 5; i++) {
		assert_false(passes(f, fd, shapes[i].type, shapes[i].max + 1));
	}
	assert_false(passes(f, fd, WIRE_DATA, WIRE_PACKET_MAX + 1));
	assert_false(passes(f, fd, 0, 97));
	assert_false(passes(f, fd, WIRE_DISCOVER + 1, 97));
	assert_false(passes(f, fd, WIRE_DATA + 1, 97));
	assert_false(passes(f, fd, WIRE_DATA, 3));
	close(fd);
}

/* How many of @n packets of another version come that begin with @magic and a k. */
static size_t n_foreign(struct fixture *f, int fd, unsigned n, char magic)
{
	const uint8_t data[WIRE_HELLO_LEN] = {(uint8_t)magic, 'k', WIRE_VERSION + 1, 99};

	f->b.n = 0;
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
		while (sd_event_run(f->event, 0) > 0) {
		}
	}
	return f->b.n;
}

static void packets_of_other_versions_pass_ten_in_a_second(void **state)
{
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	const struct addr to = addr_of("127.0.0.2", f->b.config.port);
	int fd = stranger_to(&to);

	assert_int_equal(n_foreign(f, fd, 3, 'x'), 0);
	assert_int_equal(n_foreign(f, fd, 100, 'B'), 10);
	while (f->b.udp->socket[0].calm) {
		assert_true(sd_event_run(f->event, PATIENCE_US) > 0);
	}
	assert_int_equal(n_foreign(f, fd, 1, 'B'), 1);
	close(fd);
}

static void without_kernel_stamps_the_fallback_is_marked(void **state)
{
	struct fixture *f = *state;
	uint16_t port = free_port();

	f->a.config.timestamping = CONFIG_STAMPS_USER;
	assert_int_equal(open_end(f, &f->a, "127.0.0.1", port), 0);
	raw_t before = raw_now(f);

	send_text(&f->a, "poll", addr_of("127.0.0.1", port), (struct addr){0}, 9);
	run_until(f, &f->a, 1);
	run_out(f);
	assert_int_equal(f->a.n, 1); /* and no transmit stamp */
	assert_int_equal(f->a.seen[0].rx.quality, STAMP_USER);
	assert_true(f->a.seen[0].rx.at.ns >= before.ns);
}

static void socket_that_dies_is_opened_again(void **state)
{
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	assert_int_equal(shutdown(f->b.udp->socket[0].fd, SHUT_RDWR), -1); /* and yet it is dead */
	while (f->b.udp->socket[0].fd >= 0) {
		assert_true(sd_event_run(f->event, PATIENCE_US) > 0);
	}
	while (f->b.udp->socket[0].fd < 0) {
		assert_true(sd_event_run(f->event, PATIENCE_US) > 0);
	}
	send_text(&f->a, "poll", addr_of("127.0.0.2", f->a.config.port), (struct addr){0}, 0);
	run_until(f, &f->b, 1);
	assert_string_equal((char *)f->b.data[0] + AT_TEXT, "poll");
}

static void socket_that_is_dropped_while_it_is_read_stays_dropped(void **state)
{
	struct fixture *f = *state;

	two_ends(f, "127.0.0.1", "127.0.0.2");
	f->b.drops = true;
	for (unsigned i = 0; i < 2; i++) { /* one more waits behind the first */
		send_text(&f->a, "drop", addr_of("127.0.0.2", f->a.config.port), (struct addr){0},
			  0);
	}
	run_until(f, &f->b, 1);
	const struct udp_socket *s = &f->b.udp->socket[0];

	assert_int_equal(f->b.n, 1);
	assert_int_equal(s->family, 0);
	assert_int_equal(s->fd, -1);
	assert_null(s->io);
	assert_null(s->retry);
}

static void port_in_use_is_told(void **state)
{
	struct fixture *f = *state;
	uint16_t port = free_port();

	assert_int_equal(open_end(f, &f->a, NULL, port), 0);
	assert_int_equal(open_end(f, &f->b, NULL, port), -EADDRINUSE);
	assert_null(f->b.udp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ipv4_packet_brings_addresses_and_stamps, setup,
						teardown),
		cmocka_unit_test_setup_teardown(stamps_are_shifted_by_a_configured_asymmetry, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ipv6_packet_brings_addresses_and_stamps, setup,
						teardown),
		cmocka_unit_test_setup_teardown(each_stamp_comes_under_the_id_of_its_send, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ids_match_again_after_a_send_that_failed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reply_leaves_from_the_address_that_was_asked, setup,
						teardown),
		cmocka_unit_test_setup_teardown(packet_goes_out_though_its_source_address_is_gone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_can_be_ours_wakes_us, setup, teardown),
		cmocka_unit_test_setup_teardown(packets_of_other_versions_pass_ten_in_a_second,
						setup, teardown),
		cmocka_unit_test_setup_teardown(without_kernel_stamps_the_fallback_is_marked, setup,
						teardown),
		cmocka_unit_test_setup_teardown(socket_that_dies_is_opened_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			socket_that_is_dropped_while_it_is_read_stays_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(port_in_use_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
