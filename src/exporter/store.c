/* store.c - see store.h. */
#include "exporter/store.h"

#include "berkctl/client.h"
#include "exporter/history.h"

#include <config.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_TEXT_MAX 512
#define EVENT_AGE_MS   (HISTORY_STEP_MS * HISTORY_STEPS)

struct event {
	int64_t at_ms;
	char level[16], text[EVENT_TEXT_MAX];
};

struct store {
	pthread_mutex_t lock;
	json_t *status, *members; /* NULL: it does not answer */
	int64_t at_ms;
	char why[256];
	struct history *history;
	struct event event[STORE_EVENTS_MAX];
	uint64_t n_events; /* so far; the last is at n_events - 1, modulo the size of the ring */
};

struct store *store_new(void)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s) {
		(void)pthread_mutex_init(&s->lock, NULL);
		(void)snprintf(s->why, sizeof(s->why), "berkd was not asked yet");
		s->history = history_new();
	}
	return s && s->history ? s : store_free(s);
}

static void forget(struct store *s)
{
	json_decref(s->status);
	json_decref(s->members);
	s->status = s->members = NULL;
}

struct store *store_free(struct store *s)
{
	if (s) {
		forget(s);
		history_free(s->history);
		(void)pthread_mutex_destroy(&s->lock);
		free(s);
	}
	return NULL;
}

unsigned store_put(struct store *s, json_t *status, json_t *members)
{
	pthread_mutex_lock(&s->lock);
	forget(s);
	s->status = status;
	s->members = members;
	s->at_ms = client_now_ms();
	unsigned left_out = history_note(s->history, s->at_ms, members);

	pthread_mutex_unlock(&s->lock);
	return left_out;
}

void store_lose(struct store *s, const char *why)
{
	pthread_mutex_lock(&s->lock);
	forget(s);
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	pthread_mutex_unlock(&s->lock);
}

void store_tell(struct store *s, const char *level, const char *text)
{
	size_t len = strlen(text);

	/* What is too long is cut between characters. */
	if (len >= EVENT_TEXT_MAX) {
		for (len = EVENT_TEXT_MAX - 1; ((unsigned char)text[len] & 0xc0U) == 0x80U;) {
			len--;
		}
	}
	pthread_mutex_lock(&s->lock);
	struct event *e = &s->event[s->n_events++ % STORE_EVENTS_MAX];

	*e = (struct event){.at_ms = client_now_ms()};
	(void)snprintf(e->level, sizeof(e->level), "%s", level);
	memcpy(e->text, text, len);
	pthread_mutex_unlock(&s->lock);
}

/* --- What is sent; all of it is called with the lock held --- */

/* A sampler that is stuck in a call leaves old figures behind, too. */
static bool is_fresh(const struct store *s)
{
	return s->status && client_now_ms() - s->at_ms < STORE_STALE_MS;
}

/* The newest first. */
static json_t *events_json(const struct store *s)
{
	json_t *list = json_array();
	int64_t now_ms = client_now_ms();

	for (uint64_t i = s->n_events; i > 0 && s->n_events - i < STORE_EVENTS_MAX; i--) {
		const struct event *e = &s->event[(i - 1) % STORE_EVENTS_MAX];

		if (now_ms - e->at_ms < EVENT_AGE_MS) {
			json_array_append_new(list, json_pack("{s:I,s:I,s:s,s:s}", "number",
							      (json_int_t)i, "ago_ms",
							      (json_int_t)(now_ms - e->at_ms),
							      "level", e->level, "text", e->text));
		}
	}
	return list;
}

static json_t *state_json(const struct store *s)
{
	bool fresh = is_fresh(s);

	return json_pack("{s:b,s:s?,s:s,s:O?,s:O?,s:o,s:i}", "reachable", fresh, "why",
			 fresh	     ? NULL
			 : s->status ? "berkd has not answered for a while"
				     : s->why,
			 "exporter", PACKAGE_VERSION, "status", fresh ? s->status : NULL, "members",
			 fresh ? s->members : NULL, "events", events_json(s), "events_max",
			 STORE_EVENTS_MAX);
}

/* The text of @j, which is taken over. */
static char *text_of(json_t *j, size_t *ret_len)
{
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	*ret_len = text ? strlen(text) : 0;
	json_decref(j);
	return text;
}

char *store_metrics(struct store *s, enum metrics_format format, size_t *ret_len)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_len);

	if (!to) {
		return NULL;
	}
	pthread_mutex_lock(&s->lock);
	metrics_print(to, is_fresh(s) ? s->status : NULL, s->members, format);
	pthread_mutex_unlock(&s->lock);
	if (fclose(to) != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

char *store_state(struct store *s, size_t *ret_len)
{
	pthread_mutex_lock(&s->lock);
	char *text = text_of(state_json(s), ret_len);

	pthread_mutex_unlock(&s->lock);
	return text;
}

char *store_history(struct store *s, int64_t since, size_t *ret_len)
{
	pthread_mutex_lock(&s->lock);
	char *text = text_of(history_json(s->history, client_now_ms(), since), ret_len);

	pthread_mutex_unlock(&s->lock);
	return text;
}
