/* test_asymmetry.c - a configured asymmetry: the sign, whichever end is told, and the round trip.
 */
#include "berkd/net/asymmetry.h"

#include "berk/node.h"
#include "core/estimate/estimator.h"
#include "core/estimate/estimator_view.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE   (200 * NS_PER_US)
#define LONGER (60 * NS_PER_US)
#define OFFSET (5 * NS_PER_MS)

static struct config conf;
static struct asymmetry asymmetry;

static int setup(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	return 0;
}

static struct addr peer(uint8_t last)
{
	return (struct addr){.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = last}};
}

static void add(const char *interface, struct addr addr, int64_t longer_ns)
{
	struct config_asymmetry *a = &conf.asymmetries[conf.n_asymmetries++];

	strcpy(a->interface, interface);
	a->addr = addr;
	a->longer_ns = longer_ns;
	asymmetry_refresh(&asymmetry, &conf);
}

/* What we make of a peer that is OFFSET ahead, when what comes in takes LONGER more; each end
 * shifts its stamps. */
static struct estimate measured(int64_t ours, int64_t theirs)
{
	const struct estimator_config config = {100000, NS_PER_S};
	struct estimator *e = malloc(estimator_size());
	struct estimate est;

	estimator_init(e, &config);
	for (int64_t t = NS_PER_S; t < 50 * NS_PER_S; t += NS_PER_S) {
		int64_t t2 = t + BASE + OFFSET, t3 = t2 + 20000, t4 = t3 - OFFSET + BASE + LONGER;
		struct exchange x = {
			{t + ours}, {t2 + theirs}, {t3 + theirs}, {t4 + ours}, STAMP_KERNEL};

		assert_int_equal(estimator_push(e, &x), SAMPLE_OK);
	}
	assert_true(estimator_at(e, (raw_t){50 * NS_PER_S}, &est));
	free(e);
	return est;
}

static void either_end_may_be_told(void **state)
{
	struct addr there = peer(2);
	struct estimate none = measured(0, 0);

	(void)state;
	assert_true(llabs(none.offset_ns - (OFFSET - LONGER / 2)) < 200);
	add("", there, LONGER); /* what comes in to us takes longer */
	int64_t shift = asymmetry_shift(&asymmetry, &conf, &there, 0);
	struct estimate here = measured(shift, 0), away = measured(0, -shift);

	assert_true(llabs(here.offset_ns - OFFSET) < 200);
	assert_true(llabs(away.offset_ns - OFFSET) < 200); /* there it is what goes out */
	assert_int_equal(here.delay_ns, none.delay_ns);
	assert_true(here.lo_ns <= OFFSET && OFFSET <= here.hi_ns);
}

static void a_peer_goes_before_its_interface(void **state)
{
	unsigned lo = if_nametoindex("lo");
	struct addr told = peer(2), other = peer(3);

	(void)state;
	assert_true(lo > 0);
	add("lo", (struct addr){0}, 1000);
	add("", told, -500);
	add("nosuchlink0", (struct addr){0}, 77777);
	assert_int_equal(asymmetry_shift(&asymmetry, &conf, &told, lo), 250);
	assert_int_equal(asymmetry_shift(&asymmetry, &conf, &told, 0), 250);
	assert_int_equal(asymmetry_shift(&asymmetry, &conf, &other, lo), -500);
	assert_int_equal(asymmetry_shift(&asymmetry, &conf, &other, lo + 1), 0);
	assert_int_equal(asymmetry_shift(&asymmetry, &conf, &other, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(either_end_may_be_told, setup),
		cmocka_unit_test_setup(a_peer_goes_before_its_interface, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
