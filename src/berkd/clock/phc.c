/* phc.c - the set of PHCs: found at start and when links change, read when their stamps come, left
 * alone for a while when they fail.
 *
 * A hardware stamp is never needed: each packet has a software one too, which is taken whenever
 * there is doubt.  A PHC that jumps is noticed at its next reading; until then the software stamp
 * is the witness.
 */
#include "berkd/clock/phc.h"

#include "berkd/clock/phc_private.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_NS       (60 * NS_PER_S)
/* A packet is stamped by hardware before software when it comes, after it when it goes.  Between
 * the two lie interrupt coalescing (up to 1 ms) and a busy ksoftirqd or transmit queue (some ms);
 * beyond 10 ms a PHC that jumped since its last reading is likelier than either. */
#define APART_NS_MAX   (10 * NS_PER_MS)
/* The other way round only by what both conversions are wrong by: the PHC's error, and WALL slewed
 * between a software stamp and its conversion. */
#define CROSSED_NS_MAX (PHC_ERROR_NS_MAX + 20 * NS_PER_US)

int phc_set_new(const struct config *config, struct clock *clock, struct phc_set **ret)
{
	*ret = NULL;
	if (config->timestamping < CONFIG_STAMPS_AUTO || config->driver == CONFIG_CLOCK_VIRTUAL) {
		return 0; /* a virtual RAW is not the host's */
	}
	struct phc_set *s = calloc(1, sizeof(*s));

	if (!s) {
		return -ENOMEM;
	}
	int r = phc_finder_new(&s->finder);

	if (r < 0) {
		log_info("Hardware time stamps cannot be looked for: %s, ignoring", strerror(-r));
		free(s);
		return r == -ENOMEM ? r : 0;
	}
	s->config = config;
	s->clock = clock;
	s->open = phc_device_open;
	s->read = phc_device_read;
	*ret = s;
	return 0;
}

struct phc_set *phc_set_free(struct phc_set *s)
{
	if (!s) {
		return NULL;
	}
	for (size_t i = 0; i < s->n_phc; i++) {
		if (s->phc[i].fd >= 0) {
			close(s->phc[i].fd);
		}
	}
	phc_finder_free(s->finder);
	free(s);
	return NULL;
}

static struct phc_clock *find_clock(struct phc_set *s, int index)
{
	for (size_t i = 0; i < s->n_phc; i++) {
		if (s->phc[i].index == index) {
			return &s->phc[i];
		}
	}
	return NULL;
}

static struct phc_interface *find_interface(struct phc_set *s, unsigned ifindex)
{
	for (size_t i = 0; i < s->n_interface; i++) {
		if (s->interface[i].ifindex == ifindex) {
			return &s->interface[i];
		}
	}
	return NULL;
}

static void disable_clock(struct phc_set *s, struct phc_clock *p, int error)
{
	if (!p->told) {
		log_warning(
			CAUSE_STAMPS,
			"PTP clock /dev/ptp%d cannot be used (%s); software time stamps instead",
			p->index, strerror(error));
	}
	p->told = true;
	if (p->fd >= 0) {
		close(p->fd);
	}
	p->fd = -1;
	p->retry = raw_add((raw_t){host_clock_ns(CLOCK_MONOTONIC_RAW)}, RETRY_NS);
	p->track = (struct phc_track){0};
	for (size_t i = 0; i < s->n_interface; i++) {
		s->interface[i].announced &= s->interface[i].index != p->index;
	}
}

/* Open it unless it is open.  0 or negative errno; a failure is told once. */
static int open_clock(struct phc_set *s, struct phc_clock *p)
{
	p->fd = p->fd >= 0 ? p->fd : s->open(p->index);
	if (p->fd < 0) {
		int r = p->fd;

		disable_clock(s, p, -r);
		return r;
	}
	return 0;
}

/* The slot of /dev/ptp@index, found or made; NULL when there is no room. */
static struct phc_clock *add_clock(struct phc_set *s, int index)
{
	struct phc_clock *p = find_clock(s, index);

	if (!p && s->n_phc < PHC_CLOCKS_MAX) {
		p = &s->phc[s->n_phc++];
		*p = (struct phc_clock){.index = index, .fd = -1};
		(void)open_clock(s, p); /* it has said what failed; retried later */
	}
	return p;
}

static void add_interface(struct phc_set *s, unsigned ifindex, const char *name)
{
	int index = phc_find(s->finder, ifindex);

	if (index < PHC_NONE) {
		log_debug("%s: no answer about its time stamps: %s", name, strerror(-index));
		index = PHC_NONE;
	}
	struct phc_interface *known = find_interface(s, ifindex);

	if ((known && known->index == index) || (!known && s->n_interface == PHC_INTERFACES_MAX)) {
		return;
	}
	known = known ? known : &s->interface[s->n_interface++];
	*known = (struct phc_interface){.ifindex = ifindex, .index = index};
	if (index == PHC_NONE || !add_clock(s, index)) {
		log_info("Software time stamps on interface %s", name);
		return;
	}
	int r = s->config->timestamping == CONFIG_STAMPS_HARDWARE ? phc_switch_on(name) : 0;

	if (r < 0) {
		log_warning(CAUSE_STAMPS,
			    "Hardware time stamps on interface %s cannot be switched on (%s); used "
			    "where they come",
			    name, strerror(-r));
	} else {
		log_info("Interface %s has PTP clock /dev/ptp%d; software time stamps until it "
			 "stamps a packet",
			 name, index);
	}
}

/* Interfaces that are gone, and clocks that no interface has any more, leave their slots. */
static void forget_gone(struct phc_set *s, const struct if_nameindex *list)
{
	for (size_t i = s->n_interface; i-- > 0;) {
		const struct if_nameindex *at = list;

		while (at->if_index != 0 && at->if_index != s->interface[i].ifindex) {
			at++;
		}
		if (at->if_index == 0) {
			s->interface[i] = s->interface[--s->n_interface];
		}
	}
	for (size_t i = s->n_phc; i-- > 0;) {
		size_t j = 0;

		while (j < s->n_interface && s->interface[j].index != s->phc[i].index) {
			j++;
		}
		if (j == s->n_interface) {
			if (s->phc[i].fd >= 0) {
				close(s->phc[i].fd);
			}
			s->phc[i] = s->phc[--s->n_phc];
		}
	}
}

bool phc_set_scan(struct phc_set *s)
{
	struct if_nameindex *list = s ? if_nameindex() : NULL;
	bool any = false;

	if (list) {
		forget_gone(s, list);
		for (const struct if_nameindex *at = list; at->if_index != 0; at++) {
			if (strcmp(at->if_name, "lo") != 0) {
				add_interface(s, at->if_index, at->if_name);
			}
		}
		forget_gone(s, list); /* the clocks of interfaces that have another now */
		if_freenameindex(list);
	}
	for (size_t i = 0; s && i < s->n_phc; i++) {
		any |= s->phc[i].fd >= 0;
	}
	return any;
}

/* The clock that stamps on @ifindex; when that is not known, the only one there is. */
static struct phc_clock *choose_clock(struct phc_set *s, const struct phc_interface *on)
{
	if (on) {
		return on->index == PHC_NONE ? NULL : find_clock(s, on->index);
	}
	return s->n_phc == 1 ? &s->phc[0] : NULL;
}

/* A reading when it is time for one.  0, or negative errno when the clock is out of use. */
static int follow_clock(struct phc_set *s, struct phc_clock *p)
{
	raw_t now = {host_clock_ns(CLOCK_MONOTONIC_RAW)};
	struct phc_reading reading;

	if (p->fd < 0) {
		if (raw_sub(now, p->retry) < 0) {
			return -EAGAIN;
		}
		p->method = PHC_PRECISE;
		int r = open_clock(s, p);

		if (r < 0) {
			return r;
		}
	}
	if (!phc_track_due(&p->track, now)) {
		return 0;
	}
	int r = s->read(p->fd, &p->method, s->clock, &reading);

	if (r == -EBUSY || r == -EAGAIN || r == -ETIMEDOUT || r == -ESTALE || r == -ERANGE) {
		/* It passes: the line bears a missing reading, and grows unsure by itself. */
		return 0;
	}
	if (r < 0) {
		disable_clock(s, p, -r);
		return r;
	}
	p->told = false;
	if (phc_track_add(&p->track, &reading) == 1) {
		log_debug("PTP clock /dev/ptp%d has jumped", p->index);
	}
	return 0;
}

int phc_set_to_raw(struct phc_set *s, unsigned ifindex, int64_t stamp_ns, raw_t software,
		   enum phc_way way, raw_t *ret)
{
	struct phc_interface *on = ifindex != 0 ? find_interface(s, ifindex) : NULL;
	struct phc_clock *p = choose_clock(s, on);
	int64_t error;
	raw_t at;

	if (!p) {
		return -ENODEV;
	}
	int r = follow_clock(s, p);

	r = r < 0 ? r : phc_track_to_raw(&p->track, stamp_ns, &at, &error);
	if (r < 0) {
		return r;
	}
	int64_t apart = way == PHC_RECEIVED ? raw_sub(software, at) : raw_sub(at, software);

	if (apart < -CROSSED_NS_MAX || apart > APART_NS_MAX) {
		return -ERANGE;
	}
	if (on && !on->announced) {
		char name[IF_NAMESIZE] = "?";

		on->announced = true;
		(void)if_indextoname(ifindex, name);
		log_info("Hardware time stamps on interface %s (/dev/ptp%d)", name, p->index);
	}
	*ret = at;
	return 0;
}
