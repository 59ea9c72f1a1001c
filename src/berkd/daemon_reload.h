/* daemon_reload.h - the configuration is read again, beside the loop. */
#pragma once

#include "berkd/daemon_private.h"

struct reload;

/* What the core is told of a configuration, by this daemon's secret and clock.  0 or negative
 * errno, as config_to_node().  Call, and wipe @ret when the core has it. */
int daemon_node_config(const struct daemon *, const struct config *, struct node_config *ret,
		       config_report report, void *userdata);

/* 0 or negative errno. */
int reload_new(struct daemon *, struct reload **ret);
/* NULL is allowed.  Waits for what is being read. */
struct reload *reload_free(struct reload *);
/* Have the configuration read again by a thread; what may change live is taken over when it is
 * read, and what was taken over, refused, or needs a restart is told, to the log and to control.
 * What is not read within five seconds is told then, as what it is: control has its answer, and it
 * is taken over when it is read.  One that comes while another is under way is done after it, for
 * the files may have changed since.
 * Returns the number of the one that was asked for; 0: there is no thread to be had, which is
 * told. */
unsigned reload_ask(struct reload *);
