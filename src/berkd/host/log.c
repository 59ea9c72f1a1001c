/* log.c - to the journal with fields, or to stderr. */
#define SD_JOURNAL_SUPPRESS_LOCATION /* it is always log.c */
#include "berkd/host/log.h"

#include "berkd/host/host_clock.h"
#include "common/format.h"
#include "common/notice.h"
#include "common/text.h"

#include <assert.h>
#include <config.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define BURST	  20		 /* notices of one kind that pass at once ... */
#define REFILL_NS (5 * NS_PER_S) /* ... and one more after so long */

static struct {
	bool journal;
	int level;
	struct bucket {
		int64_t filled_at;
		unsigned tokens, dropped;
	} bucket[NOTICE_MAX_ + KNOCK_MAX_ + LIMIT_MAX_];
} sink = {.level = LEVEL_INFO};

/* systemd tells in JOURNAL_STREAM which stream it connected: ours only if stderr is still that one.
 */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* OpenRC starts a daemon so.  The journal of libelogind is syslog. */
static bool stderr_is_null(void)
{
#ifdef LOG_NULL_IS_SYSLOG
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
#else
	return false; /* who has it so under systemd wants no log */
#endif
}

void log_open(enum config_log target, int level)
{
	sink.level = level;
	sink.journal = target == CONFIG_LOG_JOURNAL ||
		       (target == CONFIG_LOG_AUTO && (stderr_is_journal() || stderr_is_null()));
}

void log_set_level(int level)
{
	assert(level >= LEVEL_ERR && level <= LEVEL_DEBUG);
	sink.level = level;
}

bool log_shows(int level)
{
	return level <= sink.level;
}

/* Add NAME=value, in @buf; a field's name in capitals, after @prefix. */
static size_t put_field(struct iovec *v, size_t k, char *buf, size_t size, const char *prefix,
			const char *name, const char *value)
{
	int len = snprintf(buf, size, "%s%s=%s", prefix, name, value);

	for (char *c = buf; *c != '='; c++) {
		*c = (char)toupper((unsigned char)*c);
	}
	v[k] = (struct iovec){.iov_base = buf,
			      .iov_len = ns_min(len, (int64_t)size - 1) > 0
						 ? (size_t)ns_min(len, (int64_t)size - 1)
						 : 0};
	return k + 1;
}

/* --- Lines --- */

#define LINE_TEXT_MAX		     1024

#define LOG_CAUSE(CAUSE, word_, id_) [CAUSE_##CAUSE] = {.word = (word_), .id = (id_)},
static const struct {
	const char *word, *id;
} causes[CAUSE_MAX_] = {LOG_CAUSES(LOG_CAUSE)};
#undef LOG_CAUSE

static int line_to_journal(int level, enum log_cause cause, const char *text)
{
	char message[LINE_TEXT_MAX + 16], field[3][64], number[16];
	struct iovec v[4];
	size_t k = put_field(v, 0, message, sizeof(message), "", "MESSAGE", text);

	(void)snprintf(number, sizeof(number), "%d", level);
	k = put_field(v, k, field[0], sizeof(field[0]), "", "PRIORITY", number);
	if (cause != CAUSE_NONE) {
		k = put_field(v, k, field[1], sizeof(field[1]), "BERK_", "KIND",
			      causes[cause].word);
		k = put_field(v, k, field[2], sizeof(field[2]), "", "MESSAGE_ID", causes[cause].id);
	}
	return sd_journal_sendv(v, (int)k);
}

void log_line(int level, enum log_cause cause, const char *format, ...)
{
	char text[LINE_TEXT_MAX];
	va_list ap;

	assert(cause < CAUSE_MAX_);
	assert(cause != CAUSE_NONE || level > LEVEL_NOTICE);
	if (!log_shows(level)) {
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!sink.journal || line_to_journal(level, cause, text) < 0) {
		(void)fprintf(stderr, "%s\n", text);
	}
}

void log_complaint(void *userdata, const char *message)
{
	static const char tolerated[] = "warning: ";
	const enum log_cause *cause = userdata;
	enum log_cause why = cause ? *cause : CAUSE_CONFIG;

	if (strncmp(message, tolerated, sizeof(tolerated) - 1) == 0) {
		log_warning(why, "%s", message + sizeof(tolerated) - 1);
	} else {
		log_err(why, "%s", message);
	}
}

/* --- Notices --- */

/* A peer must not fill the disk: BURST at once, then one per REFILL_NS; what was dropped is told.
 */
static bool take_token(struct bucket *b, unsigned *ret_dropped)
{
	int64_t now = host_clock_ns(CLOCK_BOOTTIME);
	int64_t refill = (now - b->filled_at) / REFILL_NS;

	if (b->filled_at == 0) {
		b->filled_at = now;
		b->tokens = BURST;
	} else if (refill > 0) {
		b->tokens = (unsigned)ns_min(BURST, b->tokens + refill);
		b->filled_at += refill * REFILL_NS;
	}
	if (b->tokens == 0) {
		b->dropped++;
		return false;
	}
	b->tokens--;
	*ret_dropped = b->dropped;
	b->dropped = 0;
	return true;
}

#define JOURNAL_FIXED 7 /* fields that each notice has */

static int to_journal(const struct notice *n, const struct notice_hosts *hosts, const char *text)
{
	const char *name = hosts && hosts->name_of ? hosts->name_of(hosts->from, n->peer) : NULL;
	char safe[4 * NODE_NAME_MAX + 1], at[FORMAT_ADDR_MAX];
	struct addr addr;
	char line[JOURNAL_FIXED + 2 * NOTICE_FIELDS_MAX][NOTICE_TEXT_MAX + 16];
	char raw[NOTICE_FIELD_MAX], full[NOTICE_FIELD_MAX];
	struct iovec v[JOURNAL_FIXED + 2 * NOTICE_FIELDS_MAX];
	const char *id = notice_message_id(n->kind);
	size_t k = 0;

	k = put_field(v, k, line[k], sizeof(line[k]), "", "MESSAGE", text);
	(void)snprintf(raw, sizeof(raw), "%d", (int)n->level);
	k = put_field(v, k, line[k], sizeof(line[k]), "", "PRIORITY", raw);
	k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", "KIND", notice_word(n->kind));
	if (id) {
		k = put_field(v, k, line[k], sizeof(line[k]), "", "MESSAGE_ID", id);
	}
	if (n->peer) {
		(void)snprintf(raw, sizeof(raw), "%016llx", (unsigned long long)n->peer);
		k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", "PEER", raw);
	}
	if (name && name[0]) {
		(void)text_escape(name, strnlen(name, NODE_NAME_MAX), safe, sizeof(safe));
		k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", "PEER_NAME", safe);
	}
	if (n->peer && hosts && hosts->addr_of && !notice_has_addr(n->kind) &&
	    hosts->addr_of(hosts->from, n->peer, &addr)) {
		format_addr(&addr, at);
		k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", "ADDR", at);
	}
	for (const struct notice_field *f = notice_fields(n->kind); f->name; f++) {
		k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", f->name,
			      notice_raw(n, f, raw));
		if (notice_full(n, f, full, raw)) {
			k = put_field(v, k, line[k], sizeof(line[k]), "BERK_", full, raw);
		}
	}
	return sd_journal_sendv(v, (int)k);
}

/* Who causes one refusal, or trips one limit, again and again does not hide the others. */
static struct bucket *bucket_of(const struct notice *n)
{
	switch (n->kind) {
	case NOTICE_PEER_REFUSED:
		return &sink.bucket[NOTICE_MAX_ + n->peer_refused.why];
	case NOTICE_LIMIT_TRIPPED:
		return &sink.bucket[NOTICE_MAX_ + KNOCK_MAX_ + n->limit_tripped.limit];
	default:
		return &sink.bucket[n->kind];
	}
}

void log_notice_event(const struct notice *n, const struct notice_hosts *hosts)
{
	struct notice_hosts named = hosts ? *hosts : (struct notice_hosts){0};
	char text[NOTICE_TEXT_MAX];
	unsigned dropped = 0;

	if (!log_shows((int)n->level)) {
		return;
	}
	if (n->level < LEVEL_DEBUG && !take_token(bucket_of(n), &dropped)) {
		return;
	}
	if (dropped > 0) {
		log_line(n->level, CAUSE_SUPPRESSED,
			 "(%u messages of the next kind were suppressed)", dropped);
	}
	if (n->level >= LEVEL_DEBUG) {
		named.addr_of = NULL;
	}
	(void)notice_text_of(n, &named, text, sizeof(text));
	if (!sink.journal || to_journal(n, &named, text) < 0) {
		(void)fprintf(stderr, "%s\n", text);
	}
}
