/* json.h - pieces of parameters and answers. */
#pragma once

#include "berkd/config/config.h"
#include "berkd/control/varlink_call.h"

/* An id as 16 hex digits.  NULL when memory is out; so with all that return json_t. */
json_t *control_id_json(node_id);
/* A public key as `members =` in berkd.conf takes it: 64 hex digits. */
json_t *control_key_json(const uint8_t key[static KEY_LEN]);
/* Call for text that may not be UTF-8 (a name from the configuration, a peer's). */
json_t *control_text_json(const char *);
/* An optional integer of at least @min.  False: the call was answered with an error. */
bool control_get_int(struct varlink_call *, json_t *parameters, const char *key, int64_t min,
		     int64_t *ret);
/* Answer the call with an error that is not the caller's.  @error: negative errno. */
void control_fail(struct varlink_call *, int error);
