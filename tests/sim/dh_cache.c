/* dh_cache.c - X25519 once for each pair of hosts: a quarter of the time of a run that boots
 * much.  The linker puts it before libsodium's (--wrap); the results are the same. */
#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define PRODUCTS 1024 /* a power of two */

struct product {
	bool known;
	int status;
	unsigned char secret[crypto_scalarmult_SCALARBYTES], point[crypto_scalarmult_BYTES];
	unsigned char shared[crypto_scalarmult_BYTES];
};

int __real_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);

int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
	static struct product products[PRODUCTS];
	size_t slot = (n[1] + 256U * n[2] + 3U * p[1] + 259U * p[2]) % PRODUCTS;
	struct product *c = &products[slot];

	if (!c->known || memcmp(c->secret, n, sizeof(c->secret)) != 0 ||
	    memcmp(c->point, p, sizeof(c->point)) != 0) {
		memcpy(c->secret, n, sizeof(c->secret));
		memcpy(c->point, p, sizeof(c->point));
		c->status = __real_crypto_scalarmult(c->shared, n, p);
		c->known = true;
	}
	memcpy(q, c->shared, sizeof(c->shared));
	return c->status;
}
