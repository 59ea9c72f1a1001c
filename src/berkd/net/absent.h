/* absent.h - what [network] names and this host has not: whoever mistypes an interface reads so. */
#pragma once

#include "berkd/config/config.h"

#include <stdint.h>

/* One bit for each entry of its list. */
struct absent {
	uint64_t listen, interfaces, asymmetries;
};

/* Log what is not there, and what was not there and has come.  Call at start, and when links,
 * addresses or the configuration have changed. */
void absent_refresh(struct absent *, const struct config *);
