/* top_feed.c - see top_feed.h. */
#include "berkctl/top_feed.h"

#include "berk/time.h"
#include "common/format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REACH_MS  100  /* that a connection may take: nobody notices */
#define RETRY_MS  500  /* at least, between two tries to connect */
#define SILENT_MS 3000 /* without an answer, so long, is said */

static const char *const methods[] = {[FEED_STATUS] = "Status",
				      [FEED_MEMBERS] = "Members",
				      [FEED_KNOCKS] = "Knocks",
				      [FEED_WHY] = "Why"};

void feed_init(struct feed *f, const struct ctl *ctl, struct client *client, int64_t interval_ms,
	       int64_t now_ms)
{
	*f = (struct feed){.ctl = ctl,
			   .interval_ms = interval_ms,
			   .client = client,
			   .call = FEED_CALLS,
			   .due_ms = now_ms};
}

static void forget_answers(struct feed *f)
{
	for (size_t i = 0; i < FEED_CALLS; i++) {
		json_decref(f->answer[i]);
		f->answer[i] = NULL;
	}
	f->call = FEED_CALLS;
}

void feed_fini(struct feed *f)
{
	forget_answers(f);
	f->client = client_free(f->client);
}

void feed_open(struct feed *f, const char *id, int64_t now_ms)
{
	if (strcmp(f->open, id) != 0) {
		(void)snprintf(f->open, sizeof(f->open), "%s", id);
		f->due_ms = f->client && id[0] ? now_ms : f->due_ms;
	}
}

static bool lose(struct feed *f, int error, int64_t now_ms)
{
	forget_answers(f);
	f->client = client_free(f->client);
	f->error = error;
	f->due_ms = now_ms + ns_max(f->interval_ms, RETRY_MS);
	return false;
}

/* Ask the next question of this turn; without one the turn is complete.  True when it went out. */
static bool ask(struct feed *f, int64_t now_ms)
{
	json_t *host = NULL;

	if (f->call == FEED_WHY && !f->open[0]) {
		f->call = FEED_CALLS;
	}
	if (f->call == FEED_CALLS) {
		return true;
	}
	if (f->call == FEED_WHY) {
		host = json_pack("{s:s}", "host", f->open);
	}
	f->asked_ms = now_ms;
	int r = client_send(f->client, methods[f->call], host, false);

	return r == 0 || lose(f, r, now_ms);
}

/* A connection, and a turn that is under way, or false. */
static bool begin(struct feed *f, int64_t now_ms)
{
	if (now_ms < f->due_ms) {
		return false;
	}
	if (!f->client) {
		f->client = ctl_reach(f->ctl, REACH_MS, &f->error);
		if (!f->client) {
			return lose(f, f->error, now_ms);
		}
	}
	f->due_ms = now_ms + f->interval_ms;
	f->call = FEED_STATUS;
	return ask(f, now_ms);
}

bool feed_turn(struct feed *f, int64_t now_ms)
{
	if (f->call == FEED_CALLS && !begin(f, now_ms)) {
		return false;
	}
	for (;;) {
		struct answer a = {0};
		int r = client_next(f->client, 0, &a);

		if (r == -ETIMEDOUT) {
			return false; /* not yet */
		}
		if (r < 0) {
			return lose(f, r, now_ms);
		}
		if (answer_error(&a) == -EBUSY) {
			answer_fini(&a);
			return lose(f, -EBUSY, now_ms);
		}
		if (!a.error) {
			f->answer[f->call] = json_incref(json_object_get(a.message, "parameters"));
		}
		answer_fini(&a);
		f->call++;
		if (!ask(f, now_ms)) {
			return false;
		}
		if (f->call == FEED_CALLS) {
			f->error = 0;
			return true;
		}
	}
}

int feed_fd(const struct feed *f)
{
	return f->client && f->call < FEED_CALLS ? client_fd(f->client) : -1;
}

int feed_wait_ms(const struct feed *f, int64_t now_ms)
{
	return f->call < FEED_CALLS ? 1000 : (int)ns_max(ns_min(f->due_ms - now_ms, 1000), 0);
}

const char *feed_trouble(const struct feed *f, int64_t now_ms, char *buf, size_t size)
{
	char silent[FORMAT_MAX];

	buf[0] = '\0';
	if (f->error == -ETIMEDOUT || (f->call < FEED_CALLS && now_ms - f->asked_ms >= SILENT_MS)) {
		format_interval((now_ms - f->asked_ms) / 1000 * NS_PER_S, silent);
		(void)snprintf(buf, size, "it has not answered for %s", silent);
	} else if (f->error == -ENOENT || f->error == -ECONNREFUSED) {
		(void)snprintf(buf, size, "berkd does not run here");
	} else if (f->error == -EBUSY) {
		(void)snprintf(buf, size, "berkd is busy: it has too many connections");
	} else if (f->error == -ECONNRESET) {
		(void)snprintf(buf, size, "berkd has closed the connection");
	} else if (f->error < 0) {
		(void)snprintf(buf, size, "%s", strerror(-f->error));
	}
	return buf;
}
