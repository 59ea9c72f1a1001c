/* quota.c - how much a host does for whoever it does not know yet. */
#include "core/rules/quota.h"

#include <string.h>

#define ALL_NS	     (5 * NS_PER_MS)  /* one per so long for all strangers ... */
#define ALL_BURST    200	      /* ... with so many saved up */
#define SOURCE_NS    (50 * NS_PER_MS) /* the same for one source */
#define SOURCE_BURST 20
#define SEEN_NS	     (10 * NS_PER_S)

static void refill(struct allowance *a, int64_t max_ns, mono_t now)
{
	a->saved_ns = ns_min(max_ns, ns_add(a->saved_ns, mono_sub(now, a->at)));
	a->at = now;
}

bool allowance_take(struct allowance *a, int64_t each_ns, int64_t burst, mono_t now)
{
	refill(a, burst * each_ns, now);
	if (a->saved_ns < each_ns) {
		return false;
	}
	a->saved_ns -= each_ns;
	return true;
}

void quota_init(struct quota *b, uint64_t salt, mono_t now)
{
	b->salt = salt;
	b->all = (struct allowance){.saved_ns = ALL_BURST * ALL_NS, .at = now};
	for (unsigned i = 0; i < QUOTA_SOURCES; i++) {
		b->source[i] = (struct allowance){.saved_ns = SOURCE_BURST * SOURCE_NS, .at = now};
	}
}

static uint64_t hash(uint64_t h, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		h = (h ^ data[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* Ports cost a sender nothing, so they are no part of a source. */
static struct allowance *source_of(struct quota *b, const struct addr *from, const uint8_t *pub)
{
	uint64_t h = hash(b->salt, from->ip, sizeof(from->ip));

	h = pub ? hash(h, pub, KEY_LEN) : h;
	return &b->source[h % QUOTA_SOURCES];
}

bool quota_take(struct quota *b, const struct addr *from, const uint8_t *pub, bool expected,
		mono_t now)
{
	struct allowance *s = source_of(b, from, pub);

	refill(s, SOURCE_BURST * SOURCE_NS, now);
	refill(&b->all, ALL_BURST * ALL_NS, now);
	if (s->saved_ns < SOURCE_NS || (!expected && b->all.saved_ns < ALL_NS)) {
		return false;
	}
	s->saved_ns -= SOURCE_NS;
	b->all.saved_ns -= expected ? 0 : ALL_NS;
	return true;
}

/* Where that packet is marked in a Bloom filter: bit_of() has its two bits. */
static uint64_t mark_of(const struct seen *s, const struct addr *from, const uint8_t mac[static 16])
{
	uint64_t h = s->salt;

	if (from) {
		const uint8_t port[2] = {(uint8_t)(from->port >> 8), (uint8_t)from->port};

		h = hash(hash(h, from->ip, sizeof(from->ip)), port, sizeof(port));
	}
	return hash(h, mac, 16);
}

static unsigned bit_of(uint64_t mark, unsigned i)
{
	return (unsigned)(mark >> 32 * i) % SEEN_BITS;
}

static bool is_marked(const struct seen *s, uint64_t mark)
{
	bool there = true;

	for (unsigned i = 0; i < 2; i++) {
		unsigned k = bit_of(mark, i);

		there = there && ((s->bit[0][k / 64] | s->bit[1][k / 64]) >> k % 64 & 1);
	}
	return there;
}

void seen_init(struct seen *s, uint64_t salt)
{
	*s = (struct seen){.salt = salt, .since = MONO_LONG_AGO};
}

bool seen_is_there(const struct seen *s, const struct addr *from, const uint8_t mac[static 16])
{
	return is_marked(s, mark_of(s, from, mac));
}

bool seen_before(struct seen *s, const struct addr *from, const uint8_t mac[static 16], mono_t now)
{
	uint64_t mark = mark_of(s, from, mac);

	if (mono_sub(now, s->since) >= SEEN_NS) {
		memcpy(s->bit[1], s->bit[0], sizeof(s->bit[1]));
		memset(s->bit[0], 0, sizeof(s->bit[0]));
		s->since = now;
	}
	bool there = is_marked(s, mark);

	for (unsigned i = 0; i < 2; i++) {
		unsigned k = bit_of(mark, i);

		s->bit[0][k / 64] |= UINT64_C(1) << k % 64;
	}
	return there;
}
