/* resolver.c - one lookup at a time on a copy of the configuration; an eventfd tells its end.
 *
 * The thread owns the copy from its start until it signals; the loop owns it before and after.
 * Nothing is shared meanwhile, so there is no lock.
 */
#include "berkd/net/resolver.h"

#include "berkd/host/log.h"
#include "berkd/net/lookup.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RETRY_MIN_US	  (UINT64_C(5) * 1000 * 1000)
#define RETRY_MAX_US	  (UINT64_C(60) * 1000 * 1000)
#define RETRY_ACCURACY_US (UINT64_C(1) * 1000 * 1000)

struct resolver {
	sd_event *event;
	resolver_found found;
	void *userdata;
	int fd;
	sd_event_source *io, *retry;
	pthread_t thread;
	bool running;
	bool asked_again; /* while running: what it finds is out of date */
	unsigned n_missing;
	uint64_t retry_us;
	struct config *work; /* the thread's while it runs */
	struct config *next; /* what to look up after it */
};

static void ignore_report(void *userdata, const char *message)
{
	(void)userdata; /* the loop says what is missing, once */
	(void)message;
}

static void *run_lookup(void *userdata)
{
	struct resolver *r = userdata;
	const uint64_t one = 1;

	r->n_missing = lookup_peers(r->work, ignore_report, NULL);
	while (write(r->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
	return NULL;
}

static void start_lookup(struct resolver *r)
{
	assert(!r->running);
	memcpy(r->work, r->next, sizeof(*r->work));
	r->asked_again = false;
	int error = pthread_create(&r->thread, NULL, run_lookup, r);

	r->running = error == 0;
	if (error != 0) {
		log_warning("Peers' names cannot be looked up: %s, ignoring", strerror(error));
	}
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct resolver *r = userdata;

	(void)source;
	(void)usec;
	r->retry = sd_event_source_disable_unref(r->retry);
	if (!r->running) {
		start_lookup(r);
	}
	return 0;
}

static void retry_later(struct resolver *r)
{
	if (r->retry_us == RETRY_MIN_US) {
		log_warning("%u of the configured peers have no address yet, trying on",
			    r->n_missing);
	}
	int error = sd_event_add_time_relative(r->event, &r->retry, CLOCK_BOOTTIME, r->retry_us,
					       RETRY_ACCURACY_US, on_retry, r);

	if (error < 0) {
		log_warning("Peers' names are not looked up again: %s, ignoring", strerror(-error));
	}
	r->retry_us = r->retry_us * 2 > RETRY_MAX_US ? RETRY_MAX_US : r->retry_us * 2;
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
	if (r->asked_again) {
		start_lookup(r);
		return 0;
	}
	memcpy(r->next, r->work, sizeof(*r->next)); /* what is found need not be asked again */
	r->found(r->userdata, r->work->peers, r->work->n_peers);
	if (r->n_missing > 0) {
		retry_later(r);
	}
	return 0;
}

void resolver_ask(struct resolver *r, const struct config *config)
{
	bool needed = false;

	for (size_t i = 0; i < config->n_peers; i++) {
		needed |= config->peers[i].n_addr == 0;
	}
	r->retry = sd_event_source_disable_unref(r->retry);
	r->retry_us = RETRY_MIN_US;
	r->asked_again = true;
	memcpy(r->next, config, sizeof(*r->next));
	if (needed && !r->running) {
		start_lookup(r);
	}
}

int resolver_new(sd_event *event, resolver_found found, void *userdata, struct resolver **ret)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r) {
		return -ENOMEM;
	}
	r->event = sd_event_ref(event);
	r->found = found;
	r->userdata = userdata;
	r->work = calloc(1, sizeof(*r->work));
	r->next = calloc(1, sizeof(*r->next));
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int error = r->fd < 0 ? -errno : 0;

	if (!r->work || !r->next) {
		error = -ENOMEM;
	}
	if (error == 0) {
		error = sd_event_add_io(event, &r->io, r->fd, EPOLLIN, on_done, r);
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
	sd_event_source_disable_unref(r->retry);
	if (r->fd >= 0) {
		close(r->fd);
	}
	free(r->work);
	free(r->next);
	sd_event_unref(r->event);
	free(r);
	return NULL;
}
