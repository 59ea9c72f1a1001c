/* fuzz_names.c - what a name service answers, or does not, in any order: peers keep addresses that
 * are theirs, each once, and never too many.
 *
 * Input: the first byte is how many peers there are, then records of PEER, WHAT, addresses. */
#include "berkd/net/absent.h"
#include "berkd/net/lookup.h"
#include "berkd/net/names.h"
#include "fuzz.h"
#include "tests/fuzz/scratch.h"

#include <stdlib.h>
#include <string.h>

#define PEERS 4

static void check_peer(const struct config_peer *p, const struct name_change *c)
{
	if (p->n_addr > CONFIG_ADDRS_MAX || c->n_added > CONFIG_ADDRS_MAX ||
	    c->n_removed > CONFIG_ADDRS_MAX) {
		abort();
	}
	for (unsigned i = 0; i < p->n_addr; i++) {
		for (unsigned k = 0; k < i; k++) {
			if (addr_equal(&p->addr[i], &p->addr[k])) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;
	static struct names names;
	struct absent absent = {0};
	bool here[PEERS] = {false};
	mono_t now = {NS_PER_S}, due;

	if (size < 1) {
		return 0;
	}
	scratch_hush();
	config_defaults(&c);
	c.n_peers = 1 + data[0] % PEERS;
	for (size_t i = 0; i < c.n_peers; i++) { /* the text of a peer: any bytes too */
		c.peers[i] = (struct config_peer){.text = "x"};
		memcpy(c.peers[i].text, data, size < 60 ? size : 60);
		c.peers[i].text[sizeof(c.peers[i].text) - 1] = '\0';
	}
	lookup_numeric(&c);
	names_reset(&names);
	data++;
	size--;
	while (size >= 3) {
		size_t i = data[0] % c.n_peers;
		unsigned n = data[1] % (LOOKUP_ADDRS_MAX + 1), what = data[1] >> 6;
		struct addr found[LOOKUP_ADDRS_MAX];
		struct name_change change;
		struct lookup question;

		now = mono_add(now, (int64_t)data[2] * NS_PER_S / 4);
		data += 3;
		size -= 3;
		for (unsigned k = 0; k < n; k++) {
			found[k] = (struct addr){.ip = {[15] = k < size ? data[k] : 0}, .port = 1};
		}
		data += n < size ? n : size;
		size -= n < size ? n : size;
		lookup_ask(&question, &c, &c.peers[i]);
		if (what == 1) {
			here[i] = !here[i];
			names_look(&names, here, c.n_peers);
		} else if (what == 2) {
			names_hurry(&names);
		}
		size_t next = names_next(&names, c.peers, c.n_peers, &due);

		if (next > c.n_peers) {
			abort();
		}
		if (!c.peers[i].numeric) {
			/* A name service may name an address twice. */
			name_take_answer(&c.peers[i], found, n, now, &change);
			names_note_answer(&names, i, now);
			check_peer(&c.peers[i], &change);
		}
	}
	absent_refresh(&absent, &c);
	return 0;
}
