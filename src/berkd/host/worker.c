/* worker.c - each job in a fresh thread; an eventfd tells its end.  Nothing else is shared, so
 * there is no lock. */
#include "berkd/host/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
	void (*job)(void *);
	void (*done)(void *);
	void *userdata;
	int fd;
	sd_event_source *io;
	pthread_t thread;
	bool busy;
};

static void *run_job(void *userdata)
{
	struct worker *w = userdata;
	const uint64_t one = 1;

	w->job(w->userdata);
	while (write(w->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
	return NULL;
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct worker *w = userdata;
	uint64_t count;

	(void)source;
	(void)revents;
	if (read(fd, &count, sizeof(count)) < 0 || !w->busy) {
		return 0;
	}
	(void)pthread_join(w->thread, NULL);
	w->busy = false;
	w->done(w->userdata);
	return 0;
}

int worker_new(sd_event *event, void (*job)(void *userdata), void (*done)(void *userdata),
	       void *userdata, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		return -ENOMEM;
	}
	w->job = job;
	w->done = done;
	w->userdata = userdata;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int r = w->fd < 0 ? -errno : sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_end, w);

	if (r < 0) {
		worker_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct worker *worker_free(struct worker *w)
{
	if (!w) {
		return NULL;
	}
	if (w->busy) {
		(void)pthread_join(w->thread, NULL);
	}
	sd_event_source_disable_unref(w->io);
	if (w->fd >= 0) {
		close(w->fd);
	}
	free(w);
	return NULL;
}

int worker_run(struct worker *w)
{
	assert(!w->busy);
	int error = pthread_create(&w->thread, NULL, run_job, w);

	w->busy = error == 0;
	return -error;
}

bool worker_is_busy(const struct worker *w)
{
	return w->busy;
}

void worker_cancel(struct worker *w)
{
	if (w->busy) {
		(void)pthread_cancel(w->thread);
	}
}
