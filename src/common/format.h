/* format.h - figures as people read and write them: in logs, on the terminal, in demonstrations. */
#pragma once

#include "berk/addr.h"

#include <stdint.h>

#define FORMAT_MAX	32
#define FORMAT_ADDR_MAX 80

/* "0", "830 ns", "12.3 us", "1.23 ms", "4.56 s", "3 min 20 s", "2 h 5 min", "4 d 3 h": three
 * digits that matter, rounded.  +-INT64_MAX is "unknown". */
const char *format_interval(int64_t ns, char buf[static FORMAT_MAX]);
/* The same with its sign, also when positive. */
const char *format_offset(int64_t ns, char buf[static FORMAT_MAX]);
/* ppb as "+12.345 ppm". */
const char *format_ppm(int64_t ppb, char buf[static FORMAT_MAX]);
/* ns since 1970 as local "15:04:05". */
const char *format_clock(int64_t wall_ns, char buf[static FORMAT_MAX]);
/* ns since 1970 as local "2026-11-27 15:04:05 CET". */
#define FORMAT_DATE_MAX 64
const char *format_date(int64_t wall_ns, char buf[static FORMAT_DATE_MAX]);
/* The last polls, newest last: "11111110". */
const char *format_reach(int64_t reach, char buf[static FORMAT_MAX]);
/* Read "250us", "1.5 ms", "10s", "2min", "1h", or plain seconds; -1 when it is none of these. */
int64_t parse_interval(const char *text);
/* "192.0.2.1:5252", "[2001:db8::1]:5252", "[fe80::1%3]:5252". */
const char *format_addr(const struct addr *, char buf[static FORMAT_ADDR_MAX]);
