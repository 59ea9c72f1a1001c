/* follow.h - a call that is answered again and again. */
#pragma once

#include "berkctl/berkctl.h"

#include <jansson.h>

/* Call @method, whose parameters are taken over, and hand each answer to @each until the last one,
 * or until standard output takes no more.  CTL_OK or an exit status; errors were printed. */
int ctl_follow(const struct ctl *, const char *method, json_t *parameters,
	       void (*each)(const struct ctl *, const json_t *, void *), void *userdata);
