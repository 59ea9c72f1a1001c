/* node.h - what the core is told of the configuration. */
#pragma once

#include "berkd/config/config.h"

/* Fill the core's part.  Reads the file with the group's keys; @secret comes from the state.  The
 * pinned keys stay in the config, which must outlive @ret; freq_ppb_max is the clock driver's
 * matter and stays 0 here.  0, or negative errno when the key file is of no use; then @ret is all
 * zero.  Call after config_load(), and wipe @ret when the core has it: it holds keys. */
int config_to_node(const struct config *, const uint8_t secret[static KEY_LEN],
		   struct node_config *ret, config_report report, void *userdata);
