/* worker.h - a job that may block, in a thread of its own: the loop goes on, and hears of the
 * end. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

struct worker;

/* A worker that does @job in a thread, and then @done in the loop.  Both get @userdata: what the
 * job works on is the thread's from worker_run() until @done is called.  0 or negative errno. */
int worker_new(sd_event *, void (*job)(void *userdata), void (*done)(void *userdata),
	       void *userdata, struct worker **ret);
/* NULL is allowed.  Waits for the job, if one is under way; @done is not called. */
struct worker *worker_free(struct worker *);
/* Begin the job.  0 or negative errno.  Call while the worker is not busy. */
int worker_run(struct worker *);
bool worker_is_busy(const struct worker *);
/* Let the job end where it waits, unfinished.  Call before worker_free(). */
void worker_cancel(struct worker *);
