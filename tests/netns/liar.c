/* liar.c - a clock driver that lies, for test_liar only.  It stands between berkd and the virtual
 * clock: the linker puts it there (--wrap) in berkd-liar, and never in the product.
 *
 *   BERKD_LIE=deaf   The driver accepts every frequency and every step and does nothing with them.
 *   BERKD_LIE=sway   Its stamps and readings of RAW sway by +-20 ms within 16 s.
 *
 * The lie begins when the file BERKD_LIE_WHEN exists; without that variable it begins at once.
 */
#include "netns/liar.h"

#include "berkd/clock/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct liar {
	struct clock clock; /* first: what berkd sees */
	struct clock *honest;
	const char *when;
	bool deaf;
	bool began;
	int64_t began_ns; /* honest RAW */
};

int __real_clock_virtual_new(const struct config *, struct clock **ret);
int __wrap_clock_virtual_new(const struct config *, struct clock **ret);

/* To be called before each use of the clock. */
static void begin_when_due(struct liar *l)
{
	struct clock_pair pair;
	int64_t width;

	if (!l->began && (!l->when || access(l->when, F_OK) == 0) &&
	    l->honest->ops->read(l->honest, &pair, &width) == 0) {
		l->began = true;
		l->began_ns = pair.raw.ns;
	}
}

static int64_t sway_at(struct liar *l, raw_t at)
{
	begin_when_due(l);
	if (l->deaf || !l->began) {
		return 0;
	}
	double phase = (double)(at.ns - l->began_ns) / (LIAR_PERIOD_S * (double)NS_PER_S);
	return ns_from_double(LIAR_SWAY_NS * sin(2 * M_PI * phase));
}

static int liar_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	struct liar *l = (struct liar *)c;
	int r = l->honest->ops->read(l->honest, ret, ret_width_ns);

	if (r == 0) {
		ret->raw = raw_add(ret->raw, sway_at(l, ret->raw));
	}
	return r;
}

static int liar_stamp_to_raw(struct clock *c, int64_t stamp_ns, raw_t *ret)
{
	struct liar *l = (struct liar *)c;
	int r = l->honest->ops->stamp_to_raw(l->honest, stamp_ns, ret);

	if (r == 0) {
		*ret = raw_add(*ret, sway_at(l, *ret));
	}
	return r;
}

static int liar_adj_freq(struct clock *c, int64_t freq_ppb)
{
	struct liar *l = (struct liar *)c;

	begin_when_due(l);
	return l->deaf && l->began ? 0 : l->honest->ops->adj_freq(l->honest, freq_ppb);
}

static int liar_step(struct clock *c, int64_t step_ns)
{
	struct liar *l = (struct liar *)c;

	begin_when_due(l);
	return l->deaf && l->began ? 0 : l->honest->ops->step(l->honest, step_ns);
}

static int liar_set_status(struct clock *c, const struct wall_status *s)
{
	struct liar *l = (struct liar *)c;

	return clock_set_status(l->honest, s);
}

static int liar_check(struct clock *c, enum clock_touched *ret, int64_t *ret_value)
{
	struct liar *l = (struct liar *)c;

	return l->deaf ? 0 : clock_check(l->honest, ret, ret_value);
}

static int64_t liar_freq_ppb(const struct clock *c)
{
	const struct liar *l = (const struct liar *)c;

	return l->honest->ops->freq_ppb(l->honest);
}

static void liar_free(struct clock *c)
{
	struct liar *l = (struct liar *)c;

	l->honest->ops->free(l->honest);
	free(l);
}

int __wrap_clock_virtual_new(const struct config *config, struct clock **ret)
{
	static struct clock_ops ops = {
		.name = "liar",
		.read = liar_read,
		.stamp_to_raw = liar_stamp_to_raw,
		.adj_freq = liar_adj_freq,
		.step = liar_step,
		.set_status = liar_set_status,
		.check = liar_check,
		.freq_ppb = liar_freq_ppb,
		.free = liar_free,
	};
	const char *lie = getenv("BERKD_LIE");
	struct liar *l = calloc(1, sizeof(*l));

	if (!l) {
		return -ENOMEM;
	}
	int r = __real_clock_virtual_new(config, &l->honest);
	if (r < 0) {
		free(l);
		return r;
	}
	ops.freq_ppb_max = l->honest->ops->freq_ppb_max;
	l->clock.ops = &ops;
	l->when = getenv("BERKD_LIE_WHEN");
	l->deaf = lie && strcmp(lie, "deaf") == 0;
	*ret = &l->clock;
	return 0;
}
