/* virtual.c - a clock of its own on top of the host's free oscillator, so that daemons on one
 * kernel differ as hosts do.  It never sets, and never reads, the host's timex.
 *
 *   RAW   = integral of (1 + frequency error + random walk) over the host's CLOCK_MONOTONIC_RAW,
 *           counted from the host's boot: the same seed is the same oscillator, restart or not
 *   WALL  = host's CLOCK_REALTIME + offset at the start; from there (1 + freq) of RAW, with timex's
 *           grain of 2^-16 ppm
 *
 * The truth file is the body of the clock.  A daemon that starts on the file of an earlier one of
 * this boot finds the clock still running at the frequency last set, as a kernel's would.
 */
#include "berk/rng.h"
#include "berkd/clock/clock.h"
#include "berkd/clock/timescale.h"
#include "berkd/config/config.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct clock_virtual {
	struct clock clock;
	/* One segment: both clocks at @host, and their rates from there to the next second. */
	int64_t host; /* host's RAW, ns */
	int64_t raw, wall;
	double raw_part, wall_part; /* fractions of a ns */
	double excess;		    /* oscillator's rate against the host's RAW, less 1 */
	struct timex_freq freq;
	double wander; /* s/s per sqrt(s) */
	struct rng rng;
	uint64_t n_steps;
	struct rate_tracker tracker; /* of the host's WALL, in which stamps come */
	struct virtual_truth *truth; /* NULL: not published */
};

static struct clock_virtual *virtual_of(struct clock *c)
{
	return (struct clock_virtual *)c;
}

/* A normal deviate good to 6 sigma: twelve uniform ones (exactly reproducible everywhere). */
static double draw_gauss(struct rng *r)
{
	double sum = -6;

	for (unsigned i = 0; i < 12; i++) {
		sum += rng_unit(r);
	}
	return sum;
}

/* @d ns of host RAW from the segment's start, in ns of RAW beyond @d. */
static double raw_gain(const struct clock_virtual *v, int64_t d)
{
	return (double)d * v->excess + v->raw_part;
}

static double wall_gain(const struct clock_virtual *v, int64_t d)
{
	double rate = timex_freq_rate(v->freq);

	/* (1 + excess)(1 + rate) - 1, without losing the small terms */
	return (double)d * (v->excess + rate + v->excess * rate) + v->wall_part;
}

static int64_t raw_at(const struct clock_virtual *v, int64_t host)
{
	int64_t d = host - v->host;

	return v->raw + d + (int64_t)floor(raw_gain(v, d));
}

static int64_t wall_at(const struct clock_virtual *v, int64_t host)
{
	int64_t d = host - v->host;

	return v->wall + d + (int64_t)floor(wall_gain(v, d));
}

/* Begin a new segment at @host. */
static void begin_segment(struct clock_virtual *v, int64_t host)
{
	int64_t d = host - v->host;
	double raw = raw_gain(v, d), wall = wall_gain(v, d);

	v->raw += d + (int64_t)floor(raw);
	v->raw_part = raw - floor(raw);
	v->wall += d + (int64_t)floor(wall);
	v->wall_part = wall - floor(wall);
	v->host = host;
}

/* One step of the walk at each whole second of the host's RAW.  True when there was one. */
static bool walk_to(struct clock_virtual *v, int64_t host)
{
	bool stepped = false;
	int64_t next = (v->host / NS_PER_S + 1) * NS_PER_S;

	for (; next <= host; next += NS_PER_S) {
		begin_segment(v, next);
		v->excess += v->wander * draw_gauss(&v->rng);
		stepped = true;
	}
	return stepped;
}

static void publish_truth(struct clock_virtual *v)
{
	struct virtual_truth *t = v->truth;

	if (!t) {
		return;
	}
	uint64_t seq = t->seq | 1; /* odd already: its last writer was killed in here */

	__atomic_store_n(&t->seq, seq, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	t->host_raw_ns = v->host;
	t->wall_ns = v->wall;
	t->wall_rate = (1 + v->excess) * (1 + timex_freq_rate(v->freq));
	t->raw_ns = v->raw;
	t->raw_rate = 1 + v->excess;
	t->n_steps = v->n_steps;
	t->freq_ppb = timex_freq_to_ppb(v->freq);
	t->magic = VIRTUAL_TRUTH_MAGIC;
	__atomic_store_n(&t->seq, seq + 1, __ATOMIC_RELEASE);
}

/* Bring the segment up to now, ready to be changed. */
static int64_t advance_to_now(struct clock_virtual *v)
{
	int64_t host = host_clock_ns(CLOCK_MONOTONIC_RAW);

	if (walk_to(v, host)) {
		publish_truth(v);
	}
	return host;
}

static int virtual_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	struct clock_virtual *v = virtual_of(c);
	int64_t host = advance_to_now(v);

	ret->raw = (raw_t){raw_at(v, host)};
	ret->wall = (wall_t){wall_at(v, host)};
	*ret_width_ns = 1; /* both come of one reading */
	return 0;
}

static int virtual_stamp_to_raw(struct clock *c, int64_t stamp_ns, raw_t *ret)
{
	struct clock_virtual *v = virtual_of(c);
	struct clock_pair now;
	int64_t width;
	raw_t host;

	host_clock_pair(&now, &width);
	rate_tracker_update(&v->tracker, now);
	int r = rate_history_to_raw(&v->tracker.history, now, (wall_t){stamp_ns}, &host);

	if (r < 0) {
		return r;
	}
	*ret = (raw_t){raw_at(v, host.ns)};
	return 0;
}

static int virtual_adj_freq(struct clock *c, int64_t freq_ppb)
{
	struct clock_virtual *v = virtual_of(c);

	if (ns_abs(freq_ppb) > CLOCK_FREQ_PPB_MAX) {
		return -ERANGE;
	}
	begin_segment(v, advance_to_now(v));
	v->freq = timex_freq_from_ppb(freq_ppb);
	publish_truth(v);
	return 0;
}

static int virtual_step(struct clock *c, int64_t step_ns)
{
	struct clock_virtual *v = virtual_of(c);

	begin_segment(v, advance_to_now(v));
	v->wall = ns_add(v->wall, step_ns);
	v->n_steps++;
	publish_truth(v);
	return 0;
}

static int64_t virtual_freq_ppb(const struct clock *c)
{
	return timex_freq_to_ppb(((const struct clock_virtual *)c)->freq);
}

static void virtual_free(struct clock *c)
{
	struct clock_virtual *v = virtual_of(c);

	if (v->truth) {
		munmap(v->truth, sizeof(*v->truth));
	}
	free(v);
}

static const struct clock_ops virtual_ops = {
	.name = "virtual",
	.read = virtual_read,
	.stamp_to_raw = virtual_stamp_to_raw,
	.adj_freq = virtual_adj_freq,
	.step = virtual_step,
	.freq_ppb = virtual_freq_ppb,
	.freq_ppb_max = CLOCK_FREQ_PPB_MAX,
	.free = virtual_free,
};

static int map_truth(const char *path, struct virtual_truth **ret)
{
	struct stat st;
	int fd = file_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644, &st), r = 0;

	if (fd < 0) {
		return fd;
	}
	if (st.st_size != sizeof(struct virtual_truth) &&
	    (ftruncate(fd, 0) < 0 || ftruncate(fd, sizeof(struct virtual_truth)) < 0)) {
		r = -errno;
	}
	void *map = MAP_FAILED;

	if (r == 0) {
		map = mmap(NULL, sizeof(struct virtual_truth), PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, 0);
		r = map == MAP_FAILED ? -errno : 0;
	}
	close(fd);
	if (r == 0) {
		*ret = map;
	}
	return r;
}

/* Go on where an earlier daemon left this clock, if @t is of this oscillator and boot. */
static bool resume_truth(struct clock_virtual *v, const struct virtual_truth *t)
{
	int64_t elapsed = v->raw - t->raw_ns; /* of our oscillator: the same function of host RAW */

	if (t->magic != VIRTUAL_TRUTH_MAGIC || (t->seq & 1) != 0 || t->host_raw_ns > v->host ||
	    elapsed < 0 || ns_abs(t->freq_ppb) > CLOCK_FREQ_PPB_MAX) {
		return false;
	}
	v->freq = timex_freq_from_ppb(t->freq_ppb);
	v->wall = t->wall_ns + elapsed + ns_from_double((double)elapsed * timex_freq_rate(v->freq));
	v->n_steps = t->n_steps;
	return true;
}

int clock_virtual_new(const struct config *config, struct clock **ret)
{
	struct clock_virtual *v = calloc(1, sizeof(*v));
	struct clock_pair now;
	int64_t width;
	int r;

	if (!v) {
		return -ENOMEM;
	}
	v->clock.ops = &virtual_ops;
	v->excess = config->virtual_freq_ppm * 1e-6;
	v->wander = config->virtual_wander_ppm * 1e-6;
	v->freq = timex_freq_from_ppb(0);
	rng_seed(&v->rng, config->virtual_seed);
	host_clock_pair(&now, &width);
	rate_tracker_init(&v->tracker, now);
	walk_to(v, now.raw.ns);
	begin_segment(v, now.raw.ns);
	v->wall = ns_add(now.wall.ns, config->virtual_offset_ns);
	v->wall_part = 0;
	if (config->virtual_truth[0] != '\0') {
		r = map_truth(config->virtual_truth, &v->truth);
		if (r < 0) {
			log_err(CAUSE_CONFIG, "Virtual clock's truth file %s: %s",
				config->virtual_truth, strerror(-r));
			virtual_free(&v->clock);
			return r;
		}
		if (resume_truth(v, v->truth)) {
			log_info("Virtual clock goes on as %s left it", config->virtual_truth);
		}
		publish_truth(v);
	}
	*ret = &v->clock;
	return 0;
}
