/* resolver.c - one question at a time, each by a worker, whose the question is meanwhile. */
#include "berkd/net/resolver.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/worker.h"
#include "berkd/net/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS	    (2 * NS_PER_S) /* between two looks at who answers */
#define ACCURACY_US (UINT64_C(250) * 1000)

struct resolver {
	const struct config *config;
	struct resolver_client client;
	sd_event_source *timer;
	struct worker *worker;
	struct lookup question; /* the worker's while it is busy */
	struct names names;
};

static mono_t mono_now(void)
{
	return (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
}

static void run_question(void *userdata)
{
	struct resolver *r = userdata;

	lookup_run(&r->question);
}

static void begin_question(struct resolver *r, size_t i)
{
	lookup_ask(&r->question, r->config, &r->config->peers[i]);
	int error = worker_run(r->worker);

	if (error < 0) {
		log_warning(CAUSE_PEER, "Peer %s cannot be looked up: %s, trying again later",
			    r->question.text, strerror(-error));
		names_note_answer(&r->names, i, mono_now());
	}
}

/* Ask what is due, unless a question is under way: its end leads here again. */
static void go_on(struct resolver *r)
{
	mono_t due, now = mono_now();
	size_t i = names_next(&r->names, r->config->peers, r->config->n_peers, &due);

	if (i < r->config->n_peers && due.ns <= now.ns && !worker_is_busy(r->worker)) {
		begin_question(r, i);
	}
	int error = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);

	if (i < r->config->n_peers) { /* else there is no name */
		due = mono_min(mono_add(now, LOOK_NS), due.ns > now.ns ? due : MONO_NEVER);
		error = sd_event_source_set_time(r->timer, (uint64_t)due.ns / NS_PER_US + 1);
		error = error < 0 ? error : sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
	}
	if (error < 0) {
		log_warning(CAUSE_CALL,
			    "The names of peers cannot be looked up again: %s, ignoring",
			    strerror(-error));
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct resolver *r = userdata;
	bool here[CONFIG_PEERS_MAX] = {false};

	(void)source;
	(void)usec;
	r->client.look(r->client.userdata, mono_now(), here);
	names_look(&r->names, here, r->config->n_peers);
	go_on(r);
	return 0;
}

/* A reload since may have put the peer elsewhere, or struck it: then its answer is out of date. */
static void take_answer(struct resolver *r)
{
	const struct config *c = r->config;

	for (size_t i = 0; i < c->n_peers; i++) {
		if (!c->peers[i].numeric && strcmp(c->peers[i].text, r->question.text) == 0) {
			names_note_answer(&r->names, i, mono_now());
			r->client.found(r->client.userdata, i, &r->question);
		}
	}
}

static void on_answered(void *userdata)
{
	take_answer(userdata);
	go_on(userdata);
}

void resolver_start(struct resolver *r)
{
	names_reset(&r->names);
	go_on(r);
}

void resolver_hurry(struct resolver *r)
{
	names_hurry(&r->names);
	go_on(r);
}

int resolver_new(sd_event *event, const struct config *config, const struct resolver_client *client,
		 struct resolver **ret)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r) {
		return -ENOMEM;
	}
	r->config = config;
	r->client = *client;
	names_reset(&r->names);
	int error = worker_new(event, run_question, on_answered, r, &r->worker);

	if (error >= 0) {
		error = sd_event_add_time(event, &r->timer, CLOCK_BOOTTIME, UINT64_MAX, ACCURACY_US,
					  on_timer, r);
	}
	if (error < 0) {
		resolver_free(r);
		return error;
	}
	*ret = r;
	return 0;
}

struct resolver *resolver_free(struct resolver *r)
{
	if (!r) {
		return NULL;
	}
	if (r->worker) {
		worker_cancel(r->worker); /* a name server may be silent for long */
	}
	worker_free(r->worker);
	sd_event_source_disable_unref(r->timer);
	free(r);
	return NULL;
}
