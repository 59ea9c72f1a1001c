/* varlink_message.c - one call as bytes, and as a struct. */
#include "berkd/control/varlink_message.h"

#include <string.h>

const char *varlink_verdict_name(enum varlink_verdict v)
{
	switch (v) {
	case VARLINK_OK:
		return "ok";
	case VARLINK_NOT_JSON:
		return "(not a JSON object)";
	case VARLINK_BAD_METHOD:
		return "method";
	case VARLINK_BAD_PARAMETERS:
		return "parameters";
	case VARLINK_BAD_FLAGS:
		return "more, oneway, upgrade";
	}
	return "unknown";
}

/* An absent flag is false. */
static bool get_flag(const json_t *call, const char *key, bool *ret)
{
	const json_t *v = json_object_get(call, key);

	*ret = json_is_true(v);
	return !v || json_is_boolean(v) || json_is_null(v);
}

static enum varlink_verdict read_call(const json_t *call, struct varlink_request *ret)
{
	const char *method = json_string_value(json_object_get(call, "method"));
	json_t *parameters = json_object_get(call, "parameters");
	bool more, oneway, upgrade;

	if (!method || !strchr(method, '.') || strlen(method) >= sizeof(ret->method)) {
		return VARLINK_BAD_METHOD;
	}
	if (parameters && !json_is_object(parameters) && !json_is_null(parameters)) {
		return VARLINK_BAD_PARAMETERS;
	}
	if (!get_flag(call, "more", &more) || !get_flag(call, "oneway", &oneway) ||
	    !get_flag(call, "upgrade", &upgrade) || upgrade || (more && oneway)) {
		return VARLINK_BAD_FLAGS;
	}
	parameters = json_is_object(parameters) ? json_incref(parameters) : json_object();
	if (!parameters) {
		return VARLINK_BAD_PARAMETERS; /* no memory */
	}
	*ret = (struct varlink_request){.parameters = parameters, .more = more, .oneway = oneway};
	memcpy(ret->method, method, strlen(method) + 1);
	return VARLINK_OK;
}

enum varlink_verdict varlink_parse(const char *text, size_t len, struct varlink_request *ret)
{
	json_t *call = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	enum varlink_verdict v = json_is_object(call) ? read_call(call, ret) : VARLINK_NOT_JSON;

	json_decref(call);
	return v;
}

void varlink_request_fini(struct varlink_request *r)
{
	json_decref(r->parameters);
	*r = (struct varlink_request){0};
}
