/* say.h - lines for the journal, or for whoever has started the exporter by hand. */
#pragma once

/* A line to stderr, with its level in front where the journal reads it. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
