/* test.h - what every test program of tests/netns starts with: cmocka, the group, its helpers. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/time.h"
#include "netns/lib/group.h"
#include "netns/lib/sandbox.h"

#include <signal.h>
#include <stdio.h>

static inline double test_us(int64_t ns)
{
	return (double)ns / (double)NS_PER_US;
}
