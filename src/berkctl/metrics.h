/* metrics.h - the figures of the daemon in the text format of Prometheus: of `berkctl metrics`, and
 * of berkd-exporter. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* The media type of what metrics_print() prints. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Print the answers of Status and Members to @to.  @status NULL: the daemon does not answer, and
 * berkd_up says so alone: old figures are none. */
void metrics_print(FILE *to, const json_t *status, const json_t *members);
