/* knocks.h - the configured peers, present or not, and who is not let in. */
#pragma once

#include "berkd/control/varlink.h"

void control_knocks(struct varlink_call *, json_t *parameters, void *userdata);
