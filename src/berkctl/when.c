/* when.c - see when.h. */
#include "berkctl/when.h"

#include "berk/time.h"
#include "common/file.h"
#include "common/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICKS_MAX 110
#define TICK_NS	  (10 * NS_PER_MS)
#define YEARS_MAX 9000000000 /* s: what an int64_t of ns can hold */

/* ".25" and the like; 0 when there is none.  @end: behind it. */
static int64_t parse_fraction(const char *text, const char **end)
{
	int64_t ns = 0, unit = NS_PER_S / 10;

	*end = text;
	if (text[0] != '.' || !isdigit((unsigned char)text[1])) {
		return 0;
	}
	for (text++; isdigit((unsigned char)*text); text++, unit /= 10) {
		ns += unit * (*text - '0');
	}
	*end = text;
	return ns;
}

static bool parse_epoch(const char *text, int64_t *ret_ns)
{
	const char *end;
	char *whole;

	if (!isdigit((unsigned char)text[0])) {
		return false;
	}
	errno = 0;
	long long s = strtoll(text, &whole, 10);

	if (errno != 0 || s > YEARS_MAX) {
		return false;
	}
	*ret_ns = s * NS_PER_S + parse_fraction(whole, &end);
	return *end == '\0';
}

static bool parse_date(const char *text, int64_t *ret_ns)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
					    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);

		if (!end) {
			continue;
		}
		int64_t fraction = parse_fraction(end, &end);
		bool utc = strcmp(end, "Z") == 0 || strcmp(end, " UTC") == 0;
		int day = tm.tm_mday;

		if (*end != '\0' && !utc) {
			continue;
		}
		time_t t = utc ? timegm(&tm) : mktime(&tm);

		if (t < 0 || t > YEARS_MAX || tm.tm_mday != day) { /* 31 February */
			return false;
		}
		*ret_ns = (int64_t)t * NS_PER_S + fraction;
		return true;
	}
	return false;
}

bool when_parse(const char *text, struct when *ret)
{
	bool back = text[0] == '-';

	ret->relative = back || text[0] == '+';
	if (ret->relative) {
		ret->ns = parse_interval(text + 1);
		if (ret->ns < 0) {
			return false;
		}
		ret->ns = back ? -ret->ns : ret->ns;
		return true;
	}
	return text[0] == '@' ? parse_epoch(text + 1, &ret->ns) : parse_date(text, &ret->ns);
}

static int read_seconds(const char *path, long long *ret)
{
	char line[32];
	char *end = line;
	size_t len;
	int r = file_read(path, line, sizeof(line) - 1, &len);

	if (r < 0) {
		return r;
	}
	line[len] = '\0';
	errno = 0;
	*ret = strtoll(line, &end, 10);
	return errno == 0 && end != line && *ret >= 0 && *ret <= YEARS_MAX ? 0 : -EIO;
}

int when_read_rtc(const char *epoch, bool local, int64_t *ret_ns)
{
	long long first = 0, now;
	int r = read_seconds(epoch, &first);

	now = first;
	for (unsigned i = 0; r == 0 && now == first; i++) {
		if (i == TICKS_MAX) {
			return -ETIME; /* it stands still */
		}
		(void)nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
		r = read_seconds(epoch, &now);
	}
	if (r == 0 && local) {
		time_t t = (time_t)now;
		struct tm tm;

		if (!gmtime_r(&t, &tm)) {
			return -EIO;
		}
		tm.tm_isdst = -1;
		now = mktime(&tm);
	}
	*ret_ns = now * NS_PER_S;
	return r;
}
