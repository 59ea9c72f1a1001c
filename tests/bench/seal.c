/* seal.c - what it costs to seal packets and to open them (`make bench-seal`).
 *
 * Both ends of a session are here.  A packet is made and taken as berkd does it, and the same one
 * is made and taken with its header and without a seal.  The two take turns, and each figure is the
 * median of many turns, in CPU time of this process. */
#include "core/wire/session.h"

#include "berk/time.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURNS	  201
#define EACH_TURN 500

/* What one packet costs in a turn, in us. */
struct turn {
	double plain, seal, look, open;
};

static struct session ends[2];
static uint8_t message[WIRE_MESSAGE_MAX], packet[EACH_TURN][WIRE_PACKET_MAX];
static uint64_t n_right;

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void make_session(void)
{
	uint8_t key[2][KEY_LEN];

	randombytes_buf(key, sizeof(key));
	for (unsigned i = 0; i < 2; i++) {
		struct session_keys *k = &ends[i].now;

		session_init(&ends[i], 1 + i);
		memcpy(k->tx, key[i], KEY_LEN);
		memcpy(k->rx, key[1 - i], KEY_LEN);
		k->index_remote = 2 - i;
		k->tx_counter = 1;
		k->name = 7;
		k->valid = true;
	}
}

/* The same without a seal: a header, and the message copied out and in. */
static void pass_plain(size_t len, unsigned i)
{
	struct wire_header h = {.type = WIRE_DATA, .session = 2, .counter = i + 1U};
	uint8_t in[WIRE_MESSAGE_MAX];

	wire_header_put(&h, packet[i]);
	memcpy(packet[i] + WIRE_HEADER_LEN, message, len);
	if (wire_header_get(packet[i], WIRE_HEADER_LEN + len, &h) == WIRE_OK) {
		memcpy(in, packet[i] + WIRE_HEADER_LEN, len);
		n_right += h.session == 2 && in[len - 1] == message[len - 1];
	}
}

static struct turn take_turn(size_t len)
{
	uint8_t in[WIRE_MESSAGE_MAX];
	size_t n = len + WIRE_HEADER_LEN + WIRE_TAG_LEN, n_in;
	double at[5];

	at[0] = cpu_us();
	for (unsigned i = 0; i < EACH_TURN; i++) {
		pass_plain(len, i);
	}
	at[1] = cpu_us();
	for (unsigned i = 0; i < EACH_TURN; i++) {
		n_right += session_seal(&ends[0], message, len, packet[i], WIRE_PACKET_MAX) == n;
	}
	at[2] = cpu_us();
	for (unsigned i = 0; i < EACH_TURN; i++) { /* as node_glance() does */
		n_right += session_may_open(&ends[1], packet[i], n);
	}
	at[3] = cpu_us();
	for (unsigned i = 0; i < EACH_TURN; i++) {
		n_right += session_open(&ends[1], packet[i], n, in, &n_in) == SESSION_OK;
	}
	at[4] = cpu_us();
	return (struct turn){.plain = (at[1] - at[0]) / EACH_TURN,
			     .seal = (at[2] - at[1]) / EACH_TURN,
			     .look = (at[3] - at[2]) / EACH_TURN,
			     .open = (at[4] - at[3]) / EACH_TURN};
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *v)
{
	double sorted[TURNS];

	memcpy(sorted, v, sizeof(sorted));
	qsort(sorted, TURNS, sizeof(sorted[0]), by_value);
	return sorted[TURNS / 2];
}

static void measure(const char *what, size_t len)
{
	double v[5][TURNS];

	n_right = 0;
	for (unsigned i = 0; i < TURNS; i++) {
		struct turn t = take_turn(len);

		v[0][i] = t.plain;
		v[1][i] = t.seal;
		v[2][i] = t.look;
		v[3][i] = t.open;
		v[4][i] = t.seal + t.look + t.open - t.plain;
	}
	if (n_right != (uint64_t)4 * TURNS * EACH_TURN) {
		fprintf(stderr, "some packets were not opened\n");
		exit(1);
	}
	printf("| %s | %zu | %.2f | %.2f | %.2f | %.2f | **%.2f** |\n", what,
	       len + WIRE_HEADER_LEN + WIRE_TAG_LEN, median(v[0]), median(v[1]), median(v[2]),
	       median(v[3]), median(v[4]));
}

int main(void)
{
	const struct wire_msg poll = {.type = WIRE_POLL, .poll = {.n_table = 1, .n_alive = 1}};

	if (sodium_init() < 0) {
		return 1;
	}
	make_session();
	size_t len = wire_encode(&poll, message, sizeof(message));

	printf("| packet | bytes | unsealed, us | seal | look at it | open | sealing adds |\n"
	       "|---|---|---|---|---|---|---|\n");
	measure("the shortest", WIRE_DATA_LEN_MIN - WIRE_HEADER_LEN - WIRE_TAG_LEN);
	measure("a poll", len);
	measure("the longest", WIRE_MESSAGE_MAX);
	return 0;
}
