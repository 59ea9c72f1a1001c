/* held.c - a ring of copies. */
#include "berkd/held.h"

#include "berkd/host/host_clock.h"
#include "berkd/net/udp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HELD_MAX (2 * FX_SEND_MAX)
#define VOID_NS	 NS_PER_S

struct packet {
	struct effect effect;
	int64_t since_ns;
	uint8_t bytes[WIRE_PACKET_MAX];
};

struct held {
	size_t first, n;
	struct packet packet[HELD_MAX];
};

struct held *held_new(void)
{
	return calloc(1, sizeof(struct held));
}

struct held *held_free(struct held *h)
{
	free(h);
	return NULL;
}

void held_add(struct held *h, const struct effect *e)
{
	struct packet *p = &h->packet[(h->first + h->n) % HELD_MAX];

	assert(e->type == FX_SEND && e->send.len <= WIRE_PACKET_MAX);
	if (h->n < HELD_MAX) {
		h->n++;
	} else {
		h->first = (h->first + 1) % HELD_MAX;
	}
	p->effect = *e;
	p->since_ns = host_clock_ns(CLOCK_BOOTTIME);
	memcpy(p->bytes, e->send.data, e->send.len);
	p->effect.send.data = p->bytes;
}

void held_release(struct held *h, struct udp *udp)
{
	int64_t now_ns = host_clock_ns(CLOCK_BOOTTIME);

	for (; h->n > 0; h->n--) {
		const struct packet *p = &h->packet[h->first];

		if (udp && now_ns - p->since_ns <= VOID_NS) {
			udp_send(udp, &p->effect);
		}
		h->first = (h->first + 1) % HELD_MAX;
	}
}
