/* log.c - to the journal with fields, or to stderr; and the words for the core's notices. */
#include "berkd/host/log.h"

#include "berk/reason.h"
#include "berk/term.h"
#include "berk/wire.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/message_ids.h"
#include "common/format.h"
#include "common/text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	} bucket[NOTICE_MAX_];
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

void log_open(enum config_log target, int level)
{
	sink.level = level;
	sink.journal =
		target == CONFIG_LOG_JOURNAL || (target == CONFIG_LOG_AUTO && stderr_is_journal());
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

void log_line(int level, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (!log_shows(level)) {
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!sink.journal || sd_journal_print(level, "%s", text) < 0) {
		(void)fprintf(stderr, "%s\n", text);
	}
}

void log_complaint(void *userdata, const char *message)
{
	static const char tolerated[] = "warning: ";

	(void)userdata;
	if (strncmp(message, tolerated, sizeof(tolerated) - 1) == 0) {
		log_warning("%s", message + sizeof(tolerated) - 1);
	} else {
		log_err("%s", message);
	}
}

/* --- Words --- */

static const char *limit_words(const struct notice *n, char *buf, size_t size, const char *who)
{
	char a[FORMAT_MAX], b[FORMAT_MAX];

	switch (n->a) {
	case 0:
		(void)snprintf(
			buf, size,
			"Limit: a correction of %s by %s is above max_correction (%s); refused",
			format_offset(n->b, a), who, format_interval(n->c, b));
		break;
	case 1:
		(void)snprintf(buf, size,
			       "Limit: corrections by %s add up to %s within the hour, above "
			       "max_accumulated "
			       "(%s); refused",
			       who, format_offset(n->b, a), format_interval(n->c, b));
		break;
	case 2:
		(void)snprintf(buf, size,
			       "Limit: a rate of %+.3f ppm by %s is beyond %.3f ppm; refused",
			       (double)n->b / 1e3, who, (double)n->c / 1e3);
		break;
	case 3:
		(void)snprintf(buf, size,
			       "Limit: the table of %lld members is full; %s is left out",
			       (long long)n->c, who);
		break;
	default:
		(void)snprintf(
			buf, size,
			"Limit: the group's rate of %+.3f ppm is beyond %.3f ppm; held there",
			(double)n->b / 1e3, (double)n->c / 1e3);
		break;
	}
	return buf;
}

static const char *left_words(const struct notice *n)
{
	static const char *const how[] = {"said goodbye", "is silent",
					  "was silent for too long, forgotten"};

	return how[n->a < 0 || n->a > 2 ? 1 : n->a];
}

static const char *correct_refusal_words(int64_t why)
{
	static const char *const names[] = {"nothing",
					    "it is not our master",
					    "it was applied already",
					    "it refers to no reply of ours",
					    "the clock was stepped since",
					    "it has expired",
					    "its rate is beyond the limit",
					    "it is beyond a limit"};

	return names[why < 0 || why > 7 ? 0 : why];
}

static void interference_words(const struct notice *n, char *buf, size_t size)
{
	char a[FORMAT_MAX];

	if (n->b == 1 && n->a == 0) {
		(void)snprintf(buf, size, "Another hand stepped the clock");
	} else if (n->b == 1) {
		(void)snprintf(buf, size, "Another hand stepped the clock by %s",
			       format_offset(n->a, a));
	} else if (n->b == 0) {
		(void)snprintf(buf, size,
			       "Another hand set the clock's frequency to %+.3f ppm; put back",
			       (double)n->a / 1e3);
	} else {
		(void)snprintf(buf, size,
			       "Another hand changed the clock's status to 0x%llx; put back",
			       (unsigned long long)n->a);
	}
}

const char *notice_text(const struct notice *n, const char *name, char *buf, size_t size)
{
	char who[4 * NODE_NAME_MAX + 24], a[FORMAT_MAX], b[FORMAT_MAX], c[FORMAT_MAX];

	if (name && *name) {
		(void)text_escape(name, strnlen(name, NODE_NAME_MAX), who, sizeof(who));
	} else if (n->peer) {
		(void)snprintf(who, sizeof(who), "%016llx", (unsigned long long)n->peer);
	} else {
		(void)snprintf(who, sizeof(who), "somebody");
	}
	switch (n->kind) {
	case NOTICE_BECAME_MASTER:
		(void)snprintf(buf, size, "Became master, term %llu, %lld members reached%s",
			       (unsigned long long)term_counter((uint64_t)n->a), (long long)n->b,
			       n->c ? ", as an island" : "");
		break;
	case NOTICE_FOLLOWS_MASTER:
		(void)snprintf(buf, size, "Following master %s, term %llu", who,
			       (unsigned long long)term_counter((uint64_t)n->a));
		break;
	case NOTICE_DEPUTY_NAMED:
		(void)snprintf(buf, size, n->peer ? "Deputy is %s" : "There is no deputy", who);
		break;
	case NOTICE_MEMBER_JOINED:
		(void)snprintf(buf, size, "Member %s joined", who);
		break;
	case NOTICE_MEMBER_LEFT:
		(void)snprintf(buf, size, "Member %s %s", who, left_words(n));
		break;
	case NOTICE_MEMBER_EXCLUDED:
		(void)snprintf(buf, size, "Member %s left out of the average: %s (%s)", who,
			       reason_text(n->reason), format_offset(n->a, a));
		break;
	case NOTICE_MEMBER_READMITTED:
		(void)snprintf(buf, size, "Member %s counts in the average again", who);
		break;
	case NOTICE_STEP:
		(void)snprintf(buf, size, "Stepped the clock by %s (%s)", format_offset(n->a, a),
			       n->b ? "by order" : "first join");
		break;
	case NOTICE_CLOCK_INTERFERENCE:
		interference_words(n, buf, size);
		break;
	case NOTICE_SUSPENDED:
		(void)snprintf(buf, size, "Slept for %s; joining as a newcomer",
			       format_interval(n->a, a));
		break;
	case NOTICE_BOUND_EXCEEDED:
		(void)snprintf(
			buf, size,
			n->c ? "The bound is %s again, two hosts within max_skew (%s)"
			     : "The bound is %s: two hosts may differ by more than max_skew (%s)",
			format_interval(n->a, a), format_interval(n->b, b));
		break;
	case NOTICE_LIMIT_TRIPPED:
		return limit_words(n, buf, size, who);
	case NOTICE_STEPPED_DOWN:
		(void)snprintf(buf, size, "No longer master, term %llu%s%s",
			       (unsigned long long)term_counter((uint64_t)n->a),
			       n->peer ? ": yielding to " : "", n->peer ? who : "");
		break;
	case NOTICE_ISLAND:
		(void)snprintf(buf, size, "%s: %lld of %lld members are here",
			       n->a ? "An island: most of the group is out of sight"
				    : "No island any more",
			       (long long)n->b, (long long)n->c);
		break;
	case NOTICE_ELECTION:
		(void)snprintf(buf, size, "%s for term %llu: %lld grants",
			       n->b ? "Vote" : "Pre-vote",
			       (unsigned long long)term_counter((uint64_t)n->a), (long long)n->c);
		break;
	case NOTICE_VOTE:
		(void)snprintf(buf, size, "%s asks for term %llu: %s", who,
			       (unsigned long long)term_counter((uint64_t)n->a),
			       n->b ? "granted" : refusal_name((enum refusal)n->c));
		break;
	case NOTICE_PEER_REFUSED:
		(void)snprintf(buf, size, "Refused a packet of %s: %s", who,
			       session_verdict_name((enum session_verdict)n->a));
		break;
	case NOTICE_PACKET_BAD:
		(void)snprintf(buf, size, "A message of %s is malformed (%s), ignoring", who,
			       wire_verdict_name((enum wire_verdict)n->a));
		break;
	case NOTICE_SESSION_OPEN:
		(void)snprintf(buf, size, "Session with %s is open", who);
		break;
	case NOTICE_SAMPLE:
		(void)snprintf(buf, size, "Sample of %s: offset %s, delay %s, verdict %lld", who,
			       format_offset(n->a, a), format_interval(n->b, b), (long long)n->c);
		break;
	case NOTICE_CORRECTION:
		(void)snprintf(buf, size,
			       "Correction by %s: offset %s, frequency %+.3f ppm, bound %s", who,
			       format_offset(n->a, a), (double)n->b / 1e3,
			       format_interval(n->c, c));
		break;
	case NOTICE_CORRECTION_REFUSED:
		(void)snprintf(buf, size, "Correction by %s refused: %s", who,
			       correct_refusal_words(n->a));
		break;
	case NOTICE_PATH_CHANGED:
		(void)snprintf(buf, size, "Member %s is reached at another address", who);
		break;
	case NOTICE_MAX_:
		buf[0] = '\0';
		break;
	}
	return buf;
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

static int to_journal(const struct notice *n, const char *name, const char *text)
{
	char id[64] = "BERK_KIND=notice";
	const char *fixed = n->kind < NOTICE_MAX_ ? message_ids[n->kind] : NULL;

	if (fixed) {
		(void)snprintf(id, sizeof(id), "MESSAGE_ID=%s", fixed);
	}
	bool term = n->kind == NOTICE_BECAME_MASTER || n->kind == NOTICE_FOLLOWS_MASTER ||
		    n->kind == NOTICE_STEPPED_DOWN || n->kind == NOTICE_ELECTION;

	return sd_journal_send("%s", id, "MESSAGE=%s", text, "PRIORITY=%d", (int)n->level,
			       "BERK_PEER=%016llx", (unsigned long long)n->peer,
			       "BERK_PEER_NAME=%s", name ? name : "", "BERK_REASON=%s",
			       reason_name(n->reason), "BERK_TERM=%llx",
			       term ? (unsigned long long)n->a : 0ULL, "BERK_A=%lld",
			       (long long)n->a, "BERK_B=%lld", (long long)n->b, "BERK_C=%lld",
			       (long long)n->c, NULL);
}

void log_notice_event(const struct notice *n, const char *name)
{
	char text[NOTICE_TEXT_MAX], safe[4 * NODE_NAME_MAX + 1];
	unsigned dropped = 0;

	if (!log_shows((int)n->level)) {
		return;
	}
	if (n->level < LEVEL_DEBUG && !take_token(&sink.bucket[n->kind], &dropped)) {
		return;
	}
	if (dropped > 0) {
		log_line(n->level, "(%u messages of the next kind were suppressed)", dropped);
	}
	(void)notice_text(n, name, text, sizeof(text));
	safe[0] = '\0';
	if (name) {
		(void)text_escape(name, strnlen(name, NODE_NAME_MAX), safe, sizeof(safe));
	}
	if (!sink.journal || to_journal(n, safe, text) < 0) {
		(void)fprintf(stderr, "%s\n", text);
	}
}
