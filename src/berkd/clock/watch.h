/* watch.h - notices that WALL was stepped by another hand, that the host slept, or that it is a
 * virtual machine that was moved or restored. */
#pragma once

#include "berk/node.h"
#include "berkd/clock/clock.h"

#include <systemd/sd-event.h>

struct clock_watch;

/* Told when the kernel says that its clock was set, or a hypervisor that something happened:
 * look with clock_watch_check(). */
typedef void (*clock_watch_wake)(void *userdata);

/* @host_wall: the clock is the host's CLOCK_REALTIME, so the kernel can tell of steps; with a
 * virtual clock a step shows only against RAW.  The clock must outlive the watch.  -ENOMEM.  Call
 * when the clock is open, before its first use. */
int clock_watch_new(sd_event *, struct clock *, bool host_wall, clock_watch_wake, void *userdata,
		    struct clock_watch **ret);
/* Ask the hypervisor too, by its device @path, if there is one.  -ENOMEM.  Call once, before
 * privileges are dropped. */
int clock_watch_machine(struct clock_watch *, sd_event *, const char *path);
/* NULL is allowed. */
struct clock_watch *clock_watch_free(struct clock_watch *);

/* True: @ret is an EV_CLOCK_STEPPED to feed first, complete but for time, pair and random bytes.
 * Call at each event, with its @pair: it measures since the last call, and is cheap. */
bool clock_watch_check(struct clock_watch *, const struct clock_pair *pair, struct node_event *ret);
/* What follows is measured from here.  Call after each change of ours to frequency or WALL. */
void clock_watch_rebase(struct clock_watch *);
