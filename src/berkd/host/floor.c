/* floor.c - see floor.h. */
#include "config.h"

#include "berkd/host/floor.h"

#include "berkd/host/log.h"

#include <inttypes.h>
#include <sys/stat.h>

#define CEILING_NS (INT64_C(30) * 365 * 24 * 3600 * NS_PER_S)

const char *const floor_files[] = {"/usr/lib/systemd/systemd", "/usr/lib/clock-epoch",
				   "/var/lib/systemd/timesync/clock", NULL};

wall_t ceiling_of_time(void)
{
	return wall_add((wall_t){BUILD_DATE * NS_PER_S}, CEILING_NS);
}

static wall_t later(wall_t floor, wall_t t, const char *source)
{
	if (t.ns > ceiling_of_time().ns) {
		log_warning(CAUSE_STATE,
			    "%s says that it is later than %" PRId64
			    " s after 1970, thirty years after this build; ignoring",
			    source, ceiling_of_time().ns / NS_PER_S);
		return floor;
	}
	return t.ns > floor.ns ? t : floor;
}

wall_t floor_of_time(wall_t saved, const char *const files[])
{
	wall_t floor = later((wall_t){BUILD_DATE * NS_PER_S}, saved, "The state directory");
	struct stat st;

	for (; *files; files++) {
		if (stat(*files, &st) == 0) {
			floor = later(floor, (wall_t){ns_mul(st.st_mtim.tv_sec, NS_PER_S)}, *files);
		}
	}
	return floor;
}

wall_t reset_of_time(const char *const files[])
{
	wall_t latest = {0};
	struct stat st;

	for (; *files; files++) {
		if (stat(*files, &st) == 0) {
			latest.ns = ns_max(latest.ns, ns_mul(st.st_mtim.tv_sec, NS_PER_S));
		}
	}
	return latest;
}

wall_t earliest_order(void)
{
	return floor_of_time((wall_t){INT64_MIN}, floor_files);
}
