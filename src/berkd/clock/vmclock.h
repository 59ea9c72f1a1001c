/* vmclock.h - the hypervisor's word that this virtual machine was moved, or restored from a
 * snapshot. */
#pragma once

#include "berk/reason.h"

#include <systemd/sd-event.h>

#define VMCLOCK_PATH "/dev/vmclock0"

struct vmclock;

/* Told when the hypervisor has changed something: look with vmclock_check(). */
typedef void (*vmclock_wake)(void *userdata);

/* Map the device @path.  @ret is NULL when there is none, or when it is of no use, which is logged.
 * -ENOMEM.  Call once, before privileges are dropped. */
int vmclock_open(const char *path, struct vmclock **ret);
/* NULL is allowed. */
struct vmclock *vmclock_close(struct vmclock *);
/* Be told at once, where hypervisor and kernel can; else does nothing.  The event loop must
 * outlive the vmclock, or vmclock_close() comes before. */
void vmclock_watch(struct vmclock *, sd_event *, vmclock_wake, void *userdata);
/* What has happened since the last call: INTERRUPTION_NONE, _MIGRATION or _RESTORE.  Call at
 * each event: it reads memory only, and never waits. */
enum interruption vmclock_check(struct vmclock *);
