/* json.c - pieces of parameters and answers. */
#include "berkd/control/json.h"

#include "common/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

json_t *control_id_json(node_id id)
{
	char hex[17];

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, id);
	return json_string(hex);
}

json_t *control_key_json(const uint8_t key[static KEY_LEN])
{
	char hex[2 * KEY_LEN + 1];

	return json_string(sodium_bin2hex(hex, sizeof(hex), key, KEY_LEN));
}

json_t *control_text_json(const char *text)
{
	char safe[1024];
	json_t *j = json_string(text);

	if (!j) {
		text_escape(text, strlen(text), safe, sizeof(safe));
		j = json_string(safe);
	}
	return j;
}

bool control_get_int(struct varlink_call *call, json_t *parameters, const char *key, int64_t min,
		     int64_t *ret)
{
	json_t *v = json_object_get(parameters, key);

	if (!v || json_is_null(v)) {
		return true;
	}
	if (!json_is_integer(v) || json_integer_value(v) < min) {
		varlink_invalid_parameter(call, key);
		return false;
	}
	*ret = json_integer_value(v);
	return true;
}

void control_fail(struct varlink_call *call, int error)
{
	varlink_error(call, "net.berkd.Failed", json_pack("{s:s}", "message", strerror(-error)));
}
