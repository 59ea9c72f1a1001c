/* resolver.c - one question at a time, each in a fresh thread; an eventfd tells its end.
 *
 * The thread owns the question from its start until it signals; the loop owns it before and after.
 * Nothing else is shared, so there is no lock.
 */
#include "berkd/net/resolver.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/net/names.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_NS	    (2 * NS_PER_S) /* between two looks at who answers */
#define ACCURACY_US (UINT64_C(250) * 1000)

struct resolver {
	const struct config *config;
	struct resolver_client client;
	int fd;
	sd_event_source *io, *timer;
	pthread_t thread;
	bool running;
	struct lookup question; /* the thread's while it runs */
	struct names names;
};

static mono_t mono_now(void)
{
	return (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
}

static void *run_question(void *userdata)
{
	struct resolver *r = userdata;
	const uint64_t one = 1;

	lookup_run(&r->question);
	while (write(r->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
	return NULL;
}

static void begin_question(struct resolver *r, size_t i)
{
	assert(!r->running);
	lookup_ask(&r->question, r->config, &r->config->peers[i]);
	int error = pthread_create(&r->thread, NULL, run_question, r);

	r->running = error == 0;
	if (error != 0) {
		log_warning("Peer %s cannot be looked up: %s, trying again later", r->question.text,
			    strerror(error));
		names_note_answer(&r->names, i, mono_now());
	}
}

/* Ask what is due, unless a question is under way: its end leads here again. */
static void go_on(struct resolver *r)
{
	mono_t due, now = mono_now();
	size_t i = names_next(&r->names, r->config->peers, r->config->n_peers, &due);

	if (i < r->config->n_peers && due.ns <= now.ns && !r->running) {
		begin_question(r, i);
	}
	int error = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);

	if (i < r->config->n_peers) { /* else there is no name */
		due = mono_min(mono_add(now, LOOK_NS), due.ns > now.ns ? due : MONO_NEVER);
		error = sd_event_source_set_time(r->timer, (uint64_t)due.ns / NS_PER_US + 1);
		error = error < 0 ? error : sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
	}
	if (error < 0) {
		log_warning("Peers' names are not looked up again: %s, ignoring", strerror(-error));
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

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct resolver *r = userdata;
	uint64_t count;

	(void)source;
	(void)revents;
	if (read(fd, &count, sizeof(count)) < 0 || !r->running) {
		return 0;
	}
	(void)pthread_join(r->thread, NULL);
	r->running = false;
	take_answer(r);
	go_on(r);
	return 0;
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
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int error = r->fd < 0 ? -errno : 0;

	if (error == 0) {
		error = sd_event_add_io(event, &r->io, r->fd, EPOLLIN, on_done, r);
	}
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
	if (r->running) {
		(void)pthread_cancel(r->thread); /* a name server may be silent for long */
		(void)pthread_join(r->thread, NULL);
	}
	sd_event_source_disable_unref(r->io);
	sd_event_source_disable_unref(r->timer);
	if (r->fd >= 0) {
		close(r->fd);
	}
	free(r);
	return NULL;
}
