/* phc_private.h - the set of PHCs as phc.c and its test see it. */
#pragma once

#include "berkd/clock/phc_device.h"
#include "berkd/clock/phc_find.h"

#define PHC_CLOCKS_MAX	   8
#define PHC_INTERFACES_MAX 64

struct phc_clock {
	int index; /* of /dev/ptpN */
	int fd;	   /* -1: slot is free, or the device failed */
	enum phc_method method;
	raw_t retry; /* after a failure */
	bool told;   /* that it failed; not again before it has worked */
	struct phc_track track;
};

struct phc_interface {
	unsigned ifindex;
	int index;	/* of the PHC; PHC_NONE */
	bool announced; /* that its hardware stamps are in use */
};

struct phc_set {
	const struct config *config;
	struct clock *clock;
	struct phc_finder *finder;
	struct phc_clock phc[PHC_CLOCKS_MAX];
	size_t n_phc;
	struct phc_interface interface[PHC_INTERFACES_MAX];
	size_t n_interface;
	/* phc_device_open() and _read(), but for tests */
	int (*open)(int index);
	int (*read)(int fd, enum phc_method *, struct clock *, struct phc_reading *ret);
};
