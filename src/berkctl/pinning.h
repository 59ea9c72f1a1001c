/* pinning.h - who is on the list of those who may be members, changed by trust pin and unpin. */
#pragma once

#include "berkctl/berkctl.h"

/* Do what the command line says, after the daemon's @answer to Trust.  An exit status. */
int pinning_run(const struct ctl *, const json_t *answer);
