/* format.c - see format.h. */
#include "common/format.h"

#include "berk/time.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Three digits that matter: 1.23, 12.3, 123. */
static void format_digits(const char *sign, double v, const char *unit, char buf[static FORMAT_MAX])
{
	int decimals = 0;

	if (v < 9.995) {
		decimals = 2;
	} else if (v < 99.95) {
		decimals = 1;
	}
	(void)snprintf(buf, FORMAT_MAX, "%s%.*f %s", sign, decimals, v, unit);
}

/* @s seconds as whole units of @large seconds and of @small seconds, "3 min 20 s". */
static void format_two_units(const char *sign, int64_t s, int64_t large, const char *large_name,
			     int64_t small, const char *small_name, char buf[static FORMAT_MAX])
{
	(void)snprintf(buf, FORMAT_MAX, "%s%" PRId64 " %s %" PRId64 " %s", sign, s / large,
		       large_name, s % large / small, small_name);
}

/* The size of @ns behind @sign. */
static const char *format_signed(const char *sign, int64_t ns, char buf[static FORMAT_MAX])
{
	int64_t size_ns = ns_abs(ns), s = size_ns / NS_PER_S;
	double v = (double)size_ns;

	if (size_ns == INT64_MAX) {
		(void)snprintf(buf, FORMAT_MAX, "unknown");
	} else if (size_ns == 0) {
		(void)snprintf(buf, FORMAT_MAX, "0");
	} else if (size_ns < NS_PER_US) {
		(void)snprintf(buf, FORMAT_MAX, "%s%" PRId64 " ns", sign, size_ns);
	} else if (v < 999.5e3) {
		format_digits(sign, v / 1e3, "us", buf);
	} else if (v < 999.5e6) {
		format_digits(sign, v / 1e6, "ms", buf);
	} else if (v < 99.5e9) {
		format_digits(sign, v / 1e9, "s", buf);
	} else if (s < 3600) {
		format_two_units(sign, s, 60, "min", 1, "s", buf);
	} else if (s < 86400) {
		format_two_units(sign, s, 3600, "h", 60, "min", buf);
	} else {
		format_two_units(sign, s, 86400, "d", 3600, "h", buf);
	}
	return buf;
}

const char *format_interval(int64_t ns, char buf[static FORMAT_MAX])
{
	return format_signed(ns < 0 ? "-" : "", ns, buf);
}

const char *format_offset(int64_t ns, char buf[static FORMAT_MAX])
{
	return format_signed(ns < 0 ? "-" : "+", ns, buf);
}

const char *format_ppm(int64_t ppb, char buf[static FORMAT_MAX])
{
	(void)snprintf(buf, FORMAT_MAX, "%+.3f ppm", (double)ppb / 1e3);
	return buf;
}

const char *format_clock(int64_t wall_ns, char buf[static FORMAT_MAX])
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(buf, FORMAT_MAX, "%H:%M:%S", &tm) == 0) {
		(void)snprintf(buf, FORMAT_MAX, "--:--:--");
	}
	return buf;
}

const char *format_date(int64_t wall_ns, char buf[static FORMAT_DATE_MAX])
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    strftime(buf, FORMAT_DATE_MAX, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0) {
		(void)snprintf(buf, FORMAT_DATE_MAX, "an unknown date");
	}
	return buf;
}

const char *format_reach(int64_t reach, char buf[static FORMAT_MAX])
{
	for (unsigned i = 0; i < 8; i++) {
		buf[i] = reach & (0x80 >> i) ? '1' : '0';
	}
	buf[8] = '\0';
	return buf;
}

int64_t parse_interval(const char *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
		     {"", 1e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.') {
		return -1; /* strtod() also reads signs, "inf" and "nan" */
	}
	double v = strtod(text, &end);

	while (*end == ' ') {
		end++;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) == 0) {
			return v * units[i].ns < 9e18 ? ns_from_double(v * units[i].ns) : -1;
		}
	}
	return -1;
}

const char *format_addr(const struct addr *a, char buf[static FORMAT_ADDR_MAX])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	char ip[INET6_ADDRSTRLEN] = "?", scope[16] = "";

	if (memcmp(a->ip, mapped, sizeof(mapped)) == 0) {
		(void)inet_ntop(AF_INET, a->ip + sizeof(mapped), ip, sizeof(ip));
		(void)snprintf(buf, FORMAT_ADDR_MAX, "%s:%u", ip, (unsigned)a->port);
		return buf;
	}
	(void)inet_ntop(AF_INET6, a->ip, ip, sizeof(ip));
	if (a->scope) {
		(void)snprintf(scope, sizeof(scope), "%%%u", (unsigned)a->scope);
	}
	(void)snprintf(buf, FORMAT_ADDR_MAX, "[%s%s]:%u", ip, scope, (unsigned)a->port);
	return buf;
}
