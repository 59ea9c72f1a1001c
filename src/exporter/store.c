/* store.c - see store.h. */
#include "exporter/store.h"

#include "berk/time.h"
#include "berkctl/client.h"
#include "berkctl/view.h"
#include "common/words.h"
#include "exporter/history.h"

#include <config.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_TEXT_MAX	 512
#define EVENT_AGE_MS	 ((int64_t)HISTORY_STEP_MS * HISTORY_STEPS)
/* Both tell how long ago something was, unless the host was booted or the time set meanwhile. */
#define CLOCKS_DIFFER_MS 30000
/* A sample or two may be lost on a slow disk; where more are missing, berkd was off. */
#define GAP_SPANS	 3

struct event {
	int64_t at_ms;
	char level[16], text[EVENT_TEXT_MAX];
};

struct store {
	pthread_mutex_t lock;
	json_t *status, *members, *findings; /* NULL: it does not answer */
	int64_t at_ms;
	char why[256];
	struct history *history;
	struct event event[STORE_EVENTS_MAX];
	uint64_t n_events; /* so far; the last is at n_events - 1, modulo the size of the ring */
	int64_t pushed_ms; /* of the last event that found no room; 0: none */
	int64_t heard_ms;  /* since when no event is missing; 0: some may be, now */
	unsigned n_loads;  /* of the daemon's history */
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
	json_decref(s->findings);
	s->status = s->members = s->findings = NULL;
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

unsigned store_put(struct store *s, json_t *status, json_t *members, json_t *findings)
{
	pthread_mutex_lock(&s->lock);
	forget(s);
	s->status = status;
	s->members = members;
	s->findings = findings;
	s->at_ms = client_now_ms();
	unsigned left_out = history_note(s->history, s->at_ms, members);

	pthread_mutex_unlock(&s->lock);
	return left_out;
}

void store_lose(struct store *s, const char *why)
{
	pthread_mutex_lock(&s->lock);
	forget(s);
	s->heard_ms = 0;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	pthread_mutex_unlock(&s->lock);
}

static struct event *event_at(struct store *s, uint64_t i)
{
	return &s->event[i % STORE_EVENTS_MAX];
}

/* The oldest event gives way, and each comes behind those that were before it. */
static void add_event(struct store *s, int64_t at_ms, const char *level, const char *text)
{
	struct event e = {.at_ms = at_ms};
	uint64_t i = s->n_events;
	size_t len = strlen(text);

	/* What is too long is cut between characters. */
	if (len >= EVENT_TEXT_MAX) {
		for (len = EVENT_TEXT_MAX - 1; ((unsigned char)text[len] & 0xc0U) == 0x80U;) {
			len--;
		}
	}
	(void)snprintf(e.level, sizeof(e.level), "%s", level);
	memcpy(e.text, text, len);
	if (i >= STORE_EVENTS_MAX) {
		s->pushed_ms = event_at(s, i)->at_ms;
	}
	for (; i > 0 && s->n_events - i < STORE_EVENTS_MAX - 1; i--) {
		if (event_at(s, i - 1)->at_ms <= at_ms) {
			break;
		}
		*event_at(s, i) = *event_at(s, i - 1);
	}
	*event_at(s, i) = e;
	s->n_events++;
}

/* Did one of the last hour find no room? */
static bool is_cut(const struct store *s)
{
	return s->pushed_ms > 0 && client_now_ms() - s->pushed_ms < EVENT_AGE_MS;
}

bool store_tell(struct store *s, const char *level, const char *text)
{
	pthread_mutex_lock(&s->lock);
	add_event(s, client_now_ms(), level, text);
	bool cut = is_cut(s);

	pthread_mutex_unlock(&s->lock);
	return cut;
}

void store_hear(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->heard_ms = client_now_ms();
	pthread_mutex_unlock(&s->lock);
}

void store_deafen(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->heard_ms = 0;
	pthread_mutex_unlock(&s->lock);
}

/* --- What the daemon has kept --- */

/* When @e was, by the clock of now_ms; 0: before the boot, or nobody knows, for the time was set
 * since then. */
static int64_t instant_of(const json_t *e, int64_t until_ns, int64_t now_ms)
{
	int64_t wall_ns, boot_s;
	bool known = view_int(e, "wall_ns", &wall_ns) && view_int(e, "boot_s", &boot_s);
	int64_t age_ms = known ? ns_sub(until_ns, wall_ns) / NS_PER_MS : -1;

	if (age_ms < 0 || age_ms >= now_ms ||
	    ns_abs(ns_sub(now_ms - age_ms, ns_mul(boot_s, 1000))) > CLOCKS_DIFFER_MS) {
		return 0;
	}
	return now_ms - age_ms;
}

static void load_entry(struct store *s, const json_t *e, int64_t at_ms, int64_t span_ms)
{
	int level = view_word(e, "level", words_level);

	if (!view_raw(e, "event")[0]) {
		history_note_past(s->history, at_ms, span_ms, e);
	} else if (level >= 0 && (s->heard_ms == 0 || at_ms < s->heard_ms)) {
		add_event(s, at_ms, words_name(words_level, level), view_raw(e, "text"));
	}
}

/* The daemon samples its own host as long as it runs: the oldest of its samples that none is
 * missing behind.  What was before may have been while it was off, or by another time. */
static int64_t kept_since(const struct store_past *past)
{
	int64_t since_ms = past->now_ms;

	for (size_t i = json_array_size(past->entries); i > 0; i--) {
		const json_t *e = json_array_get(past->entries, i - 1);
		int64_t at_ms = instant_of(e, past->until_ns, past->now_ms);

		if (at_ms == 0 || !view_true(e, "self") || view_raw(e, "event")[0]) {
			continue;
		}
		if (since_ms - at_ms > GAP_SPANS * past->span_ms) {
			break;
		}
		since_ms = ns_min(at_ms, since_ms);
	}
	return since_ms;
}

void store_load(struct store *s, const struct store_past *past)
{
	size_t i;
	const json_t *e;

	pthread_mutex_lock(&s->lock);
	json_array_foreach(past->entries, i, e)
	{
		int64_t at_ms = instant_of(e, past->until_ns, past->now_ms);

		if (at_ms > 0) {
			load_entry(s, e, at_ms, past->span_ms);
		}
	}
	s->n_loads++;
	/* Who is deaf stays so. */
	s->heard_ms = ns_min(kept_since(past), s->heard_ms);
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

/* How far back events are known. */
static json_t *heard_json(const struct store *s)
{
	return s->heard_ms > 0 ? json_integer(ns_min(client_now_ms() - s->heard_ms, EVENT_AGE_MS))
			       : json_null();
}

static json_t *state_json(const struct store *s)
{
	bool fresh = is_fresh(s);
	json_t *age = fresh ? json_integer(client_now_ms() - s->at_ms) : json_null();

	return json_pack("{s:b,s:s?,s:o,s:s,s:O?,s:O?,s:O?,s:o,s:i,s:b,s:o,s:i}", "reachable",
			 fresh, "why",
			 fresh	     ? NULL
			 : s->status ? "berkd has not answered for a while"
				     : s->why,
			 "age_ms", age, "exporter", PACKAGE_VERSION, "status",
			 fresh ? s->status : NULL, "members", fresh ? s->members : NULL, "findings",
			 fresh ? s->findings : NULL, "events", events_json(s), "events_max",
			 STORE_EVENTS_MAX, "events_cut", is_cut(s), "events_ms", heard_json(s),
			 "loads", (int)s->n_loads);
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
	metrics_print(to, is_fresh(s) ? s->status : NULL, s->members, s->findings, format);
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
