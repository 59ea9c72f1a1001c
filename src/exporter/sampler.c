/* sampler.c - see sampler.h. */
#include "exporter/sampler.h"

#include "berk/notice.h"
#include "berk/time.h"
#include "berkctl/check.h"
#include "berkctl/client.h"
#include "berkctl/view.h"
#include "common/text.h"
#include "common/words.h"
#include "exporter/history.h"
#include "exporter/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define ANSWER_MS  3000
#define LOAD_MS	   10000 /* all answers of berkd's history */
#define LOAD_TRIES 5
#define LOAD_STEPS 360	/* samples of an hour */
#define LOAD_MAX   8192 /* entries of one answer; of many hosts, each is of a longer span */
#define WHY_MAX	   128

struct sampler {
	const char *path;
	struct store *store;
	struct client *asks, *listens; /* NULL: there is no connection */
	bool is_lost;		       /* and that has been said */
	bool is_new;		       /* nothing has been said yet */
	bool is_full;		       /* it was said that the history has no room */
	bool is_cut;		       /* and that the events have none */
	bool is_deaf;		       /* and that events may be missing */
	bool is_loaded;		       /* berkd is not asked for its history any more */
	unsigned n_tries;	       /* that it was, without success */
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

static void tell(struct sampler *s, enum notice_level level, const char *text)
{
	bool cut = store_tell(s->store, words_name(words_level, level), text);

	if (cut && !s->is_cut) {
		say_warning("Limit: %d events of the last hour are kept, older ones are left out; "
			    "all are in the journal of berkd",
			    STORE_EVENTS_MAX);
	}
	s->is_cut = cut;
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
		tell(s, LEVEL_WARNING, why);
		(void)sd_notifyf(0, "STATUS=berkd %s", what);
	}
	s->is_lost = true;
	s->is_new = false;
}

/* What it told before its history is read is in there. */
static void find(struct sampler *s)
{
	if (s->is_lost) {
		say_info("berkd answers%s", s->is_loaded ? " again" : "");
		tell(s, LEVEL_NOTICE,
		     s->is_loaded
			     ? "berkd answers again; what it told meanwhile is in its journal alone"
			     : "berkd answers");
	}
	if (s->is_lost || s->is_new) {
		(void)sd_notify(0, "STATUS=berkd answers");
	}
	s->is_lost = s->is_new = false;
}

/* The member @key of the answer to @method, or all of it if that is NULL: a new reference. */
static int ask(struct client *c, const char *method, const char *key, json_t **ret)
{
	struct answer a = {0};
	int r = client_send(c, method, NULL, false);

	r = r < 0 ? r : client_next(c, ANSWER_MS, &a);
	if (r == 0) {
		json_t *all = json_object_get(a.message, "parameters");

		*ret = json_incref(key ? json_object_get(all, key) : all);
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
		/* A stream that has ended before counts when it tells something. */
		if (r == 0 && !s->is_deaf) {
			store_hear(s->store);
		}
	}
	return r;
}

/* All answers of History to @p, which is taken over.  0 or negative errno, with its text, or the
 * daemon's own, in @why. */
static int read_past(struct client *c, json_t *p, struct store_past *ret, char why[static WHY_MAX])
{
	int r = client_send(c, "History", p, true);
	bool going = true;
	struct answer a = {0};

	for (; r == 0 && going; answer_fini(&a)) {
		int64_t left_ms = ret->now_ms + LOAD_MS - client_now_ms();

		r = left_ms > 0 ? client_next(c, (int)left_ms, &a) : -ETIMEDOUT;
		if (r == 0 && a.error) {
			text_escape(a.error, strlen(a.error), why, WHY_MAX);
			r = -ENODATA;
		} else if (r == 0) {
			ret->until_ns = view_int_or_0(a.parameters, "until_ns");
			(void)json_array_extend(ret->entries,
						json_object_get(a.parameters, "entries"));
			going = a.continues;
		}
	}
	if (r < 0 && r != -ENODATA) {
		(void)snprintf(why, WHY_MAX, "%s", strerror(-r));
	}
	return r;
}

/* What berkd has kept of the hour before, once: without it the page begins empty. */
static void load(struct sampler *s, size_t n_hosts)
{
	struct store_past past = {.now_ms = client_now_ms(), .entries = json_array()};
	char why[WHY_MAX] = "";

	past.span_ms = HISTORY_SAMPLE_MS * (1 + (int64_t)n_hosts * LOAD_STEPS / LOAD_MAX);
	json_t *p =
		json_pack("{s:I,s:I,s:i}", "last_ns", (json_int_t)3600 * NS_PER_S, "interval_ns",
			  (json_int_t)past.span_ms * NS_PER_MS, "limit", LOAD_MAX);
	int r = read_past(s->asks, p, &past, why);

	s->is_loaded =
		r == 0 || strcmp(why, "net.berkd.NoHistory") == 0 || ++s->n_tries >= LOAD_TRIES;
	if (r == 0) {
		store_load(s->store, &past);
	} else {
		s->asks = client_free(s->asks);
	}
	if (r < 0 && s->is_loaded) {
		say_info("berkd has not told its history (%s): the page begins empty", why);
	}
	json_decref(past.entries);
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
	json_t *status = NULL, *members = NULL, *knocks = NULL;
	int r = connect_both(s);

	r = r < 0 ? r : ask(s->asks, "Status", "status", &status);
	r = r < 0 ? r : ask(s->asks, "Members", "members", &members);
	r = r < 0 ? r : ask(s->asks, "Knocks", NULL, &knocks);
	if (r < 0) {
		json_decref(status);
		json_decref(members);
		lose(s, r);
		return;
	}
	size_t n_hosts = json_array_size(members);
	json_t *findings = check_findings(status, members, knocks);

	json_decref(knocks);
	find(s);
	warn_of_full(s, store_put(s->store, status, members, findings));
	if (!s->is_loaded) {
		load(s, n_hosts);
	}
}

/* A stream ends without its daemon: TooSlow, for one.  The next turn asks for a new one. */
static void go_deaf(struct sampler *s, const char *why)
{
	char error[WHY_MAX], text[256];

	text_escape(why, strlen(why), error, sizeof(error));
	(void)snprintf(text, sizeof(text),
		       "Events may be missing: their stream has ended (%s); all are in the journal "
		       "of berkd",
		       error);
	if (!s->is_deaf) {
		say_warning("%s", text);
		tell(s, LEVEL_WARNING, text);
	}
	s->is_deaf = true;
	store_deafen(s->store);
}

static void hear(struct sampler *s, const json_t *answer)
{
	const json_t *notice = json_object_get(answer, "notice");
	int level = view_word(notice, "level", words_level);

	if (s->is_deaf) {
		store_hear(s->store);
		tell(s, LEVEL_NOTICE, "Events are told again");
	}
	s->is_deaf = false;
	if (notice && level != LEVEL_DEBUG && level >= 0) {
		tell(s, (enum notice_level)level, view_raw(notice, "text"));
	}
}

/* Notices, until @until_ms. */
static void listen_until(struct sampler *s, int64_t until_ms)
{
	struct answer a = {0};
	int64_t left_ms;
	int r = 0;

	for (; s->listens && r == 0 && (left_ms = until_ms - client_now_ms()) > 0;
	     answer_fini(&a)) {
		r = client_next(s->listens, (int)left_ms, &a);
		if (r == 0 && a.continues && !a.error) {
			hear(s, a.parameters);
		} else if (r == 0) {
			go_deaf(s, a.error ? a.error : "without a reason");
			r = -ENODATA;
		}
	}
	if (r == -ECONNRESET) {
		lose(s, r);
	} else if (r < 0 && r != -ETIMEDOUT) {
		go_deaf(s, strerror(-r)); /* says nothing where the daemon's own word is said */
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
