/* store.h - what the exporter knows last, and in the last hour: the sampler writes it, and the
 * threads that serve pages read it. */
#pragma once

#include "berkctl/metrics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_STALE_MS	 15000 /* figures that are older count as none */
#define STORE_EVENTS_MAX 200

struct store;

/* NULL: there is no memory. */
struct store *store_new(void);
struct store *store_free(struct store *);

/* The daemon has answered @status and @members; they are taken over, as are the @findings of
 * check_findings().  Returns how many hosts the history had no room for. */
unsigned store_put(struct store *, json_t *status, json_t *members, json_t *findings);
/* It does not answer, and its events are not heard; @why says so for people. */
void store_lose(struct store *, const char *why);
/* Something has happened: the words of its level (common/words.h), and what, for people.  The last
 * STORE_EVENTS_MAX of the last hour are kept.  True: there were more of them. */
bool store_tell(struct store *, const char *level, const char *text);
/* From now on what happens is told, and what happened before may be missing.  Call whenever that
 * begins. */
void store_hear(struct store *);
/* Events may be missing until store_hear(). */
void store_deafen(struct store *);

/* What the daemon has kept: all answers of History, asked for at now_ms. */
struct store_past {
	int64_t now_ms, span_ms; /* of each sample */
	int64_t until_ns;
	json_t *entries;
};
/* Call once.  What happened since store_hear() is known already. */
void store_load(struct store *, const struct store_past *);

/* Texts to be sent, which the caller frees, and their length; NULL: there is no memory. */
char *store_metrics(struct store *, enum metrics_format, size_t *ret_len);
char *store_state(struct store *, size_t *ret_len);
/* From the step @since on; see history.h. */
char *store_history(struct store *, int64_t since, size_t *ret_len);
