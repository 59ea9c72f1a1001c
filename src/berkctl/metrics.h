/* metrics.h - the figures of the daemon for Prometheus: of `berkctl metrics`, and of
 * berkd-exporter. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* The text format of Prometheus, and OpenMetrics 1.0. */
enum metrics_format { METRICS_TEXT, METRICS_OPEN };
/* Their media types. */
#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_OPEN_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Print the answers of Status and Members to @to, and how many @findings of check_findings() there
 * are.  @status NULL: the daemon does not answer, and berkd_up says so alone: old figures are none.
 * Nor has a host that is out of sight any. */
void metrics_print(FILE *to, const json_t *status, const json_t *members, const json_t *findings,
		   enum metrics_format);
