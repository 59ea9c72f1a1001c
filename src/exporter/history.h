/* history.h - what was seen of each host's clock in the last hour: a point for each host and step,
 * in a fixed amount of memory. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#define HISTORY_STEP_MS	  6000
#define HISTORY_STEPS	  600 /* an hour */
#define HISTORY_HOSTS_MAX 64
#define HISTORY_SAMPLE_MS 10000 /* between two samples of the daemon's own history */

struct history; /* about 1 MB */

/* NULL: there is no memory. */
struct history *history_new(void);
struct history *history_free(struct history *);

/* Note what Members says at @now_ms.  Of a step, the offset that is furthest from 0 and the largest
 * bound are kept, so that no peak is lost.  A host that is out of sight has no point: its figures
 * are old ones.  Returns how many hosts had no room: a host keeps its place until nothing was seen
 * of it for an hour. */
unsigned history_note(struct history *, int64_t now_ms, const json_t *members);

/* Note an entry of the daemon's own history: samples of at most the @span_ms that end at @at_ms. */
void history_note_past(struct history *, int64_t at_ms, int64_t span_ms, const json_t *sample);

/* The steps from @since on, at most an hour back, as the object that berkd-exporter(8) describes;
 * steps are counted since the boot.  NULL: there is no memory. */
json_t *history_json(const struct history *, int64_t now_ms, int64_t since);
