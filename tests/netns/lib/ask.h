/* ask.h - what the hosts of a group say of themselves and of each other, by berkctl. */
#pragma once

#include "netns/lib/group.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define ASK_TEXT_MAX 64

/* What `berkctl --json @what` says; NULL when it fails. The caller's, json_decref(). */
json_t *host_ask(const struct host *, const char *what);
/* The string or integer @key of `berkctl --json status`; "" or -1 when there is none. */
const char *status_text(const struct host *, const char *key, char buf[static ASK_TEXT_MAX]);
int64_t status_int(const struct host *, const char *key);
/* The string @key of the line about @of in `berkctl --json members` of host @by; "" when @by does
 * not know @of. */
const char *member_text(const struct host *by, const struct host *of, const char *key,
			char buf[static ASK_TEXT_MAX]);

/* From how many addresses came what the host refused, by `berkctl --json trust`. */
unsigned trust_n_refused(const struct host *);

/* Index of the one master that all running hosts in @mask follow, in an equal term; -1: no such. */
int group_master(const struct group *, unsigned mask);
/* Index of its deputy; -1: no such. */
int group_deputy(const struct group *, unsigned mask);

/* For group_until(): all running hosts follow one master, which has a deputy, and say that they are
 * settled; @arg: NULL, or an unsigned mask. */
bool group_is_settled(struct group *, void *arg);

/* For group_until(), of what `berkctl check` says on each running host in @mask, an unsigned. */
bool group_all_are_well(struct group *, void *mask);
bool group_any_is_well(struct group *, void *mask);
bool group_none_is_well(struct group *, void *mask);
