/* log.h - journal with structured fields, or stderr; the words for the core's notices. */
#pragma once

#include "berk/notice.h"
#include "berkd/config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct node;

/* Messages before log_open() go to stderr. */
void log_open(enum config_log target, int level);
void log_set_level(int level);
/* Is what is said at @level shown?  Call before words are made at great cost. */
bool log_shows(int level);
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_err(...)	 log_line(3, __VA_ARGS__)
#define log_warning(...) log_line(4, __VA_ARGS__)
#define log_info(...)	 log_line(6, __VA_ARGS__)
#define log_debug(...)	 log_line(7, __VA_ARGS__)

/* Log a complaint about the configuration: a config_report.  What begins with "warning: " is one. */
void log_complaint(void *userdata, const char *message);

/* Word a notice ("became master, term 12, 5 members"); @name: the peer's name or NULL. Returns
 * @buf. */
const char *notice_text(const struct notice *, const char *name, char *buf, size_t size);
/* Log a notice with MESSAGE_ID, BERK_PEER, BERK_TERM ...; rate-limited per kind where a peer can
 * cause it. */
void log_notice_event(const struct notice *, const char *name);
