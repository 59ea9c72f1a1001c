/* guests.c - see guests.h. */
#include "exporter/guests.h"

#include "berkctl/client.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define LOOKS 16 /* of the thread in the time that a guest may stay */

/* A connection, and since when it is there; fd -1: free. */
struct guest {
	int fd;
	int64_t since_ms;
};

struct guests {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t limit_ms;
	bool over; /* this and the places are under the lock */
	unsigned n_max;
	struct guest guest[];
};

/* Its own thread closes it. */
static void end_the_old(struct guests *g)
{
	int64_t now_ms = client_now_ms();

	for (struct guest *i = g->guest; i < g->guest + g->n_max; i++) {
		if (i->fd >= 0 && now_ms - i->since_ms > g->limit_ms) {
			(void)shutdown(i->fd, SHUT_RDWR);
		}
	}
}

static void *watch(void *userdata)
{
	struct guests *g = userdata;
	struct timespec next;

	pthread_mutex_lock(&g->lock);
	while (!g->over) {
		end_the_old(g);
		clock_gettime(CLOCK_MONOTONIC, &next);
		int64_t ns = next.tv_nsec + g->limit_ms / LOOKS * 1000000;

		next.tv_sec += ns / 1000000000;
		next.tv_nsec = ns % 1000000000;
		(void)pthread_cond_timedwait(&g->wake, &g->lock, &next);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

/* It waits by the clock that nobody sets. */
static void begin_wake(pthread_cond_t *wake)
{
	pthread_condattr_t how;

	(void)pthread_condattr_init(&how);
	(void)pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	(void)pthread_cond_init(wake, &how);
	(void)pthread_condattr_destroy(&how);
}

struct guests *guests_new(unsigned n_max, int64_t limit_ms)
{
	struct guests *g = calloc(1, sizeof(*g) + n_max * sizeof(g->guest[0]));

	if (!g) {
		return NULL;
	}
	g->limit_ms = limit_ms;
	g->n_max = n_max;
	for (unsigned i = 0; i < n_max; i++) {
		g->guest[i].fd = -1;
	}
	(void)pthread_mutex_init(&g->lock, NULL);
	begin_wake(&g->wake);
	if (pthread_create(&g->thread, NULL, watch, g) != 0) {
		free(g);
		return NULL;
	}
	return g;
}

struct guests *guests_free(struct guests *g)
{
	if (g) {
		pthread_mutex_lock(&g->lock);
		g->over = true;
		pthread_cond_signal(&g->wake);
		pthread_mutex_unlock(&g->lock);
		(void)pthread_join(g->thread, NULL);
		(void)pthread_cond_destroy(&g->wake);
		(void)pthread_mutex_destroy(&g->lock);
		free(g);
	}
	return NULL;
}

/* Give the place that has @fd to @by. */
static void replace(struct guests *g, int fd, int by)
{
	for (struct guest *i = g->guest; i < g->guest + g->n_max; i++) {
		if (i->fd == fd) {
			*i = (struct guest){.fd = by, .since_ms = client_now_ms()};
			break;
		}
	}
}

bool guests_come(struct guests *g, int fd)
{
	unsigned n_free = 0;

	pthread_mutex_lock(&g->lock);
	replace(g, -1, fd);
	for (unsigned i = 0; i < g->n_max; i++) {
		n_free += g->guest[i].fd < 0;
	}
	pthread_mutex_unlock(&g->lock);
	return n_free > 0;
}

void guests_go(struct guests *g, int fd)
{
	pthread_mutex_lock(&g->lock);
	replace(g, fd, -1);
	pthread_mutex_unlock(&g->lock);
}
