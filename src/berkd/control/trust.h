/* trust.h - who is trusted and why, and whose key is taken no more. */
#pragma once

#include "berkd/control/varlink_call.h"

/* As struct varlink_method. */
void control_trust(struct varlink_call *, json_t *parameters, void *userdata);
void control_revoke(struct varlink_call *, json_t *parameters, void *userdata);
