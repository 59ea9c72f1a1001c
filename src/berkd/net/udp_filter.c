/* udp_filter.c - a filter in the kernel: what cannot be a packet of ours wakes nobody.
 *
 * It is classic BPF, which needs no privilege.  A UDP socket's filter sees the packet from its UDP
 * header on.  A load beyond the end of the packet drops it.
 */
#include "berkd/net/udp_filter.h"

#include "berkd/host/event_missing.h"
#include "berkd/host/log.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#define UDP_HEADER_LEN 8
#define AT_MAGIC       UDP_HEADER_LEN
#define AT_VERSION     (UDP_HEADER_LEN + 2)
#define AT_TYPE	       (UDP_HEADER_LEN + 3)
#define FOREIGN_MAX    10
#define CALM_US	       (UINT64_C(1) * 1000 * 1000)
#define CALM_SLACK_US  (UINT64_C(100) * 1000)

static const struct {
	enum wire_packet type;
	unsigned min, max;
} shapes[] = {
	{WIRE_DATA, WIRE_DATA_LEN_MIN, WIRE_PACKET_MAX},
	{WIRE_HELLO, WIRE_HELLO_LEN, WIRE_HELLO_LEN},
	{WIRE_CHALLENGE, WIRE_CHALLENGE_LEN, WIRE_CHALLENGE_LEN},
	{WIRE_RESPONSE, WIRE_RESPONSE_LEN, WIRE_RESPONSE_LEN},
	{WIRE_ACCEPT, WIRE_ACCEPT_LEN, WIRE_ACCEPT_LEN},
	{WIRE_DISCOVER, WIRE_DISCOVER_LEN, WIRE_DISCOVER_LEN},
};

#define N_SHAPES	(sizeof(shapes) / sizeof(shapes[0]))
#define N_SHAPE		5 /* instructions for each */
#define PROGRAM_MAX	(7 + N_SHAPE * N_SHAPES + 1)
#define STATEMENT(c, k) ((struct sock_filter)BPF_STMT(c, k))
#define JUMP(op, k, yes, no)                                                                       \
	((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, k, (uint8_t)(yes), (uint8_t)(no)))
#define PASS STATEMENT(BPF_RET | BPF_K, UINT32_MAX)
#define DROP STATEMENT(BPF_RET | BPF_K, 0)

/* Writes the program; returns its length. */
static unsigned short program(struct sock_filter p[static PROGRAM_MAX], bool foreign)
{
	unsigned short n = 0;

	p[n++] = STATEMENT(BPF_LD | BPF_H | BPF_ABS, AT_MAGIC);
	p[n++] = JUMP(BPF_JEQ, 'B' << 8 | 'k', 1, 0);
	p[n++] = DROP;
	p[n++] = STATEMENT(BPF_LD | BPF_B | BPF_ABS, AT_VERSION);
	p[n++] = JUMP(BPF_JEQ, WIRE_VERSION, 1, 0);
	p[n++] = foreign ? PASS : DROP;
	p[n++] = STATEMENT(BPF_LD | BPF_B | BPF_ABS, AT_TYPE);
	for (unsigned i = 0; i < N_SHAPES; i++) {
		p[n++] = JUMP(BPF_JEQ, shapes[i].type, 0, N_SHAPE - 1);
		p[n++] = STATEMENT(BPF_LD | BPF_W | BPF_LEN, 0);
		p[n++] = JUMP(BPF_JGE, UDP_HEADER_LEN + shapes[i].min, 0,
			      N_SHAPE * (N_SHAPES - i) - 3);
		p[n++] = JUMP(BPF_JGT, UDP_HEADER_LEN + shapes[i].max, N_SHAPE * (N_SHAPES - i) - 4,
			      0);
		p[n++] = PASS;
	}
	p[n++] = DROP;
	assert(n == PROGRAM_MAX);
	return n;
}

static void attach(struct udp_socket *s, bool foreign)
{
	struct sock_filter code[PROGRAM_MAX];
	struct sock_fprog f = {.filter = code, .len = program(code, foreign)};

	if (setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)) < 0) {
		log_warning(CAUSE_WITHOUT,
			    "No filter for the UDP socket (%s); junk is dropped by berkd itself",
			    strerror(errno));
	}
}

void udp_filter_attach(struct udp_socket *s)
{
	assert(s->fd >= 0 && !s->calm);
	s->n_foreign = 0;
	attach(s, true);
}

static int on_calm(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct udp_socket *s = userdata;

	(void)source;
	(void)usec;
	s->calm = sd_event_source_disable_unref(s->calm);
	udp_filter_attach(s);
	return 0;
}

void udp_filter_note(struct udp_socket *s, const uint8_t *data, size_t len)
{
	if (len <= 2 || data[2] == WIRE_VERSION || ++s->n_foreign < FOREIGN_MAX || s->calm) {
		return;
	}
	if (sd_event_add_time_relative(s->udp->event, &s->calm, CLOCK_BOOTTIME, CALM_US,
				       CALM_SLACK_US, on_calm, s) >= 0) {
		attach(s, false);
	}
}

void udp_filter_detach(struct udp_socket *s)
{
	s->calm = sd_event_source_disable_unref(s->calm);
}
