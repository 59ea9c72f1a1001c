/* oscillator.h - the log that oscillator.so keeps of a guest kernel's clock reads. */
#pragma once

#include <stdint.h>
#include <x86intrin.h>

#define OSC_READS_MAX (1L << 23) /* a sparse file; hours of a guest */

struct osc_read {
	uint64_t tsc;	  /* 0: no record, the log ends here */
	int64_t host_ns;  /* the host's CLOCK_MONOTONIC */
	int64_t guest_ns; /* what the guest kernel was told it is */
};

/* The counter that all guests and the host share; not moved past the instructions around it. */
static inline uint64_t tsc_now(void)
{
	unsigned aux;

	_mm_lfence();
	uint64_t tsc = __rdtscp(&aux);
	_mm_lfence();
	return tsc;
}
