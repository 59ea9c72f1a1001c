/* group_key.h - the file with the group's keys. */
#pragma once

#include "berkd/config/config.h"

/* Where the keys are when key_file does not say: in this credential of the service
 * (systemd.exec(5)). */
#define GROUP_KEY_CREDENTIAL "berkd.key"

/* The group's keys, from key_file or else the credential, into @ret: the one that is sent, and
 * those that are taken too.  0; -ENOENT without complaint when neither is there; else negative
 * errno, and what is wrong was reported.  Call at the start and on reload. */
int group_keys_read(const struct config *, struct node_config *ret, config_report report,
		    void *userdata);
