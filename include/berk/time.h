/* time.h - instants on the three clocks of a host, and saturating arithmetic on them.
 *
 * Each clock has a type of its own, so that an instant of one cannot leak into another:
 *   mono_t  CLOCK_BOOTTIME       timers, leases, ages (counts suspend; slewing moves it a little)
 *   raw_t   CLOCK_MONOTONIC_RAW  every measurement (the free oscillator; nobody steers it)
 *   wall_t  CLOCK_REALTIME       what users read and berkd steers
 * Intervals are int64_t nanoseconds.  See ARCHITECTURE.md, "Two timescales".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

typedef struct {
	int64_t ns;
} mono_t;
typedef struct {
	int64_t ns;
} raw_t;
typedef struct {
	int64_t ns;
} wall_t;

/* Two instants that no clock shows.  A deadline that is not set lies at MONO_NEVER, after all
 * others; an event that has not happened lies at MONO_LONG_AGO, before all others.  So comparing
 * and mono_min() need no special case; whoever needs to know asks the two functions below. */
#define MONO_NEVER    ((mono_t){INT64_MAX})
#define MONO_LONG_AGO ((mono_t){INT64_MIN})

/* Is the deadline @t not set? */
static inline bool mono_is_never(mono_t t)
{
	return t.ns == INT64_MAX;
}

/* Is @t the instant of an event that has not happened? */
static inline bool mono_is_long_ago(mono_t t)
{
	return t.ns == INT64_MIN;
}

/* One reading of both clocks at the same instant (bracketed by the shell). */
struct clock_pair {
	raw_t raw;
	wall_t wall;
};

/* How good WALL is, as the kernel shall tell everybody (timex). */
struct wall_status {
	bool synced;
	int64_t est_error_ns;
	int64_t max_error_ns; /* E now: WALL is within this of group time */
	int64_t growth_ppb;   /* E grows by no more while nobody speaks */
	int64_t holds_ns;     /* a newer status comes within that; INT64_MAX: none may ever come */
};

/* @a + @b, held at the ends of int64_t. */
static inline int64_t ns_add(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_add_overflow(a, b, &r)) {
		return b > 0 ? INT64_MAX : INT64_MIN;
	}
	return r;
}

/* @a - @b, held at the ends of int64_t. */
static inline int64_t ns_sub(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_sub_overflow(a, b, &r)) {
		return b < 0 ? INT64_MAX : INT64_MIN;
	}
	return r;
}

/* @a * @b, held at the ends of int64_t. */
static inline int64_t ns_mul(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_mul_overflow(a, b, &r)) {
		return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
	}
	return r;
}

static inline int64_t ns_abs(int64_t a)
{
	return a == INT64_MIN ? INT64_MAX : a < 0 ? -a : a;
}

static inline int64_t ns_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t ns_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static inline int64_t ns_clamp(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* A double number of ns as an integer, rounded to nearest, held at the ends; NaN gives 0. */
static inline int64_t ns_from_double(double v)
{
	if (v >= 9.2e18) {
		return INT64_MAX;
	}
	if (v <= -9.2e18) {
		return INT64_MIN;
	}
	if (v != v) {
		return 0;
	}
	return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

static inline mono_t mono_add(mono_t t, int64_t d)
{
	return (mono_t){ns_add(t.ns, d)};
}
static inline int64_t mono_sub(mono_t a, mono_t b)
{
	return ns_sub(a.ns, b.ns);
}
/* Is @then less than @ns before @now?  What never happened is not. */
static inline bool mono_within(mono_t then, mono_t now, int64_t ns)
{
	return !mono_is_long_ago(then) && mono_sub(now, then) < ns;
}
static inline mono_t mono_min(mono_t a, mono_t b)
{
	return a.ns < b.ns ? a : b;
}
static inline raw_t raw_add(raw_t t, int64_t d)
{
	return (raw_t){ns_add(t.ns, d)};
}
static inline int64_t raw_sub(raw_t a, raw_t b)
{
	return ns_sub(a.ns, b.ns);
}
static inline wall_t wall_add(wall_t t, int64_t d)
{
	return (wall_t){ns_add(t.ns, d)};
}
static inline int64_t wall_sub(wall_t a, wall_t b)
{
	return ns_sub(a.ns, b.ns);
}
