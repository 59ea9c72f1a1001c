/* file_sync.c - each batch in a fresh thread, which owns it until it says that it is done. */
#include "berkd/host/file_sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_sync {
	int next[FILE_SYNC_MAX_]; /* wait for their turn; -1: none */
	bool running;
	pthread_t thread;
	/* The thread's while it runs. */
	int fd[FILE_SYNC_MAX_], dir, result;
	atomic_bool done;
};

static void *sync_batch(void *userdata)
{
	struct file_sync *s = userdata;
	bool any = false;

	s->result = 0;
	for (unsigned i = 0; i < FILE_SYNC_MAX_; i++) {
		if (s->fd[i] >= 0) {
			s->result = fsync(s->fd[i]) < 0 ? -errno : s->result;
			close(s->fd[i]);
			s->fd[i] = -1;
			any = true;
		}
	}
	if (any && fsync(s->dir) < 0) {
		s->result = -errno;
	}
	atomic_store(&s->done, true);
	return NULL;
}

static bool has_next(const struct file_sync *s)
{
	for (unsigned i = 0; i < FILE_SYNC_MAX_; i++) {
		if (s->next[i] >= 0) {
			return true;
		}
	}
	return false;
}

static void take_next(struct file_sync *s, int dir)
{
	s->dir = dir;
	memcpy(s->fd, s->next, sizeof(s->fd));
	memset(s->next, 0xff, sizeof(s->next)); /* -1 each */
	atomic_store(&s->done, false);
}

struct file_sync *file_sync_new(void)
{
	struct file_sync *s = calloc(1, sizeof(*s));

	if (s) {
		memset(s->next, 0xff, sizeof(s->next));
		memset(s->fd, 0xff, sizeof(s->fd));
	}
	return s;
}

int file_sync_look(struct file_sync *s, int dir)
{
	int result = 0;

	if (s->running && atomic_load(&s->done)) {
		(void)pthread_join(s->thread, NULL);
		s->running = false;
		result = s->result;
	}
	if (!s->running && dir >= 0 && has_next(s)) {
		take_next(s, dir);
		s->running = pthread_create(&s->thread, NULL, sync_batch, s) == 0;
		if (!s->running) { /* better late than not */
			memcpy(s->next, s->fd, sizeof(s->next));
		}
	}
	return result;
}

void file_sync_give(struct file_sync *s, enum file_sync_kind kind, int fd, int dir)
{
	if (s->next[kind] >= 0) {
		close(s->next[kind]);
	}
	s->next[kind] = fd;
	if (!s->running) {
		(void)file_sync_look(s, dir);
	}
}

struct file_sync *file_sync_free(struct file_sync *s, int dir)
{
	if (!s) {
		return NULL;
	}
	if (s->running) {
		(void)pthread_join(s->thread, NULL);
	}
	if (dir >= 0 && has_next(s)) {
		take_next(s, dir);
		(void)sync_batch(s);
	}
	free(s);
	return NULL;
}
