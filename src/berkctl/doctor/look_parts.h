/* look_parts.h - what look.c puts together, each from a file of its own. */
#pragma once

#include "berkctl/doctor/facts.h"
#include "berkctl/doctor/look_file.h"

/* The first one comes first, for the others go by the configuration. */
void look_at_config(const struct look_at *, struct facts_config *ret);
void look_at_daemon(const struct look_at *, const struct config *, struct facts_daemon *ret);
void look_at_net(const struct look_at *, const struct config *, struct facts_net *ret);
void look_at_firewall(const struct config *, struct facts_net *ret);
void look_at_names(const struct config *, struct facts_name ret[static CONFIG_PEERS_MAX]);
void look_at_clock(const struct look_at *, const struct config *, struct facts_clock *ret);
void look_at_rtc(const struct look_at *, struct facts_rtc *ret);
void look_at_disk(const struct look_at *, const struct config *, struct facts_disk *ret);

/* Take what the kernel has answered, @len bytes of messages; false: that was the end, or an
 * error. */
bool look_firewall_take(struct facts_net *, unsigned port, const void *buf, size_t len);
