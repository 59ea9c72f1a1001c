/* saver.c - one thing after the other, each by a worker, whose the state directory is meanwhile. */
#include "berkd/host/saver.h"

#include "berkd/host/chat_file.h"
#include "berkd/host/state.h"
#include "berkd/host/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are saved.  Others wait for the term alone. */
enum kind {
	KIND_TERM,
	KIND_BUDGET,
	KIND_LINE,
	KIND_TIME,
	KIND_DRIFT,
	KIND_TABLE,
	KIND_REVOKED,
	KIND_RETRY,
	KINDS,
};

struct values {
	uint64_t term;
	struct saved_budget budget;
	struct saved_line line;
	struct {
		wall_t at;
		unsigned n_table;
		bool unconfirmed, told;
	} time;
	int64_t freq_ppb;
	struct saved_table *table;
	struct saved_revoked revoked;
};

/* What the state said when it was last ours to ask. */
struct view {
	char error[256]; /* empty: none */
	const char *remedy;
	bool may_promise;
	bool revoked_is_kept;
	uint64_t term;
	int chat_dir;
};

struct saver {
	struct worker *worker;
	void (*done)(void *);
	void *userdata;
	bool waits[KINDS];
	struct values next;
	struct view view;
	int chat_error;
	/* The worker's while it is busy. */
	struct state *state;
	enum kind kind;
	struct values now;
};

static void save_now(void *userdata)
{
	struct saver *s = userdata;
	struct values *v = &s->now;

	switch (s->kind) {
	case KIND_TERM:
		(void)state_save_term(s->state, v->term);
		break;
	case KIND_BUDGET:
		(void)state_save_budget(s->state, &v->budget);
		break;
	case KIND_LINE:
		(void)state_save_line(s->state, &v->line);
		break;
	case KIND_TIME:
		(void)state_save_time(s->state, v->time.at, v->time.n_table, v->time.unconfirmed,
				      v->time.told);
		break;
	case KIND_DRIFT:
		(void)state_save_drift(s->state, v->freq_ppb);
		break;
	case KIND_TABLE:
		(void)state_save_table(s->state, v->table);
		break;
	case KIND_REVOKED:
		(void)state_save_revoked(s->state, &v->revoked);
		break;
	case KIND_RETRY:
		(void)state_retry(s->state);
		break;
	case KINDS:
		break;
	}
}

static void look(struct saver *s)
{
	const char *error = state_error(s->state);
	struct view *v = &s->view;

	(void)snprintf(v->error, sizeof(v->error), "%s", error ? error : "");
	v->remedy = error ? state_remedy(s->state) : "";
	v->may_promise = state_may_promise(s->state);
	v->revoked_is_kept = state_revoked_is_kept(s->state);
	v->term = state_saved(s->state)->term;
	v->chat_dir = state_directory(s->state, CHAT_FILE_NAME);
}

/* What waits longest of the most urgent kind becomes what is saved now; false: nothing waits. */
static bool take_next(struct saver *s)
{
	enum kind k = KIND_TERM;

	while (k < KINDS && !s->waits[k]) {
		k++;
	}
	if (k == KINDS) {
		return false;
	}
	s->waits[k] = false;
	s->kind = k;
	s->now = s->next;
	if (k == KIND_TABLE) {
		s->next.table = NULL;
	} else {
		s->now.table = NULL; /* it waits yet */
	}
	return true;
}

static void end(struct saver *s)
{
	free(s->now.table);
	s->now.table = NULL;
	look(s);
}

static void go_on(struct saver *s)
{
	while (!worker_is_busy(s->worker) && take_next(s)) {
		if (worker_run(s->worker) < 0) { /* better late than not */
			save_now(s);
			end(s);
			s->done(s->userdata);
		}
	}
}

static void on_saved(void *userdata)
{
	struct saver *s = userdata;

	end(s);
	go_on(s);
	s->done(s->userdata);
}

static void want(struct saver *s, enum kind k)
{
	s->waits[k] = true;
	go_on(s);
}

int saver_new(sd_event *event, struct state *state, void (*done)(void *userdata), void *userdata,
	      struct saver **ret)
{
	struct saver *s = calloc(1, sizeof(*s));

	if (!s) {
		return -ENOMEM;
	}
	s->state = state;
	s->done = done;
	s->userdata = userdata;
	look(s);
	int r = worker_new(event, save_now, on_saved, s, &s->worker);

	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

struct saver *saver_free(struct saver *s)
{
	if (!s) {
		return NULL;
	}
	worker_free(s->worker);
	free(s->now.table);
	while (take_next(s)) {
		save_now(s);
		free(s->now.table);
	}
	free(s);
	return NULL;
}

void saver_save_term(struct saver *s, uint64_t term)
{
	s->next.term = term;
	want(s, KIND_TERM);
}

void saver_save_drift(struct saver *s, int64_t freq_ppb)
{
	s->next.freq_ppb = freq_ppb;
	want(s, KIND_DRIFT);
}

void saver_save_time(struct saver *s, wall_t group_time, unsigned n_table, bool unconfirmed,
		     bool told)
{
	s->next.time.at = group_time;
	s->next.time.n_table = n_table;
	s->next.time.unconfirmed = unconfirmed;
	s->next.time.told = told;
	want(s, KIND_TIME);
}

void saver_save_line(struct saver *s, const struct saved_line *line)
{
	s->next.line = *line;
	want(s, KIND_LINE);
}

void saver_save_budget(struct saver *s, const struct saved_budget *budget)
{
	s->next.budget = *budget;
	want(s, KIND_BUDGET);
}

void saver_save_table(struct saver *s, struct saved_table *table)
{
	free(s->next.table);
	s->next.table = table;
	want(s, KIND_TABLE);
}

void saver_save_revoked(struct saver *s, const struct saved_revoked *revoked)
{
	s->next.revoked = *revoked;
	want(s, KIND_REVOKED);
}

void saver_retry(struct saver *s)
{
	want(s, KIND_RETRY);
}

bool saver_term_waits(const struct saver *s)
{
	return s->waits[KIND_TERM] || (worker_is_busy(s->worker) && s->kind == KIND_TERM);
}

uint64_t saver_term(const struct saver *s)
{
	return s->view.term;
}

const char *saver_error(const struct saver *s)
{
	return s->view.error[0]	   ? s->view.error
	       : s->chat_error < 0 ? strerror(-s->chat_error)
				   : NULL;
}

const char *saver_remedy(const struct saver *s)
{
	return s->view.error[0] ? s->view.remedy : STATE_REMEDY_ROOM;
}

bool saver_revoked_is_saved(const struct saver *s)
{
	return !s->waits[KIND_REVOKED] && s->view.revoked_is_kept &&
	       !(worker_is_busy(s->worker) && s->kind == KIND_REVOKED);
}

bool saver_may_promise(const struct saver *s)
{
	return s->view.may_promise;
}

int saver_chat_directory(const struct saver *s)
{
	return s->view.chat_dir;
}

void saver_note_chat(struct saver *s, int error)
{
	s->chat_error = error;
}
