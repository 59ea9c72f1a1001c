/* log.h - journal with structured fields, or stderr. */
#pragma once

#include "berk/notice.h"
#include "berkd/config/config.h"
#include "common/notice.h"

#include <stdbool.h>
#include <stddef.h>

/* Say where messages go, and from which level on (enum notice_level).  Call once the configuration
 * is read; what is logged before goes to stderr. */
void log_open(enum config_log target, int level);
/* Call when the level changes, with one of enum notice_level. */
void log_set_level(int level);
/* Is what is said at @level shown?  Call before words are made at great cost. */
bool log_shows(int level);
/* One line.  Call by the macros. */
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_err(...)	 log_line(LEVEL_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_line(LEVEL_DEBUG, __VA_ARGS__)

/* Log a complaint about the configuration, as a warning when it says so.  A config_report: call by
 * way of config_load() and its like. */
void log_complaint(void *userdata, const char *message);

/* Log a notice with MESSAGE_ID, BERK_PEER and its own fields; rate-limited per kind where a peer
 * can cause it.  Each host in it is named, with its address but in debug messages: for these are
 * many, and to find an address is a walk over the table.  @hosts may be NULL.  Call for each
 * notice; what is below the level is not shown. */
void log_notice_event(const struct notice *, const struct notice_hosts *hosts);
