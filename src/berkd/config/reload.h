/* reload.h - which changes of berkd.conf a running daemon takes over. */
#pragma once

#include "berkd/config/config.h"

/* Which keys differ but cannot change live?  Reports each; returns how many.  Call before
 * config_take_live(), which does not touch them. */
unsigned config_report_restart(const struct config *now, const struct config *wanted,
			       config_report report, void *userdata);
/* Take over into @now every key that can change live; the others stay as they are.  Call with a
 * @wanted that config_load() has found good. */
void config_take_live(struct config *now, const struct config *wanted);
/* Report each key that may change live and that config_take_live() would change.  How many.  Call
 * before that. */
unsigned config_report_live(const struct config *now, const struct config *wanted,
			    config_report report, void *userdata);
