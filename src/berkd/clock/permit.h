/* permit.h - what the setter does for the daemon, and why not the rest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/timex.h>

#define PERMIT_TEXT_MAX 192

/* May this be done?  What kernel.c asks for may: reading, a frequency that timex can hold, a step
 * that ends between 1970 and thirty years after this build, and how good the clock is; no leap
 * second, no slew of the kernel's own, no TAI.  0, or -EPERM or -ERANGE with the place and its
 * range in @ret_why.  @wall_s: the clock now, s after 1970. */
int permit_judge(const struct timex *, long long wall_s, char ret_why[static PERMIT_TEXT_MAX]);
