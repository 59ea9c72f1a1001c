/* log.h - journal with structured fields, or stderr. */
#pragma once

#include "berk/notice.h"
#include "berkd/config/config.h"
#include "common/notice.h"

#include <stdbool.h>
#include <stddef.h>

/* What makes a line that is no notice: lines of one cause have one remedy, one MESSAGE_ID (from
 * systemd-id128 new), and one entry in systemd/berkd.catalog.in. */
#define LOG_CAUSES(X)                                                                              \
	X(CONFIG, "configuration", "90592a25e3954253b5027830a5af2226")                             \
	X(ENDS, "giving-up", "04adff6df38b47f28c3ce81807cbd206")                                   \
	X(RIVAL, "rival", "c2ef42de2f03484389e2c7c1dda1274e")                                      \
	X(PRIVILEGES, "privileges", "2e27678a4aa3400bac486f59b4c32631")                            \
	X(SOCKET, "socket-failed", "d878a15d77fb4fccb6ce498fa2d3fe33")                             \
	X(CONTROL, "control-failed", "021184f07c10447597ff688b40113d65")                           \
	X(PEER, "peer-unresolved", "589d4dda303349e5a18294b38ca22e9c")                             \
	X(CLOCK, "clock-not-steered", "2bd9034b71c74633b1f022065afe15cd")                          \
	X(SETTER, "clock-request-refused", "8954c54361de4a5199f39245a8155c93")                     \
	X(STAMPS, "stamps-poorer", "69c9e53af4d94a64a93a1b7cbfb998e8")                             \
	X(WITHOUT, "done-without", "0b4707199f6e4984be5d3e8dd14cb605")                             \
	X(STATE, "state-failed", "fc8a2baa9cad428bac2e357d6c025d06")                               \
	X(COPIED, "state-copied", "69b361c5828240489ddce43151029591")                              \
	X(HISTORY, "history-incomplete", "2949e9abe79b4a038bfc48deb5c399cf")                       \
	X(CALL, "call-failed", "8b8c43e28f794ecb9710bbd78cc7af0e")                                 \
	X(SUPPRESSED, "suppressed", "786f78d3ff7245dfa3ab83040be8b1d9")

#define LOG_CAUSE(CAUSE, ...) CAUSE_##CAUSE,
enum log_cause { CAUSE_NONE, LOG_CAUSES(LOG_CAUSE) CAUSE_MAX_ };
#undef LOG_CAUSE

/* Say where messages go, and from which level on (enum notice_level).  Call at the start, and again
 * when the configuration is read. */
void log_open(enum config_log target, int level);
/* Call when the level changes, with one of enum notice_level. */
void log_set_level(int level);
/* Is what is said at @level shown?  Call before words are made at great cost. */
bool log_shows(int level);
/* One line.  Call by the macros: what is said at warning or above has a cause. */
void log_line(int level, enum log_cause, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define log_err(cause, ...)	log_line(LEVEL_ERR, cause, __VA_ARGS__)
#define log_warning(cause, ...) log_line(LEVEL_WARNING, cause, __VA_ARGS__)
#define log_info(...)		log_line(LEVEL_INFO, CAUSE_NONE, __VA_ARGS__)
#define log_debug(...)		log_line(LEVEL_DEBUG, CAUSE_NONE, __VA_ARGS__)

/* Log a complaint, as a warning when it says so.  @cause: an enum log_cause, or NULL when it is
 * about the configuration.  A config_report: call by way of config_load() and its like. */
void log_complaint(void *cause, const char *message);

/* Log a notice with MESSAGE_ID, BERK_PEER and its own fields; rate-limited per kind where a peer
 * can cause it.  Each host in it is named, with its address but in debug messages: for these are
 * many, and to find an address is a walk over the table.  @hosts may be NULL.  Call for each
 * notice; what is below the level is not shown. */
void log_notice_event(const struct notice *, const struct notice_hosts *hosts);
