/* history.h - the method that shows the history. */
#pragma once

#include "berkd/control/control_private.h"
#include "berkd/control/varlink_call.h"

/* Call once the loop is there, before the method below.  0 or negative errno. */
int control_history_init(struct control *);
/* Call when no call is held any more.  Waits for a read that is under way. */
void control_history_fini(struct control *);

/* The run of a varlink_method, with struct control as userdata. */
void control_history(struct varlink_call *, json_t *parameters, void *userdata);
