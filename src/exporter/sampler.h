/* sampler.h - asks berkd for its figures again and again, and listens to its notices. */
#pragma once

#include "exporter/store.h"

#define SAMPLER_INTERVAL_MS 2000

struct sampler;

/* @path: the status socket, which must outlive the sampler.  NULL: there is no memory. */
struct sampler *sampler_new(const char *path, struct store *);
struct sampler *sampler_free(struct sampler *);
/* Ask once, then listen until the interval is over.  That berkd cannot be reached, or answers
 * again, is said once, in the log and to the service manager.  Call for ever; it blocks for the
 * interval, and for some 30 s when berkd is stopped.  The first time that berkd answers, its
 * history is read, too. */
void sampler_turn(struct sampler *);
