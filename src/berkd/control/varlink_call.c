/* varlink_call.c - answers to a call, now or later. */
#include "berkd/control/varlink_call.h"

#include "berkd/control/varlink_client.h"

#include <assert.h>

bool varlink_wants_more(const struct varlink_call *call)
{
	return call->request.more;
}

uint32_t varlink_uid(const struct varlink_call *call)
{
	return (uint32_t)call->client->uid;
}

bool varlink_has_room(const struct varlink_call *call)
{
	return call->client->out_len < VARLINK_QUEUE_BUSY;
}

bool varlink_reply(struct varlink_call *call, json_t *parameters, bool continues)
{
	struct varlink_client *c = call->client;

	assert(call->active);
	assert(!continues || call->request.more);
	if (c->dead) {
		json_decref(parameters);
		return false;
	}
	if (!parameters) {
		varlink_error(call, "net.berkd.Failed", json_pack("{s:s}", "message", "no memory"));
		return false;
	}
	if (continues && c->out_len > VARLINK_QUEUE_MAX) {
		json_decref(parameters);
		varlink_client_too_slow(c);
		return false;
	}
	bool oneway = call->request.oneway;

	if (!continues) {
		varlink_call_fini(call);
	}
	if (oneway) {
		json_decref(parameters);
		varlink_client_arm(c);
		return false;
	}
	varlink_client_send(c, continues ? json_pack("{s:o,s:b}", "parameters", parameters,
						     "continues", 1)
					 : json_pack("{s:o}", "parameters", parameters));
	return continues && !c->dead;
}

void varlink_error(struct varlink_call *call, const char *name, json_t *parameters)
{
	struct varlink_client *c = call->client;
	bool oneway = call->request.oneway;

	assert(call->active);
	varlink_call_fini(call);
	if (c->dead || oneway) {
		json_decref(parameters);
		varlink_client_arm(c);
		return;
	}
	varlink_client_send_error(c, name, parameters);
}

void varlink_invalid_parameter(struct varlink_call *call, const char *parameter)
{
	varlink_error(call, "org.varlink.service.InvalidParameter",
		      json_pack("{s:s}", "parameter", parameter));
}

void varlink_hold(struct varlink_call *call, void *data)
{
	assert(call->active && !call->held);
	call->held = true;
	call->data = data;
}

void *varlink_data(const struct varlink_call *call)
{
	assert(call->held);
	return call->data;
}

struct varlink_call *varlink_next_held(struct varlink *v, struct varlink_call *call)
{
	struct varlink_client *c = call ? call->client->next : v->clients;

	while (c && (c->dead || !c->call.held)) {
		c = c->next;
	}
	return c ? &c->call : NULL;
}
