/* doubts.h - settings that may each be meant as they are, and contradict each other. */
#pragma once

#include "berkd/config/config.h"

/* Report them, as warnings.  Call when @config has no error. */
void config_doubts(const struct config *config, config_report report, void *userdata);
