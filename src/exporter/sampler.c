/* sampler.c - see sampler.h. */
#include "exporter/sampler.h"

#include "berk/notice.h"
#include "berkctl/client.h"
#include "berkctl/view.h"
#include "common/words.h"
#include "exporter/history.h"
#include "exporter/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define ANSWER_MS 3000

struct sampler {
	const char *path;
	struct store *store;
	struct client *asks, *listens; /* NULL: there is no connection */
	bool is_lost;		       /* and that has been said */
	bool is_new;		       /* nothing has been said yet */
	bool is_full;		       /* it was said that the history has no room */
};

struct sampler *sampler_new(const char *path, struct store *store)
{
	struct sampler *s = calloc(1, sizeof(*s));

	if (s) {
		*s = (struct sampler){.path = path, .store = store, .is_new = true};
	}
	return s;
}

static void hang_up(struct sampler *s)
{
	s->asks = client_free(s->asks);
	s->listens = client_free(s->listens);
}

struct sampler *sampler_free(struct sampler *s)
{
	if (s) {
		hang_up(s);
		free(s);
	}
	return NULL;
}

static void lose(struct sampler *s, int error)
{
	char why[256];
	const char *what = error == -ENOENT || error == -ECONNREFUSED ? "does not run"
			   : error == -EACCES			      ? "may not be asked"
			   : error == -EBUSY ? "is busy: it has too many connections"
			   : error == -ETIMEDOUT
				   ? "does not answer: it is stopped, or busy, or it hangs"
			   : error == -ECONNRESET ? "has closed the connection"
						  : "cannot be asked";

	hang_up(s);
	(void)snprintf(why, sizeof(why), "berkd %s (%s: %s); look at: systemctl status berkd", what,
		       s->path, strerror(-error));
	store_lose(s->store, why);
	if (!s->is_lost || s->is_new) {
		say_warning("%s", why);
		store_tell(s->store, words_name(words_level, LEVEL_WARNING), why);
		(void)sd_notifyf(0, "STATUS=berkd %s", what);
	}
	s->is_lost = true;
	s->is_new = false;
}

static void find(struct sampler *s)
{
	if (s->is_lost) {
		say_info("berkd answers again");
		store_tell(s->store, words_name(words_level, LEVEL_NOTICE), "berkd answers again");
	}
	if (s->is_lost || s->is_new) {
		(void)sd_notify(0, "STATUS=berkd answers");
	}
	s->is_lost = s->is_new = false;
}

/* The member @key of the answer to @method, a new reference. */
static int ask(struct client *c, const char *method, const char *key, json_t **ret)
{
	struct answer a = {0};
	int r = client_send(c, method, NULL, false);

	r = r < 0 ? r : client_next(c, ANSWER_MS, &a);
	if (r == 0) {
		*ret = json_incref(json_object_get(a.parameters, key));
		r = answer_error(&a);
		r = r == 0 && !*ret ? -EPROTO : r;
	}
	answer_fini(&a);
	return r;
}

static int connect_both(struct sampler *s)
{
	int r = s->asks ? 0 : client_new(s->path, &s->asks);

	if (r == 0 && !s->listens) {
		r = client_new(s->path, &s->listens);
		r = r < 0 ? r : client_send(s->listens, "Monitor", NULL, true);
	}
	return r;
}

static void warn_of_full(struct sampler *s, unsigned left_out)
{
	if (left_out > 0 && !s->is_full) {
		say_warning("Limit: the history has room for %d hosts, %u more are not plotted",
			    HISTORY_HOSTS_MAX, left_out);
	}
	s->is_full = left_out > 0;
}

static void take_sample(struct sampler *s)
{
	json_t *status = NULL, *members = NULL;
	int r = connect_both(s);

	r = r < 0 ? r : ask(s->asks, "Status", "status", &status);
	r = r < 0 ? r : ask(s->asks, "Members", "members", &members);
	if (r < 0) {
		json_decref(status);
		json_decref(members);
		lose(s, r);
		return;
	}
	find(s);
	warn_of_full(s, store_put(s->store, status, members));
}

/* Notices, until @until_ms. */
static void listen_until(struct sampler *s, int64_t until_ms)
{
	struct answer a;
	int64_t left_ms;
	int r = 0;

	while (s->listens && r == 0 && (left_ms = until_ms - client_now_ms()) > 0) {
		r = client_next(s->listens, (int)left_ms, &a);
		if (r == 0) {
			const json_t *notice = json_object_get(a.parameters, "notice");
			int level = view_word(notice, "level", words_level);

			if (notice && level != LEVEL_DEBUG && level >= 0) {
				store_tell(s->store, words_name(words_level, level),
					   view_raw(notice, "text"));
			}
			/* TooSlow, for one: the next turn asks for a new stream. */
			r = a.continues && !a.error ? 0 : -EPROTO;
			answer_fini(&a);
		}
	}
	if (r == -ECONNRESET) {
		lose(s, r);
	} else if (r < 0 && r != -ETIMEDOUT) {
		s->listens = client_free(s->listens);
	}
}

void sampler_turn(struct sampler *s)
{
	int64_t until_ms = client_now_ms() + SAMPLER_INTERVAL_MS, left_ms;

	take_sample(s);
	listen_until(s, until_ms);
	left_ms = until_ms - client_now_ms();
	if (left_ms > 0) {
		(void)nanosleep(&(struct timespec){.tv_sec = left_ms / 1000,
						   .tv_nsec = left_ms % 1000 * 1000000},
				NULL);
	}
}
